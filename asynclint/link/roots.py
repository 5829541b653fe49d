"""Roots: the functions at which a task, a request or a callback begins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from asynclint.link.life import BEGINS
from asynclint.link.program import Function
from asynclint.link.reaching import NEW, Reach
from asynclint.link.starts import Start

ENTERING = frozenset(("__enter__", "__aenter__"))
Multiplicity = Literal["many", "callback", "task", "polled", "asked", "public", "early", "once", "serial", "setup"]


@dataclass(frozen=True, slots=True)
class Root:
    """A function at which a task, a request or a callback begins.

    `many`: several at a time for sure; `callback`: called by whoever holds it; `task`: one background task; `polled`:
    one in which a framework calls it again and again; `asked`: called by a framework for whoever wants it; `public`:
    whoever has the object may call it; `once`: so, but by its name where its life begins or ends; `early`: so, but by
    its name to say what there is; `serial`: called once or one at a time; `setup`: before anyone else has the object.
    `evidence` is a sentence, empty where there is none. `starts` is where a `task` is spawned or a callback registered.
    `reach` says on whose object it works: its own, what that has made or holds in an attribute or a global, one that it
    was given or has picked from many, or one that it makes.

    `near`: it is the object itself that it works on, or one that stands at a place known to all; `fresh`: it has made
    the object itself, another run of it has another one; `alone`: and it gives it to nobody before; `comes_first`: its
    object is not in use yet, as the name of a public function says, or because all who call it have just made theirs
    (`readies`); `enters`: it begins the block in which the object is used, and its tasks run.

    `within` are the functions that start all of them and wait for their end: they meet each other, and what else they
    meet is what these functions meet, whose roots are roots as well.
    """

    function: Function
    multiplicity: Multiplicity
    evidence: str
    starts: tuple[Start, ...] = ()
    reach: Reach = "own"
    within: frozenset[Function] = frozenset()
    readies: bool = False
    near: bool = field(init=False)
    fresh: bool = field(init=False)
    alone: bool = field(init=False)
    comes_first: bool = field(init=False)
    enters: bool = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what is asked for each pair of roots."""
        once = self.multiplicity == "once" and BEGINS.match(self.function.short) is not None
        object.__setattr__(self, "near", self.reach in ("own", "part", "near"))
        object.__setattr__(self, "fresh", self.reach in NEW)
        object.__setattr__(self, "enters", self.function.short in ENTERING)
        object.__setattr__(self, "comes_first", self.multiplicity == "early" or once or self.readies)
        object.__setattr__(self, "alone", self.reach == "alone")
