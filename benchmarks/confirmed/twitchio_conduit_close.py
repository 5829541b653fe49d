"""A shard that is associated while the client closes is forgotten, not closed.

Package: twitchio 3.3.2
File: twitchio/client.py
Function: AutoClient.close
Finding: ARC105 on self._conduit_info._sockets
Lost: the new shard's websocket: `clear()` drops it, and nothing closes it after that
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import ClassVar
from unittest import mock

import twitchio
from twitchio.eventsub import websockets


class Socket(websockets.Websocket):
    """A websocket to nowhere."""

    opened: ClassVar[list[Socket]] = []
    connected = True

    async def connect(self, *, url: str | None = None, reconnect: bool = False, fail_once: bool = False) -> None:
        """Connect."""
        await asyncio.sleep(0)
        self.opened.append(self)
        self._session_id = f"session-{len(self.opened)}"

    async def close(self, cleanup: bool = True, *, reassociate: bool = True) -> None:
        """Close, which takes the peer's answer."""
        await asyncio.sleep(0.05)
        self._closed = True


async def main() -> None:
    """Close a client whose periodic check has begun to associate its shard anew."""
    client = twitchio.AutoClient(client_id="id", client_secret="secret", bot_id="1", conduit_id="conduit")
    info = client._conduit_info
    info._conduit = SimpleNamespace(id="conduit", shard_count=1)
    asked = asyncio.Event()

    async def update_shards(shards: list[object]) -> None:
        asked.set()
        await asyncio.sleep(0.01)

    info._update_shards = update_shards
    with mock.patch.object(twitchio.client, "Websocket", Socket):
        info._sockets["0"] = Socket(client=client, http=client._http, shard_id="0")
        associating = asyncio.create_task(client._associate_shards([0]))
        await asked.wait()
        await client.close()
        await associating
    (shard,) = Socket.opened
    assert not shard._closed, "the new websocket was closed"
    assert not info._sockets
    assert not any(client._websockets.values())
    print("CONFIRMED: after close() the websocket of the shard is open, and the client does not know it")


if __name__ == "__main__":
    asyncio.run(main())
