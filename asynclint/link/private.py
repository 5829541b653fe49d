"""Private methods by their names: a call on an object of which nothing says what it is can mean these and no others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from asynclint.link.program import Function, Program


@dataclass
class PrivateMethods:
    """Answers about the methods of a program that nobody else calls: their names begin with one underscore."""

    program: Program

    def meant(self, callee: str) -> tuple[Function, ...]:
        """Return all the methods that a dotted name can mean, if it ends in the name of a private one."""
        owner, _, name = callee.rpartition(".")
        private = name.startswith("_") and not name.startswith("__")
        return tuple(self._by_name[name]) if private and owner and name in self._by_name else ()

    @cached_property
    def _by_name(self) -> dict[str, list[Function]]:
        found: dict[str, list[Function]] = defaultdict(list)
        for function in self.program.functions():
            if function.short.startswith("_") and function.facts.cls is not None:
                found[function.short].append(function)
        return found
