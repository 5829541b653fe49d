"""Variables of enclosing functions: whether two runs of what stands inside have the same ones."""

from __future__ import annotations

from asynclint.link.program import Function
from asynclint.link.tasks import Tasks
from asynclint.link.wrapping import replaces


def is_shared(tasks: Tasks, function: Function, other: Function) -> bool:
    """Tell whether one of two functions is given away to run on its own: two calls share no closure.

    Nor do two of what makes a function that a decorator gives back; all who call that share what it has.
    """
    if tasks.starts(function) or tasks.starts(other):
        return True
    program = tasks.resolver.program
    return replaces(program, function) or replaces(program, other)
