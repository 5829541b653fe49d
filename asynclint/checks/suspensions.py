"""Which suspensions fail only by being cancelled."""

from __future__ import annotations

import re

from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph
from asynclint.link.view import FunctionView

CONDITION = re.compile(r"(^|_)cond(ition)?$", re.IGNORECASE)


def quiet(view: FunctionView) -> frozenset[int]:
    """Return the suspensions that only a cancellation ends early: a sleep, a wait, a lock."""
    models = view.rivals.tasks.resolver.program.models
    found: set[int] = set()
    for block in view.assembled.graph.blocks:
        calls = block.calls
        for number, op in enumerate(block.ops):
            if not isinstance(op, ops.Suspend):
                continue
            call = calls.get(op.value or "")
            following = block.ops[number + 1] if number + 1 < len(block.ops) else None
            calm = call is not None and (models.has("suspension.calm", call.method) or _collects(block, call))
            if calm or isinstance(following, ops.Acquire) or (op.kind == "async with" and _is_condition(view, op)):
                found.add(op.at)
    return frozenset(found)


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
