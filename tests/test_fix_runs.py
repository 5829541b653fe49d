"""Repaired programs are run: alone they compute what they did, and in every interleaving they lose nothing."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from types import ModuleType

import pytest

from asynclint.fixes import hoist, late_read
from tests.oracle.alone import alone
from tests.oracle.mended import Mended, mend, torn_after
from tests.oracle.program import Method, Program
from tests.oracle.writer import programs
from tests.test_small_programs import STATEMENTS

COUNT = 600
SEEDS = range(6)
BODIES = STATEMENTS | {
    "suspend": "await pause()",
    "torn": "self.x += await fetch()",
    "late": "self.x = await fetch() + self.x",
    "touch": "await self.touch()",
    "torn by a touch": "self.x += await self.touch()",
    "read": "n = self.x",
}


def small(length: int) -> Iterator[Program]:
    """Yield every body up to a length, straight and in a loop, in a class that others write, and whose helper does."""
    for size in range(1, length + 1):
        for body in itertools.product(BODIES.values(), repeat=size):
            for head in ([], ["for _ in range(2):"]):
                lines = ["n = self.x", *head, *(("    " if head else "") + line for line in body)]
                yield Program(_source(lines), (("x", "any"),), (Method("work", ()),), (("rival",),), locks=("lock",))


def _source(lines: list[str]) -> str:
    work = "".join(f"        {line}\n" for line in lines)
    return f"""class Shared:
    def __init__(self):
        self.x = make()
        self.lock = asyncio.Lock()

    async def work(self):
{work}
    async def touch(self):
        self.x = bump(self.x)
        await pause()
        return 1

    async def rival(self):
        async with self.lock:
            self.x = self.x + 1
"""


def differing(mended: list[Mended]) -> list[str]:
    """Return the programs that compute something else than before when they run alone."""
    return [
        f"{one.before.source}\n>>>\n{one.after.source}"
        for one in mended
        if any(alone(one.before, seed) != alone(one.after, seed) for seed in SEEDS)
    ]


@pytest.fixture(scope="module")
def generated() -> list[Program]:
    """Return programs of the oracle's grammar."""
    return list(islice(programs(seed=11), COUNT))


@pytest.fixture(scope="module")
def mended(generated: list[Program]) -> list[Mended]:
    """Return those that can be repaired, with all repairs."""
    return list(mend(generated, unsafe=True))


def test_a_good_part_is_repaired_in_many_ways(mended: list[Mended]) -> None:
    remedies = Counter(one.remedy for each in mended for one in each.made)
    assert len(mended) > COUNT // 10
    assert {"hoist", "late_read", "lock", "recheck"} <= set(remedies)


def test_repaired_programs_lose_nothing(mended: list[Mended]) -> None:
    wrong = [f"{sorted(torn)}\n{one.before.source}\n>>>\n{one.after.source}" for one, torn in torn_after(mended)]
    assert not wrong, f"{len(wrong)} of {len(mended)}\n{wrong[0]}"


def test_no_repaired_program_waits_for_itself(mended: list[Mended]) -> None:
    for one in mended:
        for seed in SEEDS:
            assert alone(one.after, seed).ended != "went on" or alone(one.before, seed).ended == "went on"


def test_programs_that_are_not_repaired_would_be_caught(mended: list[Mended]) -> None:
    unrepaired = [replace(one, after=one.before) for one in mended]
    assert len(list(torn_after(unrepaired))) > len(mended) // 2


def test_safe_repairs_change_nothing_for_one_task(generated: list[Program]) -> None:
    safe = list(mend(generated, unsafe=False))
    assert len(safe) > COUNT // 30
    wrong = differing(safe)
    assert not wrong, f"{len(wrong)} of {len(safe)}\n{wrong[0]}"


def test_safe_repairs_of_small_programs_change_nothing_for_one_task() -> None:
    safe = list(mend(list(small(2)), unsafe=False))
    assert len(safe) > 30
    wrong = differing(safe)
    assert not wrong, f"{len(wrong)} of {len(safe)}\n{wrong[0]}"


@pytest.mark.parametrize("module", [hoist, late_read], ids=["hoist", "late_read"])
def test_a_repair_that_is_wrongly_called_safe_is_caught(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "disturbed", lambda *_: False)
    if module is late_read:
        monkeypatch.setattr(module, "_written", lambda *_: False)
    assert differing(list(mend(list(small(2)), unsafe=False)))
