"""Two flushes of one device's history send one operation twice and drop another unsent.

Package: bumble 0.0.236
File: bumble/profiles/hap.py
Function: HearingAccessService._preset_changed_operation
Finding: ARC102 on self.preset_changed_operations_history_per_device[connection.peer_address][0]
Lost: the second preset change: the client is never told, the first is told twice
"""

from __future__ import annotations

import asyncio

from bumble.device import Device
from bumble.hci import Address
from bumble.host import Host
from bumble.profiles import hap

PEER = Address("F0:F1:F2:F3:F4:F5")


class Client:
    """A connection to the bonded client."""

    peer_address = PEER

    def __init__(self, device: Device) -> None:
        self.device = device


def service_on(device: Device) -> hap.HearingAccessService:
    """Return a hearing access service with three presets."""
    writable = hap.PresetRecord.Property()
    presets = [hap.PresetRecord(index, f"preset {index}", writable) for index in (1, 2, 3)]
    kind = hap.HearingAidFeatures(hap.HearingAidType.MONAURAL_HEARING_AID, False, False, False, False)
    return hap.HearingAccessService(device, kind, presets)


async def main() -> None:
    """Change two presets at once, while a bonded client is connected."""
    device = Device(host=Host())
    service = service_on(device)
    told: list[int] = []

    async def indicate(connection: object, attribute: object, value: bytes, force: bool) -> None:
        # The client's confirmation takes a while; after two of them the client is out of reach.
        await asyncio.sleep(0.01)
        if len(told) == 2:
            raise TimeoutError
        told.append(value[-1])

    device.indicate_subscriber = indicate
    service.currently_connected_clients.add(Client(device))
    service.preset_changed_operations_history_per_device[PEER] = []
    await asyncio.gather(service.available_preset(2), service.available_preset(3))
    assert told == [2, 2], told
    left = service.preset_changed_operations_history_per_device[PEER]
    assert not left, "the change of preset 3 is kept for when the client is back"
    print(f"CONFIRMED: presets 2 and 3 were changed, the client has confirmed {told}, and nothing is left to send")


if __name__ == "__main__":
    asyncio.run(main())
