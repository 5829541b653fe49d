"""Keys that a run has for itself, as it has taken them off a queue: no other run comes to work with the same."""

from __future__ import annotations

from asynclint.flow.makers import Makers, part_of
from asynclint.flow.ways import place_of
from asynclint.ir import ops
from asynclint.ir.graph import Graph

GIVING_OUT = frozenset(("get", "get_nowait", "popleft", "pop", "popitem"))
"""Methods that give what they take out, called without a key."""
HEAPS = frozenset(("heappop", "heappushpop"))


def is_given_out(graph: Graph, at: int) -> bool:
    """Tell whether the key of a removal is, or is a part of, what was taken off a queue, whichever way led there."""
    number, place = place_of(graph, at)
    key = _key(graph.blocks[number].ops[place])
    if key is None:
        return False
    every = (made for _, made in Makers.of(graph).behind((number, place, key), part_of))
    return all(made is not None and (part_of(made) is not None or _is_taken(made)) for made in every)


def _key(op: ops.Op) -> ops.Var | None:
    match op:
        case ops.DeleteItem(_, key):
            return key
        case ops.Mutate(call) if call.args:
            return call.args[0]
        case _:
            return None


def _is_taken(op: ops.Op) -> bool:
    call = op.call if isinstance(op, ops.Mutate) else op
    if not isinstance(call, ops.Call):
        return False
    waits = call.method != "get" or call.awaited
    return call.method in HEAPS or (call.method in GIVING_OUT and not call.args and waits)
