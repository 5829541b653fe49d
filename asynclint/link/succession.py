"""Successors: tasks of which the one begins only once the other has been cancelled, and starts that anew at its end."""

from __future__ import annotations

from dataclasses import dataclass

from asynclint.link.changes import Entry
from asynclint.link.endings import Endings
from asynclint.link.inlined import Inlines
from asynclint.link.order import Order
from asynclint.link.passed_by import comes_uncancelled
from asynclint.link.program import Class, Function
from asynclint.link.roots import Root
from asynclint.link.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Succession:
    """Answers about pairs of tasks."""

    tasks: Tasks
    endings: Endings
    order: Order
    bodies: Inlines

    def keeps(self, function: Function, line: int, root: Root, entry: Entry) -> bool:
        """Tell whether the tasks that begin at two roots take turns, as far as a line of the one and an entry go."""
        if root.function is entry.root.function or {root.multiplicity, entry.root.multiplicity} != {"task"}:
            return False
        return self._follows(function, line, root, entry.root, entry.owner) or self._follows(
            entry.function, entry.line, entry.root, root, entry.owner
        )

    def _follows(self, function: Function, line: int, first: Root, last: Root, owner: Class | None) -> bool:
        """Tell whether a task is cancelled wherever another is started, and started only by that, behind a line."""
        if not first.starts or not all(self._is_cancelled(last, one.spawner, one.site.line) for one in first.starts):
            return False
        begun = {start.spawner: start.site.line for start in last.starts}
        known = (first.function, last.function)
        if any(one.function not in known for spawner in begun for one in self.tasks.roots(spawner, owner)):
            return False
        if function in begun:
            return line < begun[function]
        return self.order.comes_first(function, first, last, owner)

    def _is_cancelled(self, task: Root, spawner: Function, line: int) -> bool:
        """Tell whether a function that starts another task in a line has cancelled a task before, in the same turn."""
        cancelled = self.endings.cancelled_until(task, spawner, line)
        return bool(cancelled) and not comes_uncancelled(self.bodies.of(spawner), line, cancelled)
