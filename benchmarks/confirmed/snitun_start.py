"""Two starts of one client both connect, and the first connection is lost to it.

Package: snitun 0.47.0
File: snitun/client/client_peer.py
Function: ClientPeer.start
Finding: ARC102 on self._multiplexer
Lost: the first multiplexer: it runs on, and `stop()` shuts down the second alone
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import ClassVar
from unittest import mock

from snitun.client import client_peer
from snitun.client.client_peer import ClientPeer


class Multiplexer:
    """What runs over a connection, until it is shut down."""

    made: ClassVar[list[Multiplexer]] = []

    def __init__(self, *arguments: object, **options: object) -> None:
        self.made.append(self)
        self.down = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        return not self.down.is_set()

    def shutdown(self) -> None:
        self.down.set()

    async def wait(self) -> None:
        await self.down.wait()


async def main() -> None:
    """Start twice at once, then stop."""
    peer = ClientPeer("server.example")
    reader = SimpleNamespace(readexactly=mock.AsyncMock(return_value=bytes(32)))
    writer = SimpleNamespace(write=mock.Mock(), drain=mock.AsyncMock())

    async def open_connection(**address: object) -> tuple[object, object]:
        await asyncio.sleep(0.01)
        return reader, writer

    with (
        mock.patch("asyncio.open_connection", open_connection),
        mock.patch.object(client_peer, "Multiplexer", Multiplexer),
    ):
        starts = [peer.start(SimpleNamespace(handler=None), b"token", bytes(32), bytes(16)) for _ in range(2)]
        outcome = await asyncio.gather(*starts, return_exceptions=True)
    assert isinstance(outcome[1], AssertionError), outcome
    await peer.stop()
    running = [one.is_connected for one in Multiplexer.made]
    assert running == [True, False], running
    print("CONFIRMED: connected twice, the second start failed, and stop() left the first connection running")


if __name__ == "__main__":
    asyncio.run(main())
