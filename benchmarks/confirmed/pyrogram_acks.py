"""A message that arrives while acknowledgements are sent is never acknowledged.

Package: pyrogram 2.0.106
File: pyrogram/session/session.py
Function: Session.handle_packet
Finding: ARC110 on self.pending_acks
Lost: the acknowledgements that were added during the send, so that the server sends those messages again. It takes
    two sends, since what is added during the first is over the threshold and is sent at once
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from unittest import mock

from pyrogram import raw
from pyrogram.crypto import mtproto
from pyrogram.raw.core import Message, MsgContainer
from pyrogram.session import Session
from pyrogram.session.internals import MsgId


def packet(count: int) -> Message:
    """Return what a packet of `count` messages unpacks to."""
    messages = [Message(raw.types.Pong(msg_id=0, ping_id=0), MsgId(), 1, 0) for _ in range(count)]
    return Message(MsgContainer(messages), MsgId(), 0, 0)


async def main() -> None:
    """Receive a message between the ends of two acknowledgements that were sent at once."""
    session = Session(SimpleNamespace(), 2, b"key", False)
    acknowledged: set[int] = set()
    wires: list[asyncio.Future[None]] = []

    async def send(payload: bytes) -> None:
        wires.append(asyncio.get_running_loop().create_future())
        await wires[-1]

    def pack(message: Message, *keys: object) -> bytes:
        acknowledged.update(message.body.msg_ids)
        return b""

    session.connection = SimpleNamespace(send=send)
    ten, one, late = (packet(count) for count in (Session.ACKS_THRESHOLD, 1, 1))
    with mock.patch.object(mtproto, "pack", pack), mock.patch.object(mtproto, "unpack", side_effect=[ten, one, late]):
        tasks: list[asyncio.Task[None]] = []
        for number in (1, 2):
            tasks.append(asyncio.create_task(session.handle_packet(b"")))
            while len(wires) < number:
                await asyncio.sleep(0.001)
        wires[0].set_result(None)
        await tasks[0]
        await session.handle_packet(b"")
        wires[1].set_result(None)
        await tasks[1]
    number = late.body.messages[0].msg_id
    assert number in session.stored_msg_ids, "the message was not handled"
    assert number not in acknowledged
    assert number not in session.pending_acks, "it is still to be acknowledged"
    print("CONFIRMED: the message that came between the ends of two sends is neither acknowledged nor pending")


if __name__ == "__main__":
    asyncio.run(main())
