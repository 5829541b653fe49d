"""Who takes out only an object of their own: what another task has made and puts there is none of their business."""

from __future__ import annotations

from asynclint.flow.control import Control
from asynclint.flow.moves import aliases, origins
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write

IDENTITY = frozenset(("is", "is not"))
LOOKUPS = frozenset(("get", "items", "values", "copy"))
COPIERS = frozenset(("list", "tuple"))


def takes_its_own(view: FunctionView, window: Window, rival: Rival) -> bool:
    """Tell whether a rival takes away no more than the object that it is about, or has put there itself.

    It says so by `is`, or it is a function that stands in this one, for what a run has put there to be taken out.
    """
    other, write = rival.function, rival.write
    if write is None or rival.is_self:
        return False
    if other.path == view.function.path and other.facts.parent == view.function.name:
        return _begins_behind(view, window, rival)
    lowered = view.lowered(other)
    graph, params = lowered.ir.graph, {param.name for param in lowered.ir.params}
    name = next((step for step in reversed(write.place.steps) if step != "[]"), "")
    taken = [
        (number, op)
        for number, block in enumerate(graph.blocks)
        for op in block.ops
        if _may_take(op, write) and lowered.positions.span(op.at).line == write.line
    ]
    return bool(taken) and all(_is_asked_for(graph, number, op, name, params) for number, op in taken)


def _begins_behind(view: FunctionView, window: Window, rival: Rival) -> bool:
    """Tell whether a function that stands in this one is made only behind the write of a window."""
    return rival.function.facts.first_line > view.primary(window.at).line


def _may_take(op: ops.Op, write: Write) -> bool:
    """Tell whether an op may be the one that a write is."""
    match op:
        case ops.StoreAttr() | ops.DeleteAttr():
            return write.how in ("store", "delete") and op.name == write.place.steps[-1]
        case ops.StoreItem() | ops.DeleteItem():
            return write.how in ("item", "delete item")
        case ops.Call():
            return write.how == "mutate" and op.method == write.detail
        case _:
            return False


def _is_asked_for(graph: Graph, number: int, op: ops.Op, name: str, params: set[str]) -> bool:
    """Tell whether an op runs only where what stands under a name is a certain object, or for the keys of such."""
    control = Control(graph)
    blocks = {number, *_gathered(graph, op)}
    return any(
        control.depends(block, test, edge) or control.settles(test, edge, block)
        for test, edge in _comparisons(graph, name, params)
        for block in blocks
    )


def _comparisons(graph: Graph, name: str, params: set[str]) -> list[tuple[int, bool]]:
    """Return the tests, with the outcome, that find an object which is given to be what stands under a name."""
    every = [op for block in graph.blocks for op in block.ops]
    held = _held(every, name)
    given = aliases(graph, params) - held
    given |= {op.into for op in every if isinstance(op, ops.LoadAttr) and op.base == "%closure"} - held
    same = {
        op.into: op.kind == "is"
        for op in every
        if isinstance(op, ops.Compute)
        and op.kind in IDENTITY
        and not held.isdisjoint(op.args)
        and not given.isdisjoint(op.args)
    }
    tests = ((n, block.ops[-1]) for n, block in enumerate(graph.blocks) if block.ops)
    return [(n, same[last.value]) for n, last in tests if isinstance(last, ops.Test) and last.value in same]


def _held(every: list[ops.Op], name: str) -> set[ops.Var]:
    """Return the variables that hold what stands under a name, or an element of it; order is ignored."""
    held: set[ops.Var] = set()
    before = -1
    while before != (before := len(held)):
        for op in every:
            match op:
                case ops.LoadAttr() if op.name == name:
                    held.add(op.into)
                case ops.LoadItem() if op.base in held:
                    held.add(op.into)
                case ops.Iterate() if op.iterable in held:
                    held.add(op.into)
                case ops.Call() if op.receiver in held and op.method in LOOKUPS:
                    held.add(op.into)
                case ops.Call() if op.callee in COPIERS and held.intersection(op.args):
                    held.add(op.into)
                case ops.Move() if op.source in held:
                    held.add(op.into)
                case ops.Compute(kind="item" | "star") if held.intersection(op.args):
                    held.add(op.into)
    return held


def _gathered(graph: Graph, op: ops.Op) -> set[int]:
    """Return the blocks that put into a local list the keys by which an op takes out."""
    key = op.key if isinstance(op, ops.DeleteItem) else op.args[0] if isinstance(op, ops.Call) and op.args else None
    if key is None:
        return set()
    drawn = origins(graph, key)
    every = [one for block in graph.blocks for one in block.ops]
    lists = {
        var
        for one in every
        if isinstance(one, ops.Iterate) and one.into in drawn
        for var in aliases(graph, origins(graph, one.iterable))
    }
    return {
        number
        for number, block in enumerate(graph.blocks)
        for one in block.ops
        if isinstance(one, ops.Call) and one.method in ("append", "add") and one.receiver in lists
    }
