"""What has given a variable what it holds at a place: the way back through a graph, op by op."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from asynclint.flow.held import into
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.walk import reached

Held = tuple[int, int, ops.Var]
"""A variable as it is before an op: block, place in it, name."""
Passing = Callable[[ops.Op], ops.Var | None]
"""Which variable an op hands on, all of it or a part; None if it makes something else."""


@dataclass(frozen=True, slots=True)
class Makers:
    """Answers about one graph: `before` are the blocks that lead to each, `handlers` those that failures lead to."""

    graph: Graph
    before: tuple[tuple[int, ...], ...]
    handlers: frozenset[int]

    @classmethod
    def of(cls, graph: Graph) -> Makers:
        """Return what answers about a graph."""
        before: list[list[int]] = [[] for _ in graph.blocks]
        for number, ways in enumerate(graph.edges):
            for way in ways:
                before[way].append(number)
        return cls(graph, tuple(map(tuple, before)), frozenset(block.handler for block in graph.blocks))

    def behind(self, held: Held, passing: Passing) -> Iterator[tuple[Held, ops.Op | None]]:
        """Yield the ops that have made a variable, and what those hand on; None where it came with the call."""

        def sources(held: Held) -> Iterator[Held]:
            for number, place, made in self._makers(held):
                source = passing(made) if made is not None else None
                if source is not None:
                    yield number, place, source

        for one in reached([held], sources):
            for number, place, made in self._makers(one):
                yield (number, place, one[2]), made

    def _makers(self, held: Held) -> Iterator[tuple[int, int, ops.Op | None]]:
        """Yield the ops that have given a variable what it holds, with their places.

        None where it may not have been given anything: at the entry, and where something has failed, before or after.
        """
        number, place, var = held
        pending, seen = [(number, place)], set[int]()
        while pending:
            number, end = pending.pop()
            given = [at for at, op in enumerate(self.graph.blocks[number].ops[:end]) if into(op) == var]
            if given:
                yield number, given[-1], self.graph.blocks[number].ops[given[-1]]
                continue
            if number == self.graph.entry or number in self.handlers:
                yield number, 0, None
            before = set(self.before[number]) - seen
            seen |= before
            pending.extend((one, len(self.graph.blocks[one].ops)) for one in before)


def part_of(op: ops.Op) -> ops.Var | None:
    """Return the variable of which an op gives all, or one of the values that are unpacked from it."""
    match op:
        case ops.Move(_, source) | ops.Suspend("await", str() as source):
            return source
        case ops.Compute(_, "item", args):
            return args[0]
        case _:
            return None
