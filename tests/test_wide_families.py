"""A base class with more subclasses than are listed by name still leads to what each of them overrides."""

from __future__ import annotations

from tests.support.analysis import found_in

BASE = """
import asyncio


class Base:
    def begin(self):
        self.task = asyncio.create_task(self._run())

    async def _run(self):
        while True:
            await self._step()

    async def _step(self):
        await asyncio.sleep(1)
"""

SUBCLASS = """

class Part{number}(Base):
    def __init__(self, remote):
        self.remote = remote
        self.link = None

    async def _step(self):
        if self.link is None:
            self.link = await self.remote.connect()

    async def replace(self):
        self.link = await self.remote.connect()
"""


def test_every_override_runs_in_the_task_of_the_base() -> None:
    count = 80
    source = BASE + "".join(SUBCLASS.format(number=number) for number in range(count))
    found = found_in(source, "parts.py", min_confidence="medium")
    assert [finding.function for finding in found] == [f"Part{number}._step" for number in range(count)]
    assert all("Base._run runs as a task of its own" in finding.evidence[0] for finding in found)
