"""Who releases a lock that was taken by hand, as far as the graph of the function that took it does not show it."""

from __future__ import annotations

from dataclasses import dataclass

from asynclint.link.effects import Effects
from asynclint.link.entering import leaving
from asynclint.link.program import Class, Function
from asynclint.link.tasks import Tasks
from asynclint.survey.facts import CallSite

FAR = 3
"""Calls of calls, and callers of callers, that are looked at."""


@dataclass(frozen=True, slots=True)
class Releases:
    """Answers about one lock, by the last attribute name of its path."""

    effects: Effects
    tasks: Tasks
    attribute: str

    def does(self, function: Function, apart: Function | None = None) -> bool:
        """Tell whether a function releases the lock, itself or by what it calls, one callee left out."""
        seen, layer = {function, apart}, [function]
        for _ in range(FAR):
            if any(self._is_release(site) for one in layer for site in one.facts.calls):
                return True
            layer = [callee for one in layer for callee in self.effects.callees(one) if callee not in seen]
            seen.update(layer)
        return False

    def call(self, function: Function, callee: str, line: int) -> bool:
        """Tell whether a call releases the lock, or starts or registers what does."""
        targets = self.effects.resolver.targets(function, callee)
        sites = (site for site in function.facts.calls if site.line == line and site.arguments)
        given = {name for site in sites for name in site.arguments}
        started = (one for name in given for one in self.effects.resolver.targets(function, name))
        return any(self.does(target) for target in (*targets, *started))

    def handed_over(self, function: Function) -> bool:
        """Tell whether the lock, or its release, is given to somebody: an argument, or what a nested function does."""
        for site in function.facts.calls:
            for name in site.arguments:
                if name.endswith((f".{self.attribute}.release", f".{self.attribute}")) or name == self.attribute:
                    return True
        inner = f"{function.name}."
        module = self.tasks.resolver.program.modules[function.path].all_functions
        return any(
            self._is_release(site) for other in module if other.name.startswith(inner) for site in other.facts.calls
        )

    def by_caller(self, function: Function) -> bool:
        """Tell whether a caller releases it too, by its name or by a method beside the one that it called."""
        seen, layer = {function}, [function]
        for _ in range(FAR):
            calls = [pair for callee in layer for pair in self.tasks.callers(callee) if pair[0] not in seen]
            for caller, site in calls:
                beside = f"{site.callee.rpartition('.')[0]}.release"
                if self.does(caller, function) or any(other.callee == beside for other in caller.facts.calls):
                    return True
            layer = [caller for caller, _ in calls]
            seen.update(layer)
        return False

    def by_leaving(self, cls: Class) -> bool:
        """Tell whether leaving what was entered releases it."""
        return any(self._is_release(site) for method in leaving(self.tasks, cls) for site in method.facts.calls)

    def waiting(self, function: Function, cls: Class | None) -> tuple[Function, int] | None:
        """Return another function of the class or module that takes the lock, and the line where it does."""
        program = self.tasks.resolver.program
        family = program.family(cls) if cls is not None else ()
        for other in program.modules[function.path].all_functions:
            if other is function or program.class_of(other) not in (*family, None):
                continue
            for item in other.facts.withs:
                if item.text.endswith(self.attribute):
                    return other, item.line
            for site in other.facts.calls:
                if site.callee.endswith(f"{self.attribute}.acquire"):
                    return other, site.line
        return None

    def _is_release(self, site: CallSite) -> bool:
        return site.callee.endswith(f".{self.attribute}.release") or site.callee == f"{self.attribute}.release"
