"""What is put into the containers that objects keep in their attributes, wherever that is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from asynclint.ir import ops
from asynclint.link.bodies import Body
from asynclint.link.program import Function, Program, is_aside

MOST = 12
"""Functions that fill attributes of one name, above which nobody looks."""


@dataclass(slots=True)
class Contents:
    """Answers about what is put where; which functions are to be looked at is remembered."""

    program: Program
    _fillers: dict[str, list[Function]] | None = field(default=None)

    def _filling(self, name: str) -> list[Function]:
        """Return the functions that change a container in an attribute of a name."""
        if self._fillers is None:
            self._fillers = defaultdict(list)
            for function in self.program.functions():
                steps = {
                    next((step for step in reversed(write.place.steps) if step != "[]"), "")
                    for write in function.facts.writes
                    if write.how in ("mutate", "item")
                }
                for step in steps if not is_aside(function.path) else ():
                    self._fillers[step].append(function)
        return self._fillers.get(name, [])

    def put(self, name: str, body: Callable[[Function], Body]) -> Iterator[tuple[Body, ops.Var, ops.Var | None]]:
        """Yield each function that puts something into attributes of a name, with the object and what is put there.

        It is None where it cannot be told, as with `update`.
        """
        functions = self._filling(name)
        for function in functions if len(functions) <= MOST else ():
            found = body(function)
            for container, value in found.put():
                made = found.source(container)
                if isinstance(made, ops.LoadAttr) and made.name == name:
                    yield found, made.base, value
