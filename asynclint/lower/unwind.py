"""Leaving statements early: what `return`, `break` and `continue` run on their way out."""

from __future__ import annotations

from asynclint.lower.builder import NOTHING_CAUGHT, Builder, Cleanup, Loop


def unwind(b: Builder, depth: int, continuation: int) -> bool:
    """Lower the cleanups above `depth`, innermost first.

    Return false if the rest of the way is one that was lowered before for the same continuation, so that the current
    block already leads there.
    """
    frames, handler, caught = b.frames, b.handler, b.caught
    try:
        for number in range(len(frames) - 1, depth - 1, -1):
            frame = frames[number]
            if isinstance(frame, Loop):
                continue
            b.frames = frames[:number]
            b.handler = frame.handler
            b.caught = NOTHING_CAUGHT
            if not _enter(b, frame, continuation):
                return False
            frame.run()
        return True
    finally:
        b.frames, b.handler, b.caught = frames, handler, caught


def _enter(b: Builder, frame: Cleanup, continuation: int) -> bool:
    if not frame.shared:
        b.step()
        return True
    known = frame.memo.get(continuation)
    if known is not None:
        b.jump(known)
        return False
    block = frame.memo[continuation] = b.block()
    b.jump(block)
    b.start(block)
    return True


def shared_on_the_way(b: Builder) -> bool:
    """Tell whether a way out of the function passes a cleanup that several `return` share."""
    return any(isinstance(frame, Cleanup) and frame.shared for frame in b.frames)
