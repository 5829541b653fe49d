"""Methods in whose place a decorator puts one function of its own."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.link.life import WRAPPERS
from asynclint.link.program import Function, Program


def stands_in(function: Function) -> bool:
    """Tell whether a decorator puts a function in the place of methods: it is no method itself, and has an object."""
    facts = function.facts
    return facts.kind == "method" and facts.name.rpartition(".")[0] != facts.cls


def replaces(program: Program, function: Function) -> bool:
    """Tell whether a function is what a decorator gives back: all who call what stands below it run this one.

    What a coroutine has made inside is there for that run of it.
    """
    facts = function.facts
    outer = program.modules[function.path].functions.get(facts.parent) if facts.parent is not None else None
    if outer is None or outer.facts.is_async:
        return False
    return function.short in WRAPPERS or any(name.rpartition(".")[2] == "wraps" for name in facts.decorators)


def wrapped(program: Program, function: Function) -> Iterator[Function]:
    """Yield the methods for which a function in a decorator stands."""
    module, outer = program.modules[function.path], function
    if not stands_in(function):
        return
    while outer.facts.parent is not None and outer.facts.parent in module.functions:
        outer = module.functions[outer.facts.parent]
    cls = program.class_of(function)
    for one in program.members(cls) if cls is not None else ():
        if outer.short in (name.rpartition(".")[2] for name in one.facts.decorators):
            yield one
