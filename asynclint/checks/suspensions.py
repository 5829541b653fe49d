"""Which suspensions fail only by being cancelled."""

from __future__ import annotations

import re

from asynclint.flow.ways import ends_with, place_of
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph
from asynclint.link.program import Function
from asynclint.link.view import FunctionView

DEPTH = 3
"""Calls of calls that are followed."""
CONDITION = re.compile(r"(^|_)cond(ition)?$", re.IGNORECASE)


def quiet(view: FunctionView) -> frozenset[int]:
    """Return the suspensions that only a cancellation ends early: a sleep, a wait, a lock."""
    found: set[int] = set()
    for block in view.assembled.graph.blocks:
        calls = block.calls
        for number, op in enumerate(block.ops):
            if not isinstance(op, ops.Suspend):
                continue
            call = calls.get(op.value or "")
            following = block.ops[number + 1] if number + 1 < len(block.ops) else None
            calm = call is not None and (_is_calm(view, block, call) or _only_calm(view, _caller(view, call), call))
            if calm or isinstance(following, ops.Acquire) or (op.kind == "async with" and _is_condition(view, op)):
                found.add(op.at)
    return frozenset(found)


def is_said_last(view: FunctionView, at: int) -> bool:
    """Tell whether a suspension only logs something when all else has been done."""
    graph = view.assembled.graph
    number, place = place_of(graph, at)
    op = graph.blocks[number].ops[place]
    call = graph.calls.get(op.value or "") if isinstance(op, ops.Suspend) else None
    models = view.rivals.tasks.resolver.program.models
    return call is not None and models.has("suspension.logging", call.method) and ends_with(graph, at)


def _caller(view: FunctionView, call: ops.Call) -> Function:
    return view.assembled.frames[view.assembled.frame(call.at)].function


def _is_calm(view: FunctionView, block: Block, call: ops.Call) -> bool:
    return view.rivals.tasks.resolver.program.models.has("suspension.calm", call.method) or _collects(block, call)


def _only_calm(view: FunctionView, caller: Function, call: ops.Call, deep: int = DEPTH) -> bool:
    """Tell whether what is called, and stands elsewhere, only waits in turn, and raises nothing of its own."""
    targets = view.rivals.tasks.resolver.targets(caller, call.callee) if deep else ()
    return bool(targets) and all(_waits(view, target, deep - 1) for target in targets)


def _waits(view: FunctionView, function: Function, deep: int) -> bool:
    """Tell so of one function; of one that does nothing, others fill in what it does."""
    found = False
    for block in view.lowered(function).ir.graph.blocks:
        for op in block.ops:
            if isinstance(op, ops.Raise):
                return False
            if not isinstance(op, ops.Suspend):
                continue
            found = True
            call = block.calls.get(op.value or "")
            if call is None or not (_is_calm(view, block, call) or _only_calm(view, function, call, deep)):
                return False
    return found


def _collects(block: Block, call: ops.Call) -> bool:
    """Tell whether the errors of what is awaited are handed out like results: `gather(..., return_exceptions=True)`."""
    said = {var for name, var in call.keywords if name == "return_exceptions"}
    return any(isinstance(op, ops.Const) and op.into in said and op.text == "True" for op in block.ops)


def goes_to_caller(view: FunctionView, at: int) -> bool:
    """Tell whether a suspension is the `yield` of a generator that somebody goes over: who leaves it has done with it.

    What a context manager yields to is work that fails like any other.
    """
    decorators = view.assembled.frames[view.assembled.frame(at)].function.facts.decorators
    if any(name.rsplit(".", 1)[-1] == "asynccontextmanager" for name in decorators):
        return False
    return is_yield(view.assembled.graph, at)


def is_yield(graph: Graph, at: int) -> bool:
    """Tell whether a suspension is a `yield`, at which the caller of the generator goes on."""
    return any(
        isinstance(op, ops.Suspend) and op.at == at and op.kind == "yield" for block in graph.blocks for op in block.ops
    )


def _is_condition(view: FunctionView, op: ops.Suspend) -> bool:
    """Tell by its name whether what is entered is a condition, whose making is not in sight."""
    return CONDITION.search(view.assembled.text(op.at).rsplit(".", 1)[-1]) is not None
