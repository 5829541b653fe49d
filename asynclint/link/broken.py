"""Who breaks off a function that waits: what cancels the task or future that it waits for is followed by no write."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from asynclint.flow.knowledge import Place, Sleep
from asynclint.flow.leaks import goes_on
from asynclint.ir.places import Path
from asynclint.link.apart import Stretch
from asynclint.link.endings import Endings
from asynclint.link.inlined import Inlined, Inlines
from asynclint.link.passed_by import passes_by
from asynclint.link.program import Function
from asynclint.link.roots import Root


@dataclass(frozen=True)
class Wait:
    """A function that waits between a reading and a write, and what it writes."""

    function: Function
    body: Inlined
    stretch: Stretch
    path: Path

    @cached_property
    def sleeps(self) -> tuple[tuple[Place, Sleep], ...]:
        """The suspensions between the two, with what is known at each."""
        starts, goals = self.body.places(self.stretch.read), self.body.places(self.stretch.wrote)
        found = {at: sleep for start in starts for goal in goals for at, sleep in self.body.known.sleeping(start, goal)}
        return tuple(found.items())


@dataclass(frozen=True, slots=True)
class Broken:
    """Answers about waits."""

    endings: Endings
    bodies: Inlines

    def off(self, wait: Wait, waiting: Root, other: Function, line: int) -> bool:
        """Tell whether a function, where it writes in a line, cancels who waits, or all that it waits for: that ends.

        The run that waits begins at the root `waiting`.
        """
        awaited = {sleep.awaited for _, sleep in wait.sleeps}
        itself = waiting.near and self._cancelled(waiting, other, line)
        if not itself and not all(
            state is not None and self.endings.cancels(other, line, wait.function, state) for state in awaited
        ):
            return False
        graph = wait.body.assembled.graph
        return not any(goes_on(graph, number, wait.stretch.wrote) for (number, _), _ in wait.sleeps)

    def _cancelled(self, waiting: Root, other: Function, line: int) -> bool:
        """Tell whether a function cancels who waits in the turn in which it writes in a line, whichever way it goes."""
        found = self.endings.cancelled_at_once(waiting, other, line)
        if not found or any(at <= line for _, at in found):
            return bool(found)
        return not passes_by(self.bodies.of(other), line, found)
