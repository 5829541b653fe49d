"""A client that goes while the clients are told of a change breaks the loop over them.

Package: bumble 0.0.236
File: bumble/profiles/hap.py
Function: HearingAccessService._notify_preset_operations
Finding: ARC104 on self.currently_connected_clients
Lost: RuntimeError: the other clients are not told, and the change fails for who asked for it
"""

from __future__ import annotations

import asyncio

from bumble.device import Device
from bumble.hci import Address
from bumble.host import Host
from bumble.profiles import hap
from pyee import EventEmitter


class Client(EventEmitter):
    """A connection to a bonded client, with what the service asks of one."""

    EVENT_DISCONNECTION = "disconnection"
    EVENT_CONNECTION_ATT_MTU_UPDATE = "mtu"
    EVENT_CONNECTION_ENCRYPTION_CHANGE = "encryption"
    EVENT_PAIRING = "pairing"
    is_encrypted = True
    att_mtu = 64

    def __init__(self, device: Device, address: str) -> None:
        super().__init__()
        self.device = device
        self.peer_address = self.peer_resolvable_address = Address(address)


async def main() -> None:
    """Change a preset for three clients; the one that is told first disconnects meanwhile."""
    device = Device(host=Host())
    presets = [hap.PresetRecord(index, f"preset {index}") for index in (1, 2)]
    kind = hap.HearingAidFeatures(hap.HearingAidType.MONAURAL_HEARING_AID, False, False, False, False)
    service = hap.HearingAccessService(device, kind, presets)
    told: list[object] = []

    async def indicate(connection: Client, attribute: object, value: bytes, force: bool) -> None:
        told.append(connection)
        await asyncio.sleep(0)
        connection.emit(Client.EVENT_DISCONNECTION, 0)

    device.indicate_subscriber = indicate
    for number in range(3):
        device.emit(device.EVENT_CONNECTION, Client(device, f"F0:F1:F2:F3:F4:F{number}"))
    assert len(service.currently_connected_clients) == 3
    try:
        await service.delete_preset(2)
    except RuntimeError as error:
        assert "changed size" in str(error)
    else:
        raise AssertionError("all were told")
    assert len(told) == 1
    print("CONFIRMED: RuntimeError; one of three clients was told of the change")


if __name__ == "__main__":
    asyncio.run(main())
