"""A bot that is disconnected from voice while it connects for the first time connects all the same.

Package: discord-py 2.7.1
File: discord/voice_state.py
Function: VoiceConnectionState._inner_connect
Finding: ARC102 on self.state
Lost: the disconnect: the client was cleaned up, and its websocket opens and stays open
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from unittest import mock

from discord import voice_state
from discord.voice_state import ConnectionFlowState, VoiceConnectionState


class Socket:
    """A websocket to a voice server that has sent all that the handshake needs."""

    secret_key = (1,)
    closed = False

    def __init__(self, state: VoiceConnectionState) -> None:
        state.ip = "192.0.2.1"

    async def poll_event(self) -> None:
        await asyncio.get_running_loop().create_future()

    async def close(self, code: int = 1000) -> None:
        self.closed = True


async def main() -> None:
    """Connect, and tell the state that the bot has left its channel while the websocket opens."""
    guild = SimpleNamespace(id=1, change_voice_state=mock.AsyncMock())
    client = SimpleNamespace(channel=SimpleNamespace(id=2, guild=guild), guild=guild, stop=mock.Mock())
    client.cleanup, client.loop = mock.Mock(), asyncio.get_running_loop()
    state = VoiceConnectionState(client)
    asked, answered = asyncio.Event(), asyncio.Event()

    async def connect(*arguments: object, **options: object) -> Socket:
        asked.set()
        await answered.wait()
        return Socket(state)

    with mock.patch.object(voice_state.DiscordVoiceWebSocket, "from_connection_state", connect):
        connecting = asyncio.create_task(
            state.connect(reconnect=True, timeout=5, self_deaf=False, self_mute=False, resume=False)
        )
        await asyncio.sleep(0.01)
        await state.voice_state_update({"channel_id": "2", "session_id": "session"})
        await state.voice_server_update({"token": "token", "guild_id": "1", "endpoint": "voice.example:443"})
        await asyncio.wait_for(asked.wait(), 5)
        await state.voice_state_update({"channel_id": None, "session_id": "session"})
        assert state.state is ConnectionFlowState.disconnected
        assert client.cleanup.called
        answered.set()
        await connecting
    assert state.is_connected()
    assert not state.ws.closed
    print("CONFIRMED: disconnected and cleaned up while connecting, and then connected all the same")


if __name__ == "__main__":
    asyncio.run(main())
