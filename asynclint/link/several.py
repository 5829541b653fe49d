"""Objects that several tasks may enter at a time, as their class says by counting them."""

from __future__ import annotations

from asynclint.link.program import Function
from asynclint.link.resolve import Resolver

BOTH = ("__aenter__", "__aexit__")


def counts_users(resolver: Resolver, function: Function) -> bool:
    """Tell whether a method enters or leaves an object that counts who is in it."""
    cls = resolver.program.class_of(function) if function.short in BOTH else None
    if cls is None:
        return False
    methods = [resolver.program.method(cls, name) for name in BOTH]
    counted = [_counted(resolver, method) for method in methods if method is not None]
    return len(counted) == len(BOTH) and bool(frozenset.intersection(*counted))


def _counted(resolver: Resolver, method: Function) -> frozenset[tuple[str, ...]]:
    """Return the attributes of the object that a method adds to or takes from, itself or by a helper."""
    helpers = (target for site in method.facts.calls for target in resolver.targets(method, site.callee))
    return frozenset(
        write.place.steps
        for function in (method, *helpers)
        for write in function.facts.writes
        if write.how == "augmented" and write.place.kind == "self" and len(write.place.steps) == 1
    )
