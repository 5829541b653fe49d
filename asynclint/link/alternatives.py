"""Alternatives: tasks of which one run of what starts them starts the one or the other, and never both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.walk import reached
from asynclint.link.program import Function
from asynclint.link.roots import Root
from asynclint.link.tasks import Tasks
from asynclint.lower import Lowered

FAR = 2
"""Calls between what starts a task and what decides which is started."""
Spot = tuple[Function, int]
"""A function and a line of it, at which it starts a task or calls what does."""


@dataclass(slots=True)
class Alternatives:
    """Answers about pairs of tasks, remembered."""

    tasks: Tasks
    lowered: Callable[[Function], Lowered]
    _known: dict[tuple[Spot, Spot], bool] = field(default_factory=dict)

    def exclude(self, one: Root, two: Root) -> bool:
        """Tell whether the tasks that begin at two roots are started in branches that exclude each other."""
        if one.function is two.function or {one.multiplicity, two.multiplicity} != {"task"}:
            return False
        if len(one.starts) != 1 or len(two.starts) != 1:
            return False
        theirs = dict(self._ways(two))
        for function, line in self._ways(one):
            if function in theirs:
                return self._apart((function, line), (function, theirs[function]))
        return False

    def _ways(self, task: Root) -> Iterator[Spot]:
        """Yield where a task is started, and the one call that leads there, as far as there is one alone."""
        function, line = task.starts[0].spawner, task.starts[0].site.line
        for _ in range(FAR):
            yield function, line
            calls = self.tasks.callers(function)
            if len(calls) != 1 or any(root.function is function for root in self.tasks.roots(function)):
                return
            (function, site) = calls[0]
            line = site.line
        yield function, line

    def _apart(self, one: Spot, two: Spot) -> bool:
        """Tell whether no way through a function leads over both of two lines."""
        known = self._known.get((one, two))
        if known is None:
            known = self._known[one, two] = self._find(one[0], one[1], two[1])
        return known

    def _find(self, function: Function, first: int, second: int) -> bool:
        lowered = self.lowered(function)
        graph, line = lowered.ir.graph, lowered.positions.span
        places = {
            wanted: {
                number
                for number, block in enumerate(graph.blocks)
                if any(isinstance(op, ops.Call) and line(op.at).line == wanted for op in block.ops)
            }
            for wanted in (first, second)
        }
        if not places[first] or not places[second] or places[first] & places[second]:
            return False
        return not any(
            self._leads(graph, places[here], places[there]) for here, there in ((first, second), (second, first))
        )

    def _leads(self, graph: Graph, begin: set[int], goal: set[int]) -> bool:
        behind = (way for one in begin for way in graph.edges[one])
        return any(one in goal for one in reached(behind, graph.edges.__getitem__))
