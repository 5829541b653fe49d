"""Loops that start a run for each of several things: what is kept under a key of the thing, each run has alone."""

from __future__ import annotations

from asynclint.ir.places import Key, Path
from asynclint.link.program import Function
from asynclint.link.starts import Start
from asynclint.link.tasks import Tasks


def is_each_its_own(tasks: Tasks, function: Function, path: Path) -> bool:
    """Tell whether one loop starts the runs of a function, with another thing each, by which it finds its element.

    Two runs for one thing take two runs of the loop, which nobody is seen to make at once.
    """
    param = _keyed_by(function, path)
    starts = tasks.starts(function)
    if param is None or len(starts) != 1 or not starts[0].is_task or not starts[0].is_each(function, param):
        return False
    (start,) = starts
    if any(caller is not start.spawner for caller, _ in tasks.calls.callers(function)) or _comes_again(start):
        return False
    return not any(root.multiplicity in ("many", "callback") for root in tasks.roots(start.spawner))


def _keyed_by(function: Function, path: Path) -> str | None:
    """Return the parameter by an attribute of which an element is found: names in a list may be the same twice."""
    keys = [step for step in path.steps if isinstance(step, Key)]
    names = {name for key in keys for name in key.names}
    given = {name for name, _ in function.facts.params} - {key.text for key in keys}
    return next(iter(names)) if len(names) == 1 and names <= given else None


def _comes_again(start: Start) -> bool:
    """Tell whether the loop may start the next runs before these are over: it waits somewhere and goes on."""
    facts, line = start.spawner.facts, start.site.line
    pauses = {*facts.pauses, *(site.line for site in facts.calls if site.awaited)}
    return any(first <= line <= last and any(first < pause <= last for pause in pauses) for first, last in facts.spans)
