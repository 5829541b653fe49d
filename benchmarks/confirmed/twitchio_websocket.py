"""Two first subscriptions of one user connect twice, and one websocket is never closed.

Package: twitchio 3.3.2
File: twitchio/client.py
Function: Client.subscribe_websocket
Finding: ARC102 on self._websockets[token_for]
Lost: the first websocket: it listens on after `Client.close()`, and uses up one of the few that Twitch allows
"""

from __future__ import annotations

import asyncio
from typing import ClassVar
from unittest import mock

import twitchio
from twitchio import eventsub
from twitchio.eventsub import websockets


class Socket(websockets.Websocket):
    """A websocket to nowhere."""

    opened: ClassVar[list[Socket]] = []

    async def connect(self, *, url: str | None = None, reconnect: bool = False, fail_once: bool = False) -> None:
        """Connect, which takes a while."""
        await asyncio.sleep(0.01)
        self.opened.append(self)
        self._session_id = f"session-{len(self.opened)}"


async def main() -> None:
    """Subscribe to two things at once, then close the client."""
    client = twitchio.Client(client_id="id", client_secret="secret", bot_id="1")
    client._http.create_eventsub_subscription = mock.AsyncMock(return_value={"data": [{"id": "subscription"}]})
    client._http.close = mock.AsyncMock()
    wanted = eventsub.StreamOnlineSubscription, eventsub.StreamOfflineSubscription
    with mock.patch.object(twitchio.client, "Websocket", Socket):
        subscriptions = [kind(broadcaster_user_id="1") for kind in wanted]
        await asyncio.gather(*(client.subscribe_websocket(one, token_for="1") for one in subscriptions))
        await client.close()
    closed = [socket._closed for socket in Socket.opened]
    assert closed == [False, True], closed
    print("CONFIRMED: two websockets were opened, and Client.close() closed the second alone")


if __name__ == "__main__":
    asyncio.run(main())
