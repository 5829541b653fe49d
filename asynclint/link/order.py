"""What is over before something else begins: happens-before, as far as starting a task orders it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from asynclint.link.life import STARTING
from asynclint.link.program import Class, Function
from asynclint.link.roots import Root
from asynclint.link.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Order:
    """Answers about the order of functions and tasks."""

    tasks: Tasks
    _begins: dict[tuple[Function, int], bool] = field(default_factory=dict)

    def precedes(self, other: Function, line: int, way: Root, task: Root, owner: Class | None) -> bool:
        """Tell whether what a function does, on its way from a root, is over before a task or callback begins.

        That is so if only what starts the task, or registers the callback, leads to it, before it does that. `line` is
        that in `other`.
        """
        spawners = {start.spawner: start.site.line for start in task.starts}
        if not spawners or not all(self._is_start(one) or (way.fresh and one is way.function) for one in spawners):
            return False
        if other in spawners:
            # A new task takes its first step when its maker gives way.
            return not other.facts.is_async or line < spawners[other]
        if self._is_start(other) and self._leads_to(other, line, spawners.keys()):
            return True
        return self._only_through(spawners, other, way, owner)

    def is_told_of(self, function: Function, lines: tuple[int, int] | None, way: Root, callback: Root) -> bool:
        """Tell whether what prepares an object goes on to a function, or into it, once it has registered a callback.

        Whatever else comes only when the object is in use, that callback may come meanwhile.
        """
        if way.multiplicity != "early" or callback.multiplicity != "callback" or not callback.near:
            return False
        for start in callback.starts:
            line = start.site.line
            inside = start.spawner is function and lines is not None and line < lines[0]
            if inside or self._leads_to(start.spawner, line, (function,)):
                return True
        return False

    def is_begin(self, task: Root) -> bool:
        """Tell whether a task is started when its object begins to work."""
        spawners = {start.spawner for start in task.starts}
        return task.multiplicity == "task" and bool(spawners) and all(map(self._is_start, spawners))

    def comes_first(self, function: Function, way: Root, task: Root, owner: Class | None) -> bool:
        """Tell whether a function runs, on its way from a root, before a task begins, unless that is begun again."""
        spawners = {start.spawner: start.site.line for start in task.starts}
        if task.multiplicity != "task" or not spawners or function in spawners:
            return False
        return self._only_through(spawners, function, way, owner)

    def _only_through(self, spawners: Mapping[Function, int], other: Function, way: Root, owner: Class | None) -> bool:
        """Tell whether a function is reached from a root only by way of spawners, before they spawn."""
        seen, pending = {other}, [other]
        while pending:
            current = pending.pop()
            if current is way.function and not self._is_called(way):
                return False
            for caller, site in self.tasks.callers(current):
                if not self.tasks.same_object(caller, site.callee, owner):
                    continue
                if caller in spawners:
                    if caller.facts.is_async and site.line > spawners[caller]:
                        return False
                elif self._starts_later(caller, site.line, spawners):
                    continue
                elif caller not in seen:
                    seen.add(caller)
                    pending.append(caller)
        return True

    def _is_called(self, way: Root) -> bool:
        """Tell whether a root that by its name is called once is called by somebody in sight, and nobody else."""
        if way.multiplicity == "once" and self.tasks.called_elsewhere(way.function):
            return False
        return way.multiplicity in ("once", "serial") and bool(self.tasks.callers(way.function))

    def _starts_later(self, function: Function, line: int, wanted: Collection[Function]) -> bool:
        """Tell whether a function that runs when work begins calls one of others only after a line."""
        if not self._is_start(function):
            return False
        return self._leads_to(function, line, wanted) and not self._leads_to(function, 0, wanted, until=line)

    def _leads_to(
        self, function: Function, line: int, wanted: Collection[Function], depth: int = 2, until: int | None = None
    ) -> bool:
        """Tell whether a function calls one of others after a line, and before another, itself or by what it calls."""
        for site in function.facts.calls:
            if site.line > line and (until is None or site.line <= until):
                for target in self.tasks.resolver.targets(function, site.callee):
                    if target in wanted or (depth > 1 and self._leads_to(target, 0, wanted, depth - 1)):
                        return True
        return False

    def _is_start(self, function: Function, depth: int = 3) -> bool:
        """Tell by its name, or the names of all who call it, that a function runs when its object begins to work."""
        known = self._begins.get((function, depth))
        if known is None:
            known = self._begins[function, depth] = self._find_start(function, depth)
        return known

    def _find_start(self, function: Function, depth: int) -> bool:
        if STARTING.match(function.short):
            return True
        if "connect" in function.short or "open" in function.short:
            return False  # what can break off is begun again, while what was begun before still ends
        callers = {caller for caller, _ in self.tasks.callers(function)} - {function}
        return bool(callers) and depth > 0 and all(self._is_start(caller, depth - 1) for caller in callers)
