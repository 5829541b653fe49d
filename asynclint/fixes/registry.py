"""Where remedies sign in: by the codes of the rules that they serve, and how soon they are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asynclint.findings import Finding
from asynclint.fixes.edits import Fix
from asynclint.fixes.site import Site


@dataclass(frozen=True, slots=True)
class Remedy:
    """A way to repair findings of some rules. Of several the first that fits is offered, in the order of `rank`."""

    name: str
    codes: tuple[str, ...]
    rank: Callable[[Finding], int]
    repair: Callable[[Site], Fix]


REMEDIES: list[Remedy] = []


def remedy(
    *codes: str, rank: int | Callable[[Finding], int]
) -> Callable[[Callable[[Site], Fix]], Callable[[Site], Fix]]:
    """Register a function that returns the fix of a finding, or raises `RefusedError`."""

    def register(function: Callable[[Site], Fix]) -> Callable[[Site], Fix]:
        REMEDIES.append(Remedy(function.__name__, codes, rank if callable(rank) else lambda _: rank, function))
        return function

    return register
