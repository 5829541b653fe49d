"""What is taken by entering and given back by leaving: if entering fails, leaving never runs."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.link.program import Class, Function
from asynclint.link.tasks import Tasks
from asynclint.survey.facts import Write

ENTERING = frozenset(("__aenter__", "acquire", "_acquire", "lock", "_lock"))
LEAVING = frozenset(("__aexit__", "release", "_release", "unlock", "_unlock"))


def is_entering(tasks: Tasks, function: Function) -> bool:
    """Tell whether a method takes something that another gives back, and of which a failure leaves nobody to do so."""
    if function.facts.cls is None:
        return False
    return function.short in ENTERING or any(caller.short == "__aenter__" for caller, _ in tasks.callers(function))


def leaving(tasks: Tasks, cls: Class) -> Iterator[Function]:
    """Yield the methods of a class that give back what entering took, and the helpers that `__aexit__` calls."""
    program = tasks.resolver.program
    for name in sorted(LEAVING):
        method = program.method(cls, name)
        if method is None:
            continue
        yield method
        if name == "__aexit__":
            targets = (tasks.resolver.target(method, site.callee) for site in method.facts.calls)
            yield from (target for target in targets if target is not None and program.class_of(target) is not None)


def writes_of(tasks: Tasks, cls: Class, attribute: str) -> Iterator[Write]:
    """Yield what leaving writes to an attribute of the object."""
    for method in leaving(tasks, cls):
        for write in method.facts.writes:
            if write.place.kind == "self" and write.place.steps[:1] == (attribute,):
                yield write
