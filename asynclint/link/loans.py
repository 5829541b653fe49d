"""Loans, as far as the survey knows: who takes out of a container what others put back there."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.borrowed import GIVING, LENDING, RETURNING, TAKING
from asynclint.ir.places import Path
from asynclint.link.events import Events
from asynclint.link.program import Function
from asynclint.link.tasks import Tasks


def takers(tasks: Tasks, function: Function, path: Path) -> Iterator[Function]:
    """Yield the methods of the object that take something out of a container of it."""
    yield from _taking(tasks, function, ".".join(("self", *path.shape)))


def may_keep_out(tasks: Tasks, events: Events, function: Function) -> bool:
    """Tell whether a function gives way, and then puts something into a container that a method takes from."""
    pauses = events.pauses(function)
    own = tasks.resolver.program.class_of(function)
    if own is None or not pauses:
        return False
    given = {
        owner
        for one in events.inside(function)
        for site in one.facts.calls
        if (owner := _owner(site.callee, GIVING | RETURNING)) and (one is not function or site.line >= pauses[0])
    }
    return any(next(_taking(tasks, function, owner), None) is not None for owner in sorted(given))


def _taking(tasks: Tasks, function: Function, owner: str) -> Iterator[Function]:
    program = tasks.resolver.program
    own = program.class_of(function)
    for one in program.members(own) if own is not None else ():
        if any(_owner(site.callee, TAKING | LENDING) == owner for site in one.facts.calls):
            yield one


def _owner(callee: str, methods: frozenset[str]) -> str:
    """Return the attribute of the object of which a call is one of some methods; empty if it is not."""
    owner, _, method = callee.rpartition(".")
    return owner if method in methods and owner.startswith("self.") and "(" not in owner and "[" not in owner else ""
