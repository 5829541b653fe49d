"""Which attributes a function and all that it runs may write, by name, on whatever object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from asynclint.link.program import Function
from asynclint.link.resolve import Resolver

MAX_FUNCTIONS = 60
OWN = ("self.", "cls.", "super().")


@dataclass(slots=True)
class Written:
    """Summaries of writes, remembered; None stands for any attribute."""

    resolver: Resolver
    _known: dict[Function, frozenset[str] | None] = field(default_factory=dict)
    _constants: frozenset[str] | None = None

    def all_of(self, functions: Iterable[Function]) -> frozenset[str] | None:
        """Return what several functions may write."""
        names: set[str] = set()
        for function in functions:
            found = self.of(function)
            if found is None:
                return None
            names |= found
        return frozenset(names)

    def of(self, function: Function) -> frozenset[str] | None:
        """Return what a function may write, itself or by what it runs."""
        if function not in self._known:
            self._known[function] = self._find(function)
        return self._known[function]

    def _find(self, function: Function) -> frozenset[str] | None:
        names: set[str] = set()
        seen = {function}
        pending = [function]
        while pending:
            current = pending.pop()
            for write in current.facts.writes:
                names.update(write.place.steps)
            for call in current.facts.calls:
                targets = self.resolver.targets(current, call.callee)
                if not targets and call.callee.startswith(OWN) and call.callee.count(".") == 1:
                    return None
                running = [one for one in targets if (call.awaited or not one.facts.is_async) and one not in seen]
                seen.update(running)
                pending.extend(running)
            if len(seen) > MAX_FUNCTIONS:
                return None
        return frozenset(names)

    @property
    def constants(self) -> frozenset[str]:
        """The attributes that are spelled like constants, and that somebody writes all the same."""
        if self._constants is None:
            written = (
                step for one in self.resolver.program.functions() for w in one.facts.writes for step in w.place.steps
            )
            self._constants = frozenset(step for step in written if step.isupper())
        return self._constants

    def shared(self, function: Function) -> frozenset[str]:
        """Return the variables of a function that functions nested in it assign to."""
        module = self.resolver.program.modules[function.path]
        return frozenset(
            write.place.steps[0]
            for other in module.all_functions
            if other.facts.parent == function.name
            for write in other.facts.writes
            if write.place.kind == "closure" and len(write.place.steps) == 1
        )
