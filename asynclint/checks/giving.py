"""Whether an object gives itself to others that it makes, which call it from then on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asynclint.link.life import SETUP
from asynclint.link.program import Class, Function, Program
from asynclint.link.resolve import TYPE_NAME
from asynclint.link.view import FunctionView


def gives_itself(view: FunctionView, function: Function) -> bool:
    """Tell whether the object gives itself to objects that it makes on request, and those call the function."""
    program = view.rivals.tasks.resolver.program
    own = program.class_of(function)
    if own is None:
        return False
    given = {
        cls
        for member in program.members(own)
        if member.short not in SETUP
        for site in member.facts.calls
        if "self" in site.arguments
        for cls in _made_by(program, member, site.callee)
    }
    return any(_calls_back(view, cls, function) for cls in given - set(program.family(own)))


def _made_by(program: Program, caller: Function, callee: str) -> Iterator[Class]:
    """Yield the class that a call makes an object of: one by name, or the one that a parameter is said to be."""
    said = dict(caller.facts.params).get(callee)
    for name in (callee,) if said is None else TYPE_NAME.findall(said):
        cls = program.find_class(caller.path, name)
        if cls is not None:
            yield cls


def _calls_back(view: FunctionView, cls: Class, function: Function) -> bool:
    """Tell whether objects of a class call a method of one that they were given, by name if need be."""
    tasks = view.rivals.tasks
    program = tasks.resolver.program
    if any(program.class_of(caller) is cls for caller, _ in tasks.callers(function)):
        return True
    kept = re.compile(rf"self\.\w+\.{re.escape(function.short)}")
    return any(
        kept.fullmatch(site.callee) is not None and not tasks.resolver.targets(member, site.callee)
        for member in program.members(cls)
        for site in member.facts.calls
    )
