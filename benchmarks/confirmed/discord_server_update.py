"""Two updates of the voice server undo the reconnect between them.

Package: discord-py 2.7.1
File: discord/voice_state.py
Function: VoiceConnectionState.voice_server_update
Finding: ARC102 on self.state
Lost: the state: the voice connection is up, `is_connected()` says no
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from unittest import mock

from discord import voice_state
from discord.voice_state import ConnectionFlowState, VoiceConnectionState


class Socket:
    """The websocket to a voice server that does not answer a close; a second close returns at once, as aiohttp's."""

    secret_key = (1,)
    seq_ack = -1

    def __init__(self) -> None:
        self.closing = False
        self.answer = asyncio.Event()

    async def close(self, code: int = 1000) -> None:
        if not self.closing:
            self.closing = True
            await self.answer.wait()


async def main() -> None:
    """Update twice while the old websocket closes, and reconnect after the second."""
    state = VoiceConnectionState(SimpleNamespace(channel=None))
    old = state.ws = Socket()
    state.ip, state.state = "192.0.2.1", ConnectionFlowState.connected
    update = {"token": "token", "guild_id": "1", "endpoint": "voice.example:443"}
    first = asyncio.create_task(state.voice_server_update({**update}))
    await asyncio.sleep(0)
    await state.voice_server_update({**update, "token": "newer"})
    connect = mock.AsyncMock(return_value=Socket())
    with mock.patch.object(voice_state.DiscordVoiceWebSocket, "from_connection_state", connect):
        assert await state._potential_reconnect()
    assert state.is_connected()
    old.answer.set()
    await first
    assert not state.is_connected()
    print(f"CONFIRMED: reconnected to the new server, and then the state is {state.state.name}")


if __name__ == "__main__":
    asyncio.run(main())
