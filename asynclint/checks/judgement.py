"""The one table from facts to confidence: dependence, overlap, consequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asynclint.findings import CONFIDENCES, Confidence
from asynclint.flow.leaks import Failure
from asynclint.link.overlaps import Overlap

Gravity = Literal["harm", "loss", "waste", "benign"]


@dataclass(frozen=True, slots=True)
class Consequence:
    """What goes wrong: `text` says it.

    `harm` leaks, loses, raises or answers wrongly, `loss` undoes what another task has just done, `waste` does work
    twice. What is `lasting` stays wrong: something is left open, or has been done twice that is to be done once. Of
    that readers wanted to hear also where nobody is seen to overlap, and it is only allowed.
    """

    text: str
    gravity: Gravity
    lasting: bool = False


TABLE: dict[tuple[bool, Overlap, Gravity], Confidence] = {
    (True, "evident", "harm"): "high",
    (True, "evident", "loss"): "medium",
    (True, "beside", "harm"): "medium",
    (True, "beside", "loss"): "medium",
    (True, "single", "harm"): "medium",
    (True, "possible", "harm"): "medium",
    (False, "evident", "harm"): "medium",
    (False, "beside", "harm"): "medium",
    (False, "single", "harm"): "medium",
}
"""(strong dependence, overlap, gravity) to confidence, `low` where the table has none.

What is benign or has no overlap is not reported.
"""


def confidence(strong: bool, overlap: Overlap, gravity: Gravity, lowered: int = 0) -> Confidence | None:
    """Return the confidence of a finding, or None where there is nothing to report.

    `lowered` is by how many levels circumstances (a test file, an object of one request) take it down.
    """
    if overlap == "none" or gravity == "benign":
        return None
    level = CONFIDENCES.index(TABLE.get((strong, overlap, gravity), CONFIDENCES[0])) - lowered
    return CONFIDENCES[max(level, 0)]


FAILURES: dict[tuple[Failure, bool], Confidence] = {
    ("error", True): "high",
    ("error", False): "medium",
    ("cancel", True): "medium",
    ("cancel", False): "low",
}
"""(what leaves the state behind: any exception or only a cancellation; whether the same function trips over it next
time, or its handlers show that it was meant to be taken back) to confidence."""


MODEST = frozenset(("ARC105", "ARC206"))
"""Rules of whose findings readers called too many wrong for any to be `high`."""


def capped(code: str, level: Confidence) -> Confidence:
    """Return a confidence as far as a rule may go."""
    return moderate(level) if code in MODEST else level


def moderate(level: Confidence) -> Confidence:
    """Return a confidence that is not high."""
    return "medium" if level == "high" else level


def after_failure(failure: Failure, strong: bool, lowered: int = 0) -> Confidence:
    """Return the confidence of a finding about a failure path: it needs no overlap."""
    return CONFIDENCES[max(CONFIDENCES.index(FAILURES[failure, strong]) - lowered, 0)]
