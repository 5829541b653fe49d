"""A reconnect that fails to subscribe anew leaves its flag up, and the websocket never reconnects again.

Package: twitchio 3.3.2
File: twitchio/eventsub/websockets.py
Function: Websocket.connect
Finding: ARC107 on self._connecting
Lost: every event after the next time that the connection drops: `connect()` returns without a word
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from types import SimpleNamespace
from typing import ClassVar
from unittest import mock

import aiohttp
from twitchio.eventsub import websockets


class Wire:
    """A websocket of aiohttp that says welcome and nothing else."""

    opened: ClassVar[list[Wire]] = []
    closed = False

    def __init__(self) -> None:
        self.opened.append(self)
        self.welcomed = False

    async def receive(self) -> aiohttp.WSMessage:
        if self.welcomed:
            await asyncio.get_running_loop().create_future()
        self.welcomed = True
        session = {"id": f"session-{len(self.opened)}", "keepalive_timeout_seconds": 10, "status": "connected"}
        session |= {"reconnect_url": None, "connected_at": "2026-01-01T00:00:00Z"}
        message = {"metadata": {"message_type": "session_welcome"}, "payload": {"session": session}}
        return aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, json.dumps(message), None)

    async def close(self) -> None:
        self.closed = True


async def main() -> None:
    """Reconnect twice; the first time Twitch's other server, which takes subscriptions, is out of reach."""
    session = mock.MagicMock(detach=mock.Mock(), ws_connect=mock.AsyncMock(side_effect=lambda *_, **__: Wire()))
    session.__aenter__ = mock.AsyncMock(return_value=session)
    http = SimpleNamespace(create_eventsub_subscription=mock.AsyncMock(side_effect=aiohttp.ClientConnectionError))
    client = SimpleNamespace(dispatch=mock.Mock(), _websockets={"1": {}})
    with mock.patch.object(websockets.aiohttp, "ClientSession", return_value=session):
        websocket = websockets.Websocket(client=client, http=http, token_for="1")
        await websocket.connect()
        assert not websocket._connecting
        websocket._subscriptions["one"] = {"transport": {}, "type": mock.Mock(), "version": "1", "condition": {}}
        with contextlib.suppress(aiohttp.ClientConnectionError):
            await websocket.connect(reconnect=True)
        assert len(Wire.opened) == 2
        assert websocket.connected
        assert not websocket._closed
        await websocket.connect(reconnect=True)
    assert len(Wire.opened) == 2, "it reconnected"
    print("CONFIRMED: the websocket is open with its flag up; the next reconnect does nothing at all")


if __name__ == "__main__":
    asyncio.run(main())
