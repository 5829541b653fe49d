"""What the name of a function says of a lock: that the caller holds it, or that the function takes it."""

from __future__ import annotations

from tests.support.analysis import found_in

SOURCE = """
import asyncio


class Link:
    def __init__(self, remote):
        self.remote = remote
        self.channel = None
        self.lock = asyncio.Lock()
        asyncio.create_task(self.serve())

    async def serve(self):
        await asyncio.gather(*({caller}() for _ in range(3)))

    async def use(self):
        async with self.lock:
            await self.{name}()

    async def {name}(self):
        if self.channel is None:
{body}

    async def drop(self):
        async with self.lock:
            if self.channel is not None:
                self.channel.close()
                self.channel = None
"""
PLAIN = "            self.channel = await self.remote.connect()"
TAKING = "            async with self.lock:\n                self.channel = await self.remote.connect()"


def _found(name: str, body: str, caller: str = "") -> list[str]:
    text = SOURCE.format(name=name, body=body, caller=f"self.{caller or name}")
    return [finding.code for finding in found_in(text, codes=["ARC102"])]


def test_who_says_that_the_lock_is_held_and_takes_none_is_believed() -> None:
    for name in ("connect_with_lock", "connect_under_lock", "connect_locked"):
        assert _found(name, PLAIN) == []
    assert _found("connect", PLAIN) == ["ARC102"]


def test_who_takes_a_lock_means_that_one() -> None:
    for name in ("connect_with_lock", "connect_under_lock"):
        assert _found(name, TAKING) == ["ARC102"]


def test_who_is_called_while_it_is_locked_may_take_another_lock() -> None:
    assert _found("connect_locked", TAKING) == []
