"""The one table from facts to confidence: dependence, overlap, consequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asynclint.findings import CONFIDENCES, Confidence
from asynclint.link.rivals import Overlap

Gravity = Literal["harm", "waste", "benign"]


@dataclass(frozen=True, slots=True)
class Consequence:
    """What goes wrong: `text` says it; `harm` leaks, loses, raises or answers wrongly, `waste` does work twice."""

    text: str
    gravity: Gravity


TABLE: dict[tuple[bool, Overlap, Gravity], Confidence] = {
    (True, "evident", "harm"): "high",
    (True, "evident", "waste"): "medium",
    (True, "possible", "harm"): "medium",
    (True, "possible", "waste"): "low",
    (False, "evident", "harm"): "medium",
    (False, "evident", "waste"): "low",
    (False, "possible", "harm"): "low",
    (False, "possible", "waste"): "low",
}
"""(strong dependence, overlap, gravity) to confidence; what is benign or has no overlap is not reported."""


def confidence(strong: bool, overlap: Overlap, gravity: Gravity, lowered: int = 0) -> Confidence | None:
    """Return the confidence of a finding, or None where there is nothing to report.

    `lowered` is by how many levels circumstances (a test file, an object of one request) take it down.
    """
    if overlap == "none" or gravity == "benign":
        return None
    level = CONFIDENCES.index(TABLE[strong, overlap, gravity]) - lowered
    return CONFIDENCES[max(level, 0)]
