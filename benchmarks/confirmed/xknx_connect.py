"""Two procedures on one device both pass the guard against a second connection.

Package: xknx 4.0.0
File: xknx/management/management.py
Function: Management.connect
Finding: ARC102 on self._connections[address]
Lost: the first connection is replaced: what the device answers never reaches it, and it is never disconnected
"""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import ClassVar

from xknx import XKNX
from xknx.cemi import CEMIFrame
from xknx.management.management import P2PConnection
from xknx.telegram import IndividualAddress
from xknx.telegram.tpci import TConnect, TDisconnect

DEVICE = IndividualAddress("1.2.3")


async def main() -> None:
    """Open the device twice at once; each use ends while the other runs."""
    xknx = XKNX()
    sent: Counter[type[object]] = Counter()

    async def send_cemi(frame: CEMIFrame) -> None:
        sent[type(frame.data.tpci)] += 1
        await asyncio.sleep(0)
        # The bus confirms the frame while `send_telegram` waits for that.
        asyncio.get_running_loop().call_soon(xknx.cemi_handler._l_data_confirmation_event.set)

    xknx.knxip_interface = SimpleNamespace(send_cemi=send_cemi)
    opened: ClassVar[list[P2PConnection]] = []

    async def procedure() -> None:
        async with xknx.management.connection(DEVICE) as connection:
            opened.append(connection)
            await asyncio.sleep(0.01)

    await asyncio.gather(procedure(), procedure(), return_exceptions=True)
    assert sent[TConnect] == 2, "the guard held"
    first, second = opened
    assert first._connected, "the first was disconnected, too"
    assert not second._connected
    assert DEVICE not in xknx.management._connections
    print(f"CONFIRMED: T_Connect {sent[TConnect]} times, T_Disconnect {sent[TDisconnect]}; the first is left connected")


if __name__ == "__main__":
    asyncio.run(main())
