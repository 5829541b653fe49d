"""What remedies make, run: a cache that keeps tasks answers once, forgets failures, and outlives who is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, cast

CACHES = Path(__file__).parent / "fixtures" / "fixes" / "single-flight" / "caches.fixed.py"


class Users(Protocol):
    """The class of the fixture."""

    _rows: dict[int, object]

    def get(self, key: int) -> Awaitable[int]:
        """Return what is under a key."""
        ...


class Remote:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.failing = False

    async def fetch(self, key: int) -> int:
        """Answer, or fail."""
        self.asked += 1
        await asyncio.sleep(0)
        if self.failing:
            raise ValueError(key)
        return 2 * key


def users(remote: Remote) -> Users:
    """Make one of what the fixture defines; its text is our own."""
    names: dict[str, object] = {"__name__": "caches"}
    exec(compile(CACHES.read_text("utf-8"), str(CACHES), "exec"), names)
    return cast("Callable[[Remote], Users]", names["Users"])(remote)


def test_everybody_waits_for_the_same_answer() -> None:
    async def run() -> None:
        remote = Remote()
        cache = users(remote)
        assert list(await asyncio.gather(cache.get(1), cache.get(1), cache.get(2))) == [2, 2, 4]
        assert await cache.get(1) == 2
        assert remote.asked == 2

    asyncio.run(run())


def test_a_failure_is_told_to_all_and_forgotten() -> None:
    async def run() -> None:
        remote = Remote()
        cache = users(remote)
        remote.failing = True
        told = await asyncio.gather(cache.get(1), cache.get(1), return_exceptions=True)
        assert [type(one) for one in told] == [ValueError, ValueError]
        assert (remote.asked, cache._rows) == (1, {})
        remote.failing = False
        assert await cache.get(1) == 2

    asyncio.run(run())


def test_who_is_cancelled_takes_nobody_along() -> None:
    async def run() -> None:
        remote = Remote()
        cache = users(remote)
        first = asyncio.ensure_future(cache.get(1))
        await asyncio.sleep(0)
        first.cancel()
        assert await cache.get(1) == 2
        assert remote.asked == 1

    asyncio.run(run())
