"""What can come after what, told without following any values: a small part of what the staleness analysis costs."""

from __future__ import annotations

from asynclint.flow.transfer import LOOKUPS
from asynclint.ir import ops
from asynclint.ir.graph import Graph


def looks_again(graph: Graph, names: frozenset[str]) -> bool:
    """Tell whether state may be looked at, and after a suspension looked at again, by the last attribute's name.

    Nothing that is taken for an element is told apart: it may be one of what was read long before.
    """
    bits = {name: 1 << number for number, name in enumerate(sorted(names), 1)}
    seen: dict[int, tuple[int, int]] = {graph.entry: (0, 0)}
    pending = [graph.entry]
    while pending:
        number = pending.pop()
        read, slept = seen[number]
        for op in graph.blocks[number].ops:
            if op.__class__ is ops.Suspend:
                slept |= read
            elif op.__class__ is ops.StoreAttr:
                read |= bits.get(op.name, 0)
            elif bit := _looked_at(op, bits):
                if slept & bit:
                    return True
                read |= bit
        for way in graph.edges[number]:
            known = seen.get(way)
            joined = (read, slept) if known is None else (known[0] | read, known[1] | slept)
            if joined != known:
                seen[way] = joined
                pending.append(way)
    return False


ELEMENT = 1


def _looked_at(op: ops.Op, bits: dict[str, int]) -> int:
    match op:
        case ops.LoadAttr(_, _, name, _):
            return bits.get(name, 0)
        case ops.LoadItem() | ops.Iterate():
            return ELEMENT
        case ops.Compute(_, "in" | "not in", _, _):
            return ELEMENT
        case ops.Call() | ops.Mutate(ops.Call(), _):
            call = op.call if isinstance(op, ops.Mutate) else op
            return ELEMENT if call.method in LOOKUPS else 0
        case _:
            return 0
