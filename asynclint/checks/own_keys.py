"""Keys that a run has for itself, as it has taken them off a queue: no other run comes to work with the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.flow.ways import place_of
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.walk import reached

GIVING_OUT = frozenset(("get", "get_nowait", "popleft", "pop", "popitem"))
"""Methods that give what they take out, called without a key."""
HEAPS = frozenset(("heappop", "heappushpop"))
Held = tuple[int, int, ops.Var]
"""A variable as it is before an op: block, place in it, name."""


def is_given_out(graph: Graph, at: int) -> bool:
    """Tell whether the key of a removal is, or is a part of, what was taken off a queue, whichever way led there."""
    number, place = place_of(graph, at)
    key = _key(graph.blocks[number].ops[place])
    if key is None:
        return False
    start: Held = (number, place, key)
    back = _Back.of(graph)
    every = (made for held in reached([start], back.sources) for made in back.makers(held))
    return all(made is not None and (_passed_on(made[2]) is not None or _is_taken(made[2])) for made in every)


def _key(op: ops.Op) -> ops.Var | None:
    match op:
        case ops.DeleteItem(_, key):
            return key
        case ops.Mutate(call) if call.args:
            return call.args[0]
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Back:
    """The way back through a graph: which blocks lead to each, and which are come to where something has failed."""

    graph: Graph
    before: tuple[tuple[int, ...], ...]
    handlers: frozenset[int]

    @classmethod
    def of(cls, graph: Graph) -> _Back:
        before: list[list[int]] = [[] for _ in graph.blocks]
        for number, ways in enumerate(graph.edges):
            for way in ways:
                before[way].append(number)
        return cls(graph, tuple(map(tuple, before)), frozenset(block.handler for block in graph.blocks))

    def sources(self, held: Held) -> Iterator[Held]:
        """Yield what a variable is made of, where it is that, or a part of it."""
        for made in self.makers(held):
            source = _passed_on(made[2]) if made is not None else None
            if made is not None and source is not None:
                yield made[0], made[1], source

    def makers(self, held: Held) -> Iterator[tuple[int, int, ops.Op] | None]:
        """Yield the ops that have given a variable what it holds, with their places; None where it came with the call.

        So too where it may not have been given anything: what failed may have done so before, or not.
        """
        number, place, var = held
        pending, seen = [(number, place)], set[int]()
        while pending:
            number, end = pending.pop()
            given = [at for at, op in enumerate(self.graph.blocks[number].ops[:end]) if _into(op) == var]
            if given:
                yield number, given[-1], self.graph.blocks[number].ops[given[-1]]
                continue
            if number == self.graph.entry or number in self.handlers:
                yield None
            before = set(self.before[number]) - seen
            seen |= before
            pending.extend((one, len(self.graph.blocks[one].ops)) for one in before)


def _into(op: ops.Op) -> ops.Var | None:
    return op.call.into if isinstance(op, ops.Mutate) else getattr(op, "into", None)


def _passed_on(op: ops.Op) -> ops.Var | None:
    """Return the variable of which an op gives all, or a part."""
    match op:
        case ops.Move(_, source) | ops.Suspend("await", str() as source):
            return source
        case ops.Compute(_, "item", args):
            return args[0]
        case _:
            return None


def _is_taken(op: ops.Op) -> bool:
    call = op.call if isinstance(op, ops.Mutate) else op
    if not isinstance(call, ops.Call):
        return False
    waits = call.method != "get" or call.awaited
    return call.method in HEAPS or (call.method in GIVING_OUT and not call.args and waits)
