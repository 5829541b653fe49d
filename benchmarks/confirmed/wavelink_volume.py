"""A track that fails to start takes back a volume that was set meanwhile.

Package: wavelink 3.5.2
File: wavelink/player.py
Function: Player.play
Finding: ARC108 on self._volume
Lost: the new volume: the server plays at it, `player.volume` says the old one, and the next `play()` sends that
"""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace

from wavelink import LavalinkException, Player


class Node:
    """A server that refuses a track after a while, and takes a volume at once."""

    client = SimpleNamespace()
    _inactive_player_timeout = None
    _inactive_channel_tokens = None

    def __init__(self) -> None:
        self.players: dict[int, object] = {}
        self.volume: object = 100

    async def _update_player(self, guild: int, *, data: dict[str, object], replace: bool = False) -> None:
        if "track" in data:
            await asyncio.sleep(0.02)
            raise LavalinkException(data={"timestamp": 0, "status": 400, "error": "Bad Request", "path": "/v4"})
        self.volume = data["volume"]
        await asyncio.sleep(0)


async def main() -> None:
    """Start a track that cannot be played, and turn the volume down before that is known."""
    node = Node()
    player = Player(nodes=[node])
    player._guild = SimpleNamespace(id=1)
    playing = asyncio.create_task(player.play(SimpleNamespace(encoded="track", extras={})))
    await asyncio.sleep(0)
    await player.set_volume(20)
    assert player.volume == 20
    with contextlib.suppress(LavalinkException):
        await playing
    assert node.volume == 20
    assert player.volume == 100, player.volume
    print("CONFIRMED: the server's volume is 20, player.volume is 100")


if __name__ == "__main__":
    asyncio.run(main())
