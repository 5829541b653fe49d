"""What is free in a run beyond what the source says, and what some readings give in a replay."""

from __future__ import annotations

from dataclasses import dataclass

ROUNDS = 2
"""How often a loop goes round at most: what one round leaves is met by the next."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What some readings give in a replay: a value, or what is there now; with all branches `forced` or not."""

    value: object = None
    present: bool = False
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Wide:
    """Freedom beyond what the source says, for those who know no values.

    What others write may be something else: a new value, what is false, what an argument is if that is `alike`; the
    tests in `open` go either way; `lenient`: a key that is taken out may be there, and a lock does not keep out the one
    who has it; whatever the victim calls may raise. `blind`: all tests of others go either way, and what the victim
    computes, fetches or is given may be false. `rounds` is how often a loop goes round at most.
    """

    open: frozenset[int] = frozenset()
    lenient: bool = False
    alike: bool = False
    blind: bool = False
    rounds: int = ROUNDS
