"""A session to another data centre that is made while the client terminates breaks the loop.

Package: pyrogram 2.0.106
File: pyrogram/methods/auth/terminate.py
Function: Terminate.terminate
Finding: ARC104 on self.media_sessions
Lost: RuntimeError out of `terminate()`: the client says that it is initialized, and its updates watchdog runs on
"""

from __future__ import annotations

import asyncio
from unittest import mock

from pyrogram import Client
from pyrogram.methods.messages import inline_session


class Session:
    """A session to a data centre whose every step takes a turn of the loop."""

    def __init__(self, *arguments: object, **options: object) -> None:
        self.stopped = False

    async def start(self) -> None:
        await asyncio.sleep(0)

    async def stop(self) -> None:
        await asyncio.sleep(0.01)
        self.stopped = True

    async def invoke(self, query: object) -> None:
        await asyncio.sleep(0)


async def main() -> None:
    """Terminate a client while one of its users edits an inline message."""
    client = Client("account", in_memory=True, api_id=1, api_hash="hash")
    await client.storage.open()
    await client.storage.dc_id(2)
    await client.storage.test_mode(False)
    client.is_connected = client.is_initialized = True
    client.dispatcher.stop = mock.AsyncMock()
    client.invoke = mock.AsyncMock()
    client.media_sessions = {4: Session(), 5: Session()}
    auth = mock.Mock(return_value=mock.Mock(create=mock.AsyncMock(return_value=b"key")))
    with mock.patch.object(inline_session, "Session", Session), mock.patch.object(inline_session, "Auth", auth):
        terminating = asyncio.create_task(client.terminate())
        await asyncio.sleep(0.001)
        await inline_session.get_session(client, 1)
        try:
            await terminating
        except RuntimeError as error:
            assert "changed size" in str(error)
        else:
            raise AssertionError("it terminated")
    assert client.is_initialized
    stopped = [session.stopped for session in client.media_sessions.values()]
    assert stopped == [True, False, False], stopped
    print("CONFIRMED: terminate() raises RuntimeError; one of three media sessions is stopped")


if __name__ == "__main__":
    asyncio.run(main())
