"""What a pair of functions must come to so that anything is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from asynclint.ir.places import Path
from asynclint.link.halting import Halt
from asynclint.link.program import Function
from asynclint.link.rivals import Rivals


class Hope(Protocol):
    """Whether there can be a finding that is told."""

    def pair(self, function: Function, other: Function, line: int | None, path: Path) -> bool:
        """Tell whether a line of another function, if it is known, can be the rival of a window on a path."""
        ...

    def evident(self, function: Function, other: Function, line: int | None, path: Path) -> bool:
        """Tell whether it can be the rival of a window that is weak in itself."""
        ...

    def mark(self, function: Function, path: Path | None) -> bool:
        """Tell whether anything can be told of what a failure leaves behind at a path, if that is known."""
        ...

    def late(self, function: Function, halt: Halt) -> bool:
        """Tell whether it can be told that a function begins something after another has ended the object."""
        ...


@dataclass(frozen=True, slots=True)
class Whatever:
    """Every overlap is told, however unlikely."""

    rivals: Rivals
    _overlaps: dict[tuple[Function, Function], bool] = field(default_factory=dict)

    def pair(self, function: Function, other: Function, line: int | None, path: Path) -> bool:
        """Tell whether the two may overlap at all."""
        return self.evident(function, other, line, path)

    def evident(self, function: Function, other: Function, line: int | None, path: Path) -> bool:
        """Tell whether the two may overlap at all."""
        known = self._overlaps.get((function, other))
        if known is None:
            known = self._overlaps[function, other] = self.rivals.may_overlap(function, other)
        return known

    def mark(self, function: Function, path: Path | None) -> bool:
        """Tell so of every mark."""
        return True

    def late(self, function: Function, halt: Halt) -> bool:
        """Tell so of every end."""
        return True
