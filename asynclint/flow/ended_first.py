"""What stands in an attribute is ended just before something else is put there."""

from __future__ import annotations

from asynclint.flow.cursor import Cursor
from asynclint.flow.moves import origins
from asynclint.flow.staleness import Solved
from asynclint.flow.teardowns import ENDS
from asynclint.flow.ways import pause_between, place_of
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path


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


def is_ended_apart(solved: Solved, path: Path, at: int) -> bool:
    """Tell whether what stands at a path is ended under a lock, or a busy flag, that lasts until a store there.

    Who comes then finds what was stored, and ends that.
    """
    held = frozenset[int]()
    ended: set[int] = set()
    for _, _, moments in solved.blocks():
        for op, cursor, _ in moments:
            if not cursor.held:
                continue
            if op.at == at and isinstance(op, ops.StoreAttr):
                held = frozenset(hold.acquired for hold in cursor.held)
            elif _ends(cursor, op, path):
                ended.update(hold.acquired for hold in cursor.held)
    return not held.isdisjoint(ended)


def _ends(cursor: Cursor, op: ops.Op, path: Path) -> bool:
    if not isinstance(op, ops.Call) or op.receiver is None or not ENDS.search(op.method):
        return False
    return cursor.value(op.receiver).place == path


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
