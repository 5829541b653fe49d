"""A stream of frames that the end of the connection cuts short leaves its flag up.

Package: websockets 17.4
Besides: trio
File: websockets/trio/messages.py
Function: Assembler.get_iter
Finding: ARC107 on self.get_in_progress
Lost: the reason: the next receive says that another is already running, not that the connection has ended
"""

from __future__ import annotations

import trio
import trio.testing
from websockets.exceptions import ConcurrencyError
from websockets.trio.messages import Assembler


async def main() -> None:
    """Wait for a streamed message, let the connection end, and receive again."""
    assembler = Assembler()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(end_of, assembler)
        try:
            async for _ in assembler.get_iter():
                raise AssertionError("a frame has come")
        except EOFError:
            pass
    try:
        await assembler.get()
    except ConcurrencyError as error:
        print(f"CONFIRMED: nobody receives, and get() raises ConcurrencyError({str(error)!r}) instead of EOFError")
    except EOFError as error:
        raise AssertionError("the flag was put down") from error


async def end_of(assembler: Assembler) -> None:
    """Close once somebody waits."""
    await trio.testing.wait_all_tasks_blocked()
    assembler.close()


if __name__ == "__main__":
    trio.run(main)
