"""Bridges from code that does not await: they start a task, and do not return before it is over."""

from __future__ import annotations

from asynclint.link.program import Function

RUNNING = frozenset(("run_until_complete",))
"""Methods of event loops that do not return before what they are given is over."""


def is_bridge(function: Function) -> bool:
    """Tell whether a plain function asks for the result of what a call in it has given, or has a loop run for it.

    That is over by then: two of them cannot be at it at once in one thread.
    """
    facts = function.facts
    if facts.is_async:
        return False
    given = {f"{local}.result" for local, _ in facts.made}
    return any(site.callee in given or site.callee.rsplit(".", 1)[-1] in RUNNING for site in facts.calls)
