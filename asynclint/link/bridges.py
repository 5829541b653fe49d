"""Bridges from code that does not await: they start a task, and do not return before it is over."""

from __future__ import annotations

from asynclint.link.program import Function


def is_bridge(function: Function) -> bool:
    """Tell whether a plain function asks for the result of what a call in it has given: that is over by then."""
    facts = function.facts
    given = {f"{local}.result" for local, _ in facts.made}
    return not facts.is_async and any(site.callee in given for site in facts.calls)
