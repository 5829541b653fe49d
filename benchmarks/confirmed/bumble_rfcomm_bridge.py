"""A client that resets its TCP connection locks everybody out of the bridge.

Package: bumble 0.0.236
File: bumble/apps/rfcomm_bridge.py
Function: ClientBridge.start.on_tcp_connection
Finding: ARC107 on self.tcp_connected
Lost: the bridge: `wait_closed()` raises in the `finally`, the flag stays up, and each later connection is rejected
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from unittest import mock

from bumble.apps.rfcomm_bridge import ClientBridge

Handler = Callable[[object, "Writer"], Awaitable[None]]


class Writer:
    """The writing end of a connection; as asyncio's does, `wait_closed` raises what it was lost with."""

    def __init__(self, lost_with: OSError | None) -> None:
        self.lost_with = lost_with
        self.closed = False

    def close(self) -> None:
        self.closed = True

    async def wait_closed(self) -> None:
        await asyncio.sleep(0)
        if self.lost_with:
            raise self.lost_with


async def handler_of(bridge: ClientBridge) -> Handler:
    """Start a bridge on a server that never listens, and return what it does with a connection."""
    device = SimpleNamespace(set_connectable=mock.AsyncMock(), set_discoverable=mock.AsyncMock())
    with mock.patch("asyncio.start_server", mock.AsyncMock()) as server:
        await bridge.start(device)
    return server.call_args.args[0]


async def main() -> None:
    """Connect, be reset, and connect again."""
    bridge = ClientBridge(1, "", False, "", "localhost", 9000, False, False)
    bridge.pipe = piping = mock.AsyncMock(side_effect=ConnectionResetError)
    handle = await handler_of(bridge)
    with contextlib.suppress(ConnectionResetError):
        await handle(object(), Writer(ConnectionResetError()))
    assert bridge.tcp_connected, "the flag was put down"
    second = Writer(None)
    await handle(object(), second)
    assert second.closed
    assert piping.await_count == 1, "the second connection was served"
    print("CONFIRMED: after one reset connection every new one is rejected as a second")


if __name__ == "__main__":
    asyncio.run(main())
