"""Queues of waiters: a task that puts up something to be woken by, and waits for it, is one of several."""

from __future__ import annotations

from asynclint.flow.awaited import FUTURES
from asynclint.flow.moves import aliases
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.link.view import FunctionView

WAKERS = FUTURES | {"Event"}
"""Calls that make what a task waits for and another one sets."""


def waits_in_line(view: FunctionView, window: Window) -> bool:
    """Tell whether a window waits for an event or future of its own that stands in the object for others to set."""
    graph = view.assembled.graph
    every = [op for block in graph.blocks for op in block.ops]
    made = aliases(graph, (op.into for op in every if isinstance(op, ops.Call) and op.method in WAKERS))
    awaited = next((op.value for op in every if isinstance(op, ops.Suspend) and op.at == window.slept), None)
    return awaited is not None and _waits_for(graph, awaited, made) and any(_puts_up(op, made) for op in every)


def _waits_for(graph: Graph, awaited: ops.Var, made: frozenset[ops.Var]) -> bool:
    call = graph.calls.get(awaited)
    if call is None:
        return awaited in made
    return call.receiver in made if call.method == "wait" else bool(made.intersection(call.args))


def _puts_up(op: ops.Op, made: frozenset[ops.Var]) -> bool:
    """Tell whether an op puts one of some variables where others find it."""
    match op:
        case ops.StoreItem() | ops.StoreAttr():
            return op.value in made
        case ops.Mutate(call, _):
            return bool(made.intersection(call.args))
        case _:
            return False
