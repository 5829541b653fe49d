"""Tasks that are a part of the run that starts them: it waits until they are over, and does nothing else meanwhile."""

from __future__ import annotations

import re

from asynclint.link.life import LIFECYCLE, STARTING
from asynclint.link.program import Function
from asynclint.survey.facts import CallSite

GROUP = re.compile(r"[\w.]*(TaskGroup|create_task_group|open_nursery)\(\)")
"""What is entered to start tasks, and not left before they are over."""


def is_joined(spawner: Function, site: CallSite, last: str) -> bool:
    """Tell whether a function waits until what it starts is over, and does nothing else meanwhile.

    What begins the life of an object waits as long as that lives.
    """
    if is_begin(spawner):
        return False
    if last == "gather":
        return site.awaited
    if any(line == site.line for line, _ in spawner.facts.joins):
        return True
    group, dot, _ = site.callee.rpartition(".")
    if not dot or "." in group:
        return False
    facts = spawner.facts
    pauses = (*facts.pauses, *(one.line for one in facts.calls if one.awaited))
    # To leave the group is a pause itself.
    return any(
        item.is_async
        and GROUP.fullmatch(item.text)
        and item.line <= site.line <= item.end_line
        and sum(item.line < line <= item.end_line for line in pauses) == 1
        for item in facts.withs
    )


def is_begin(spawner: Function) -> bool:
    """Tell by its name whether a function may wait as long as its object lives."""
    return LIFECYCLE.fullmatch(spawner.short) is not None or STARTING.match(spawner.short) is not None


def is_over_in_turn(spawner: Function, site: CallSite) -> bool:
    """Tell whether a task that is started in a loop is over before the loop goes on."""
    return (site.line, 1) in spawner.facts.joins
