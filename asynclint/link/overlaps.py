"""How clearly two runs overlap, told by the roots at which they begin."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from asynclint.link.program import Function, Program
from asynclint.link.roots import Multiplicity, Root
from asynclint.link.witness import TASKS

Overlap = Literal["evident", "beside", "single", "possible", "unlikely", "none"]
"""`evident`: both are run by tasks, requests or callbacks, of which one at least may be several; `beside`: by one task
each, or one is, and whoever has the object may call the other meanwhile; `single`: the same, beside one task of which
there is no second; `possible`: whoever has the object may call both; `unlikely`: so, but seldom by its name.
"""
RANK: dict[Overlap, int] = {"none": 0, "unlikely": 1, "possible": 2, "single": 3, "beside": 4, "evident": 5}
SEEN = frozenset(("evident", "beside", "single"))
"""Overlaps that somebody in sight makes."""
STARTED = re.compile(r"_*(async_|do_|on_)?(start(ed|up)?|begin|set_?up)")
STOPPED = re.compile(r"_*(async_|do_|on_)?(stop(ped)?|shut_?down|tear_?down|clean_?up)")
"""Names of callbacks that are called when a program begins or ends to work; a connection that is opened or closed may
be so at any time.
"""
HOOKS = frozenset(("polled", "asked"))
ONE = frozenset(("task", "polled"))
SELDOM = frozenset(("once", "serial"))
TWICE: dict[Multiplicity, Overlap] = {
    "many": "evident", "asked": "possible", "callback": "possible", "public": "possible", "early": "possible",
    "once": "unlikely",
}  # fmt: skip
"""Whether what begins at one root can run twice at once; never where it is not named."""


def _seen(one: Root, two: Root) -> Overlap:
    """Tell how clearly two runs overlap of which one at least is a task."""
    running = [root for root in (one, two) if root.multiplicity in TASKS and root.near]
    one_each = all(root.multiplicity in ONE for root in running)
    if two.multiplicity == "polled":
        return "single"  # what it writes of what it finds, and loses, it finds again
    if one.multiplicity == "polled" and two.multiplicity == "asked":
        return "beside"
    if len(running) == 2:
        return "beside" if one_each else "evident"
    return "single" if one_each else "beside"


def pair(one: Root, two: Root, same: bool) -> Overlap:
    """Decide for two roots; a setup root never overlaps, the `same` one only if there can be several."""
    if one.within != two.within and not one.within & two.within:
        return "none"
    first, second = one.multiplicity, two.multiplicity
    if "setup" in (first, second) or (first == second == "serial" and not same):
        return "none"
    distant = not one.near and not two.near
    if same:
        overlap = TWICE.get(first, "none")
        if distant and overlap != "none":
            # Each run has brought an object of its own, as far as anybody knows.
            overlap = "possible" if first == "many" else "unlikely"
        return "unlikely" if (one.fresh or two.fresh) and overlap != "none" else overlap
    if "early" in (first, second) and HOOKS.intersection((first, second)):
        return "unlikely"  # a framework calls these of what is in use
    if (first in TASKS and one.near) or (second in TASKS and two.near):
        return "possible" if _begins(one, two) or _are_ends(one, two) else _seen(one, two)
    waits = first not in TASKS and second not in TASKS
    seldom = (
        (first in SELDOM and second in SELDOM)
        or (waits and (distant or one.comes_first or two.comes_first))
        or (one.fresh and two.fresh)
    )
    return "unlikely" if seldom else "possible"


def _begins(one: Root, two: Root) -> bool:
    """Tell whether one of two runs comes, by its name, before the object is in use."""
    return "early" in (one.multiplicity, two.multiplicity) or one.enters or two.enters


def _are_ends(one: Root, two: Root) -> bool:
    """Tell whether two callbacks are, by their names, told of the begin and of the end of one life."""
    if not one.multiplicity == two.multiplicity == "callback":
        return False
    names = (one.function.short, two.function.short)
    return any(STARTED.fullmatch(first) and STOPPED.fullmatch(last) for first, last in (names, names[::-1]))


def evidence_of(one: Root, two: Root, found: Overlap) -> tuple[str, ...]:
    """Return what shows that two runs overlap: of one that comes before the object is in use a task shows nothing."""
    if _begins(one, two) and found not in SEEN:
        return ()
    return tuple(dict.fromkeys(root.evidence for root in (one, two) if root.evidence and root.near))


def of_any(roots: tuple[Root, ...]) -> tuple[Root, ...]:
    """Return roots as to state that an object which one of them has made shares with all others."""
    return tuple(replace(root, reach="far") if root.fresh else root for root in roots)


def is_same(program: Program, one: Function, two: Function) -> bool:
    """Tell whether two functions are one method to any object: one and the same, or the one overrides the other."""
    if one is two:
        return True
    if one.short != two.short or one.facts.cls is None or two.facts.cls is None:
        return False
    first, second = program.class_of(one), program.class_of(two)
    return first is not None and second is not None and second in program.family(first)
