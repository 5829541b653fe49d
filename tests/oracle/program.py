"""A generated program: its source, and what is free about the runs of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

HELPER = re.compile(r"_[a-z]+\d+")
"""Names of methods that only the victim calls."""
CONDITION = re.compile(r"_test\d+")
"""Those that only say what a condition says."""
Domain = Literal["any", "count", "slot", "absent", "flag", "bool", "items", "key", "fresh", "alike"]
"""What an attribute can hold at first, or an argument can be.

`any`: a value; `count`: also 0; `slot`: also None; `absent`: also a missing key; `flag` and `bool`: False or True;
`items`: a few booleans; `key`: one key; `fresh`: a value that differs from task to
task; `alike`: that, None, 0, or what `x` or a key holds at first.
"""


@dataclass(frozen=True, slots=True)
class Method:
    """A method that tasks run, with the domains of its parameters."""

    name: str
    params: tuple[tuple[str, Domain], ...]


@dataclass(frozen=True, slots=True)
class Program:
    """One class and the ways of running it.

    `state` gives the domain of each access path, written as in the source without `self.`; `victim` is the method that
    is looked at, `crowds` the tasks that run beside it, each given by its method. `raising`: outside calls may raise.
    `patience` is how many steps a task may take before it is given up. `contended`: somebody else may hold a lock, too.
    `kept`: one call makes the object and keeps it.
    `public`: whoever has the object may call its methods, again and again.
    """

    source: str
    state: tuple[tuple[str, Domain], ...]
    methods: tuple[Method, ...]
    crowds: tuple[tuple[str, ...], ...]
    locks: tuple[str, ...] = ()
    raising: bool = False
    patience: int = 12
    contended: bool = True
    public: bool = True
    kept: bool = False
    victim: str = "work"
    shape: str = ""
