"""A pause while a track is being started is forgotten.

Package: wavelink 3.5.2
File: wavelink/player.py
Function: Player.play
Finding: ARC101 on self._paused
Lost: the server has paused the player, `player.paused` says it plays
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from wavelink import Player


class Node:
    """A server that remembers the last state that was sent; a request takes a turn of the loop."""

    client = SimpleNamespace()
    _inactive_player_timeout = None
    _inactive_channel_tokens = None

    def __init__(self) -> None:
        self.players: dict[int, object] = {}
        self.state: dict[str, object] = {}

    async def _update_player(self, guild: int, *, data: dict[str, object], replace: bool = False) -> None:
        self.state.update(data)
        # Starting a track takes the server longer than a pause.
        await asyncio.sleep(0.02 if "track" in data else 0)


async def main() -> None:
    """Start a track, and pause before the server has answered."""
    node = Node()
    player = Player(nodes=[node])
    player._guild = SimpleNamespace(id=1)
    track = SimpleNamespace(encoded="track", extras={})
    playing = asyncio.create_task(player.play(track, add_history=False))
    await asyncio.sleep(0)
    await player.pause(True)
    assert player.paused
    await playing
    assert node.state["paused"] is True
    assert player.paused is False, "the pause was kept"
    print("CONFIRMED: the server is paused, player.paused is False")


if __name__ == "__main__":
    asyncio.run(main())
