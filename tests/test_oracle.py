"""The oracle: generated programs, run in every interleaving, against what asynclint says of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

import pytest

from tests.oracle.faults import FAULTS, Patch
from tests.oracle.frame import frame
from tests.oracle.freedom import Wide
from tests.oracle.known import KNOWN
from tests.oracle.schedule import Chooser
from tests.oracle.truth import TooManyRunsError, truth
from tests.oracle.verdict import Judged, again, judge
from tests.oracle.writer import programs

COUNT = 1500


def test_runs_that_are_left_out_tell_nothing_new() -> None:
    compared = 0
    for program in islice(programs(seed=3), 120):
        with suppress(TooManyRunsError):
            assert truth(program) == truth(program, thorough=True), program.source
            compared += 1
    assert compared > 60


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    """Return programs with their truth and what is said of them."""
    return list(judge(islice(programs(seed=1), COUNT)))


@pytest.mark.parametrize(("what", "body", "rival", "torn"), KNOWN, ids=[known[0] for known in KNOWN])
def test_truth_of_known_programs(what: str, body: str, rival: str, torn: str) -> None:
    assert {path for path, _ in truth(frame(body, rival)).torn} == set(torn.split())


def test_known_programs_are_judged_right() -> None:
    told_where_evident = "through an argument of the awaited call"
    judged = judge(frame(body, rival, what) for what, body, rival, _ in KNOWN if what != told_where_evident)
    assert [str(one) for one in judged if not one.agrees] == []


@pytest.mark.parametrize(("rounds", "torn"), [(2, set()), (3, {"d[key]"})])
def test_what_goes_around_a_loop_twice_is_met_in_the_third_round(rounds: int, torn: set[str]) -> None:
    body = (
        "m = n = 11\nfor item in items:\n    if m is None:\n        self.d[key] = await fetch()\n"
        "    m, n = n, self.d.get(key)"
    )
    program = frame(body, "self.d[key] = v")
    assert {path for path, _ in truth(program, Wide(rounds=rounds)).open} == torn


def test_what_only_a_third_round_shows_is_not_extra() -> None:
    body = (
        "for item in items:\n    if m is None:\n        self.d[key] = await fetch()\n    m = n\n"
        "    n = self.d.get(key)\nself.d.setdefault(key, make())"
    )
    program = replace(frame(body, "self.d[key] = v"), crowds=(("rival",),), public=False)
    assert [(one.told, one.agrees) for one in judge([program])] == [(frozenset({("d[key]", 8)}), True)]


def test_chooser_walks_all_sequences() -> None:
    chooser, seen = Chooser(), []
    while True:
        seen.append((chooser.choose(2), chooser.choose(3)) if chooser.choose(2) else ())
        if not chooser.advance():
            break
    assert sorted(seen) == [(), *((a, b) for a in range(2) for b in range(3))]


def test_programs_are_the_same_for_a_seed() -> None:
    first, second = (list(islice(programs(seed=7), 200)) for _ in range(2))
    assert first == second
    assert len({program.source for program in first}) == 200


def test_half_of_the_programs_can_go_either_way(judged: Sequence[Judged]) -> None:
    torn = sum(bool(one.truth.torn) for one in judged)
    assert torn > len(judged) // 10
    assert sum(bool(one.told) for one in judged) > len(judged) // 10


def test_nothing_is_missed_and_nothing_is_extra(judged: Sequence[Judged]) -> None:
    wrong = sorted((one for one in judged if not one.agrees), key=lambda one: len(one.program.source))
    assert not wrong, f"{len(wrong)} of {len(judged)}\n" + "\n".join(map(str, wrong[:3]))


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.__name__ for fault in FAULTS])
def test_a_fault_is_caught(fault: Patch, judged: Sequence[Judged], monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    assert any(not one.agrees for one in again(judged))
