"""What a pair must come to so as to be told at a confidence, as far as the survey knows: the rest is not analysed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from asynclint.checks.judgement import Gravity, after_failure, confidence
from asynclint.checks.late_start import expects_the_end, is_end
from asynclint.findings import CONFIDENCES, Confidence
from asynclint.ir.places import Attr, Path
from asynclint.link.halting import Halt
from asynclint.link.overlaps import RANK, Overlap
from asynclint.link.program import Class, Function, is_aside
from asynclint.link.rivals import Rivals


@dataclass(frozen=True, slots=True)
class Sight:
    """A function as the survey sees it."""

    function: Function
    rivals: Rivals

    @property
    def cls(self) -> Class | None:
        """The class whose `self` the function uses."""
        return self.rivals.tasks.resolver.program.class_of(self.function)


@dataclass(frozen=True, slots=True)
class Prospects:
    """The hope that a finding comes to a confidence, `least`: everything that is not known yet is taken to be worst.

    What the analysis knows later, what is in turn within a function, for one, can only make an overlap less likely.
    """

    rivals: Rivals
    least: Confidence
    _overlaps: dict[tuple[Function, Function, int | None, bool, Overlap], Overlap] = field(default_factory=dict)

    def pair(self, function: Function, other: Function, line: int | None, path: Path) -> bool:
        """Tell whether a line of another function can be the rival of a window on a path, and be told."""
        return self._reaches(function, other, line, path, True)

    def evident(self, function: Function, other: Function, line: int | None, path: Path) -> bool:
        """Tell whether it can be told though the window is a weak one."""
        return self._reaches(function, other, line, path, False)

    def _reaches(self, function: Function, other: Function, line: int | None, path: Path, strong: bool) -> bool:
        """Tell whether two functions overlap as clearly as it takes: how clearly beyond that is not asked."""
        enough = least_overlap(self.least, strong, self._lowered(function, path))
        if enough is None:
            return False
        return RANK[self._overlap(function, other, line, path.kind == "self", enough)] >= RANK[enough]

    def mark(self, function: Function, path: Path | None) -> bool:
        """Tell whether circumstances leave it at the confidence, if it is as bad as can be."""
        down = 0 if path is None else self._lowered(function, path)
        return CONFIDENCES.index(after_failure("error", True, down)) >= CONFIDENCES.index(self.least)

    def late(self, function: Function, halt: Halt) -> bool:
        """Tell whether it can be told that a function begins something after another has ended the object."""
        if not is_end(halt):
            return False
        overlap = self._overlap(function, halt.function, halt.flag.line, True)
        expected = overlap in ("possible", "single") and expects_the_end(Sight(function, self.rivals))
        known: Overlap = "beside" if expected else overlap
        return reaches(self.least, True, known, self._lowered(function, Path("self", "self", (Attr(halt.name),))))

    def _overlap(
        self, function: Function, other: Function, line: int | None, of_object: bool, enough: Overlap = "evident"
    ) -> Overlap:
        key = (function, other, line, of_object, enough)
        known = self._overlaps.get(key)
        if known is None:
            found = self.rivals.overlap(function, other, line, None, of_object, enough=enough)
            known = self._overlaps[key] = found[0]
        return known

    def _lowered(self, function: Function, path: Path) -> int:
        """Return by how many levels circumstances lower the confidence at least."""
        if path.kind == "param":
            return 1 + is_aside(function.path)
        cls = self.rivals.tasks.resolver.program.class_of(function)
        return is_aside(function.path) + 2 * self.rivals.ownership.per_call(cls)


@lru_cache(maxsize=64)
def least_overlap(least: Confidence, strong: bool, lowered: int) -> Overlap | None:
    """Return the least clear overlap with which a consequence comes to a confidence; None if none is enough."""
    return next((one for one in sorted(RANK, key=RANK.__getitem__) if reaches(least, strong, one, lowered)), None)


@lru_cache(maxsize=64)
def reaches(least: Confidence, strong: bool, overlap: Overlap, lowered: int, gravity: Gravity = "harm") -> bool:
    """Tell whether a consequence of some dependence and overlap comes to a confidence."""
    level = confidence(strong, overlap, gravity, lowered)
    return level is not None and CONFIDENCES.index(level) >= CONFIDENCES.index(least)
