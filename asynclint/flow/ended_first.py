"""What stands in an attribute is ended just before something else is put there."""

from __future__ import annotations

from asynclint.flow.moves import origins
from asynclint.flow.teardowns import ENDS
from asynclint.flow.ways import pause_between, place_of
from asynclint.ir import ops
from asynclint.ir.graph import Graph


def is_ended_first(graph: Graph, name: str, at: int) -> bool:
    """Tell whether what stands in an attribute at a store is asked for and ended in the same turn: none is lost."""
    every = [op for block in graph.blocks for op in block.ops]
    for end in every:
        # Few calls end anything: whoever has hundreds of loads is not asked about each of them.
        if not isinstance(end, ops.Call) or end.awaited or end.receiver is None or not ENDS.search(end.method):
            continue
        if _leads_at_once(graph, end.at, at):
            ended = origins(graph, end.receiver)
            loads = (op for op in every if isinstance(op, ops.LoadAttr) and op.name == name and op.into in ended)
            if any(_leads_at_once(graph, load.at, at) for load in loads):
                return True
    return False


def _leads_at_once(graph: Graph, start: int, goal: int) -> bool:
    """Tell whether an op comes before another, and nothing gives way between them."""
    number, place = place_of(graph, start)
    seen, pending = set[int](), [(number, place + 1)]
    while pending:
        number, place = pending.pop()
        for op in graph.blocks[number].ops[place:]:
            if op.at == goal:
                return pause_between(graph, start, goal) is None
            if isinstance(op, ops.Suspend):
                break
        else:
            pending.extend((way, 0) for way in graph.blocks[number].successors if way not in seen)
            seen.update(graph.blocks[number].successors)
    return False
