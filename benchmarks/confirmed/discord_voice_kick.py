"""A bot that is disconnected from voice while it reconnects says that it is connected.

Package: discord-py 2.7.1
File: discord/voice_state.py
Function: VoiceConnectionState._potential_reconnect
Finding: ARC102 on self.state
Lost: the disconnect: the handshake goes on for a client that was cleaned up, and its websocket stays open
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from unittest import mock

from discord import voice_state
from discord.voice_state import ConnectionFlowState, VoiceConnectionState


class Socket:
    """A websocket to a voice server."""

    secret_key = (1,)
    seq_ack = -1
    closed = False

    async def poll_event(self) -> None:
        state.ip = "192.0.2.1"

    async def close(self, code: int = 1000) -> None:
        self.closed = True


async def main() -> None:
    """Tell the state that the bot has left its channel while the new websocket opens."""
    global state
    guild = SimpleNamespace(id=1, change_voice_state=mock.AsyncMock())
    client = SimpleNamespace(channel=SimpleNamespace(id=2, guild=guild), guild=guild, stop=mock.Mock())
    client.cleanup = mock.Mock()
    state = VoiceConnectionState(client)
    state.ws, state.state = Socket(), ConnectionFlowState.got_voice_server_update
    answered = asyncio.Event()

    async def connect(*arguments: object, **options: object) -> Socket:
        await answered.wait()
        return Socket()

    with mock.patch.object(voice_state.DiscordVoiceWebSocket, "from_connection_state", connect):
        reconnecting = asyncio.create_task(state._potential_reconnect())
        await asyncio.sleep(0)
        await state.voice_state_update({"channel_id": None, "session_id": "session"})
        assert state.state is ConnectionFlowState.disconnected
        answered.set()
        assert await reconnecting
    assert client.cleanup.called
    assert state.is_connected()
    assert not state.ws.closed
    print("CONFIRMED: disconnected and cleaned up, and then connected all the same")


state: VoiceConnectionState

if __name__ == "__main__":
    asyncio.run(main())
