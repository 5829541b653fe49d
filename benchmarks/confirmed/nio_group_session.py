"""A send that is given up while keys are claimed blocks every later send to the room.

Package: matrix-nio 0.26.0
File: nio/client/async_client.py
Function: AsyncClient.share_group_session
Finding: ARC107 on self.sharing_session[room_id]
Lost: the room: the event stays where it is, and each `room_send()` waits for it for ever
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from unittest import mock

from nio import AsyncClient, KeysClaimResponse
from nio.rooms import MatrixRoom

ROOM = "!room:example.com"


async def main() -> None:
    """Send with a time limit that the server exceeds, and send again when it answers at once."""
    client = AsyncClient("https://example.com", "@bot:example.com", device_id="BOT")
    client.user_id, client.access_token = "@bot:example.com", "token"
    client.store = SimpleNamespace()
    client.olm = mock.Mock(outbound_group_sessions={ROOM: SimpleNamespace(shared=False)})
    client.olm.should_share_group_session.return_value = True
    client.olm.share_group_session_parallel.return_value = []
    client.olm.get_missing_sessions.return_value = {"@user:example.com": ["PHONE"]}
    room = client.rooms[ROOM] = MatrixRoom(ROOM, client.user_id, encrypted=True)
    room.members_synced = True
    answered = asyncio.Event()

    async def send(kind: type, *arguments: object, **options: object) -> object:
        if kind is KeysClaimResponse:
            await answered.wait()
        return SimpleNamespace()

    client._send = send
    client.encrypt = mock.Mock(return_value=("m.room.encrypted", {}))
    for _ in range(2):
        try:
            await asyncio.wait_for(client.room_send(ROOM, "m.room.message", {"body": "hello"}), 0.2)
        except asyncio.TimeoutError:
            answered.set()
        else:
            raise AssertionError("the message was sent")
    assert ROOM in client.sharing_session
    print("CONFIRMED: after one room_send() that timed out the next waits for ever, although the server answers")


if __name__ == "__main__":
    asyncio.run(main())
