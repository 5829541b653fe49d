"""Notices: calls by which somebody is told that something is over, once for each run that sees to it."""

from __future__ import annotations

import re

from asynclint.checks.making import words
from asynclint.flow.verdicts import FALSE, excludes
from asynclint.flow.windows import Window
from asynclint.link.program import Function
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView

TELLS = re.compile(r"on|notify|trigger|emit|fire|dispatch|publish|callbacks?|cb|listeners?|hooks?")
"""Words for telling somebody."""


def told_twice(view: FunctionView, window: Window, constant: str, rival: Rival) -> str | None:
    """Return the call by which this run and a rival both tell somebody of what each has just marked; None if none.

    The mark keeps out who finds it there, and so it says that whoever is to be told has been.
    """
    if window.path.kind != "self" or constant in FALSE or window.guard is None or not excludes(window.guard, constant):
        return None
    own = _notices(view, view.function, view.primary(window.at).line)
    others = own
    if not rival.is_again:
        if rival.write is None or rival.write.detail != constant:
            return None
        others = _notices(view, rival.function, rival.write.line)
    return next((callee for callee in own if callee in others), None)


def _notices(view: FunctionView, function: Function, line: int) -> list[str]:
    """Return the calls of the object's own, awaited behind a line, that tell somebody and know nothing of before."""
    found = []
    for site in function.facts.calls:
        if site.awaited and site.line > line and site.callee.startswith("self.") and _tells(site.callee):
            target = view.rivals.tasks.resolver.target(function, site.callee)
            if target is None or not target.facts.writes:
                found.append(site.callee)
    return found


def _tells(callee: str) -> bool:
    return any(map(TELLS.fullmatch, words(callee.rpartition(".")[2])))
