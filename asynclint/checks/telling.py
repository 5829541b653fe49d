"""Who tells how things are, and who has just said how they are to be: the later word of either is right."""

from __future__ import annotations

from asynclint.checks.asking import stored_constants
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView


def reports(view: FunctionView, path: Path, rival: Rival) -> bool:
    """Tell whether a rival stores a value that it has from elsewhere, no constant that it has chosen itself."""
    write = rival.write
    if write is None or write.detail:
        return False
    lowered = view.lowered(rival.function)
    return any(
        not constant and lowered.positions.span(at).line == write.line
        for at, constant in stored_constants(lowered.ir.graph, path)
    )


def is_told(view: FunctionView, path: Path, rival: Rival) -> bool:
    """Tell whether a rival never gives way and stores what it was told: it is told again when that changes."""
    return not rival.is_self and not rival.function.facts.is_async and reports(view, path, rival)


def is_sent(graph: Graph, at: int) -> bool:
    """Tell whether the very value that a write stores has been handed to what was awaited: it was what was asked for.

    What is worked out from the answer, or after it, was not.
    """
    every = [op for block in graph.blocks for op in block.ops]
    names = {op.value for op in every if isinstance(op, ops.StoreAttr | ops.StoreItem) and op.at == at}
    before = -1
    while before != (before := len(names)):
        names.update(op.source for op in every if isinstance(op, ops.Move) and op.into in names)
    given = set(names)
    before = -1
    while before != (before := len(given)):
        given.update(into for op in every for into in _made_of(op, given))
    return any(isinstance(op, ops.Suspend) and op.value in given - names for op in every)


def _made_of(op: ops.Op, given: set[ops.Var]) -> tuple[ops.Var, ...]:
    """Return the variable that an op makes of some others."""
    match op:
        case ops.Call(into, _, _, _, args, keywords):
            return (into,) if given.intersection((*args, *(var for _, var in keywords))) else ()
        case ops.Compute(into, _, parts, _) | ops.New(into, _, parts, _):
            return (into,) if given.intersection(parts) else ()
        case ops.Move(into, source, _):
            return (into,) if source in given else ()
        case _:
            return ()
