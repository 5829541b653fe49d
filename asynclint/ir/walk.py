"""The one walk over whatever leads from one thing to the next: blocks of a graph, variables, functions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def reached(starts: Iterable[T], ways: Callable[[T], Iterable[T]]) -> Iterator[T]:
    """Yield what can be come to, each thing once and the starts first; `ways` says what follows one.

    It is asked when what it was asked about has been dealt with: who has seen enough just stops.
    """
    pending = list(dict.fromkeys(starts))
    seen = set(pending)
    while pending:
        one = pending.pop()
        yield one
        for way in ways(one):
            if way not in seen:
                seen.add(way)
                pending.append(way)
