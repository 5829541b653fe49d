"""A websocket that is closed while it reconnects forgets the new connection instead of closing it.

Package: twitchio 3.3.2
File: twitchio/eventsub/websockets.py
Function: Websocket.close
Finding: ARC105 on self._socket
Lost: the new connection: it is open, and nothing refers to it any more
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from unittest import mock

from twitchio.eventsub import websockets


class Wire:
    """A websocket of aiohttp that says nothing, and whose close waits for the peer's."""

    def __init__(self) -> None:
        self.closed = False
        self.answer = asyncio.Event()

    async def receive(self) -> None:
        await asyncio.get_running_loop().create_future()

    async def close(self) -> None:
        await self.answer.wait()
        self.closed = True


async def main() -> None:
    """Close a websocket that has lost its peer and is about to connect to it again."""
    old, new = Wire(), Wire()
    connected = asyncio.Event()

    async def ws_connect(url: str, heartbeat: float) -> Wire:
        await connected.wait()
        return new

    session = mock.MagicMock(detach=mock.Mock(), ws_connect=ws_connect)
    session.__aenter__ = mock.AsyncMock(return_value=session)
    client = SimpleNamespace(dispatch=mock.Mock(), _websockets={"1": {}})
    with mock.patch.object(websockets.aiohttp, "ClientSession", return_value=session):
        websocket = websockets.Websocket(client=client, http=SimpleNamespace(), token_for="1")
        websocket._socket = old
        websocket._listen_task = asyncio.create_task(websocket._listen())
        reconnecting = asyncio.create_task(websocket.connect(reconnect=True))
        await asyncio.sleep(0)
        closing = asyncio.create_task(websocket.close())
        await asyncio.sleep(0)
        connected.set()
        await asyncio.sleep(0.01)
        assert websocket._socket is new, "it did not connect"
        old.answer.set()
        await closing
    reconnecting.cancel()
    await asyncio.wait([reconnecting])
    assert old.closed
    assert websocket._closed
    assert websocket._socket is None
    assert not new.closed, "the new connection was closed, too"
    print("CONFIRMED: the websocket is closed, the connection that it made meanwhile is open and forgotten")


if __name__ == "__main__":
    asyncio.run(main())
