"""A file that is looked at by itself: of its users nothing is in sight, so its public methods are taken to overlap."""

from __future__ import annotations

import pytest

from tests.support.analysis import REST, found_in_project

BEGIN = "class Room:\n    def __init__(self):\n        self.n = 0\n        self.members = set()\n\n"
BODIES = {
    "ARC101": "    async def count(self):\n        n = self.n\n        await pause()\n        self.n = n + 1\n",
    "ARC103": "    async def count(self):\n        self.n += await pause()\n",
    "ARC104": "    async def tell(self):\n        for one in self.members:\n            await pause(one)\n\n"
    "    def leave(self, one):\n        self.members.discard(one)\n",
}
ONE_TASK = "    async def start(self):\n        n = self.n\n        await pause()\n        self.n = n + 1\n"


@pytest.mark.parametrize("code", BODIES)
def test_public_methods_of_a_lone_file_overlap(code: str) -> None:
    assert [one.code for one in found_in_project({"room.py": BEGIN + BODIES[code]})] == [code]


@pytest.mark.parametrize("code", ["ARC101", "ARC104"])
def test_those_of_a_program_do_not_without_a_sign(code: str) -> None:
    assert found_in_project({"room.py": BEGIN + BODIES[code], REST: "VERSION = 1\n"}) == []


def test_what_begins_a_life_does_not_overlap_in_a_lone_file() -> None:
    assert found_in_project({"room.py": BEGIN + ONE_TASK}) == []
