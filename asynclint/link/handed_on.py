"""Tasks that are kept for who comes next, as far as the survey knows: by the function, or by a cache around it."""

from __future__ import annotations

from asynclint.flow.awaited import MAKERS
from asynclint.link.program import Function
from asynclint.link.resolve import Resolver
from asynclint.survey.facts import CallSite

CACHES = frozenset(("lru_cache", "cache", "cached", "memoize", "memoized"))
"""Decorators that answer a second call with what the first one returned."""


def may_share(resolver: Resolver, function: Function) -> bool:
    """Tell whether a function may await a task that others await as well."""
    facts = function.facts
    if any(_last(site.callee) in MAKERS for site in facts.calls):
        return any(write.how in ("store", "item") for write in facts.writes)
    return any(kept_task(resolver, function, site) is not None for site in facts.calls if site.awaited)


def kept_task(resolver: Resolver, function: Function, site: CallSite) -> Function | None:
    """Return what is called if it makes a task and a cache hands out the same one to all who call."""
    callee = resolver.target(function, site.callee)
    return callee if callee is not None and keeps_task(callee) else None


def keeps_task(function: Function) -> bool:
    """Tell whether a function makes a task, and a cache around it keeps what it returns."""
    facts = function.facts
    if facts.is_async or not CACHES.intersection(map(_last, facts.decorators)):
        return False
    return any(_last(site.callee) in MAKERS for site in facts.calls)


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1]
