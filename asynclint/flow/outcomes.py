"""What comes of an error or of the other outcome of a check: questions to the graph alone."""

from __future__ import annotations

from collections.abc import Collection

from asynclint.flow.values import Guard
from asynclint.ir import ops
from asynclint.ir.graph import Graph


def forgiven(graph: Graph, handler: int, errors: Collection[str]) -> bool:
    """Tell whether one of some errors is caught where it happens."""
    while handler not in (graph.raised, graph.exit):
        block = graph.blocks[handler]
        last = block.ops[-1] if block.ops else None
        if not isinstance(last, ops.Test) or last.kind != "except":
            return False
        if any(name in last.text for name in errors):
            return True
        handler = block.successors[1]
    return False


def demands(graph: Graph, guard: Guard) -> bool:
    """Tell whether a check is a demand: had it come out the other way, an error would have been raised."""
    successors = graph.blocks[guard.test].successors
    if len(successors) < 2:
        return False
    seen: set[int] = set()
    pending = [successors[1 if guard.edge else 0]]
    while pending:
        number = pending.pop()
        last = graph.blocks[number].ops[-1:]
        if last and isinstance(last[0], ops.Raise):
            continue
        if number in (graph.exit, successors[0 if guard.edge else 1]) or not graph.blocks[number].successors:
            return number == graph.raised
        if number not in seen:
            seen.add(number)
            pending.extend(graph.blocks[number].successors)
    return True
