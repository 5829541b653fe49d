"""A receive that was cancelled leaves its flag up, and the open websocket can never be read again.

Package: sanic 25.12.1
File: sanic/server/websockets/frame.py
Function: WebsocketFrameAssembler.get
Finding: ARC107 on self.get_in_progress
Lost: every later message: each `recv()` raises ServerError although nobody else receives
"""

from __future__ import annotations

import asyncio
import contextlib

from sanic.exceptions import ServerError
from sanic.server.websockets.impl import WebsocketImplProtocol
from websockets.server import ServerProtocol


async def main() -> None:
    """Give up on a message after a while, as a handler does, and ask again."""
    websocket = WebsocketImplProtocol(ServerProtocol())
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(websocket.recv(), 0.01)
    await asyncio.sleep(0)
    assert not websocket.recv_lock.locked(), "somebody is still receiving"
    try:
        await asyncio.wait_for(websocket.recv(), 0.01)
    except ServerError as error:
        assert "already in progress" in str(error)
    else:
        raise AssertionError("the second receive was let in")
    assert websocket.assembler.get_in_progress
    print("CONFIRMED: after one cancelled recv() the next raises ServerError, and the flag stays up")


if __name__ == "__main__":
    asyncio.run(main())
