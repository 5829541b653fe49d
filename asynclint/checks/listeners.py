"""Listeners: objects that came in by one public method, are called in turn, and may go by another while they are."""

from __future__ import annotations

from asynclint.checks.containers import ADDING
from asynclint.flow.liveness import variables
from asynclint.flow.marks import TAKING
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.link.life import BEGINS
from asynclint.link.program import Function
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write


def may_leave(view: FunctionView, window: Window, rival: Rival) -> bool:
    """Tell whether what a loop calls is there to be called by others' leave, and the rival is how it takes its leave.

    What is called is code of whoever put it in, and may well do so itself, in the middle of the call.
    """
    if rival.write is None or not _leaves(rival.write) or not _is_for_users(rival.function):
        return False
    if BEGINS.match(view.function.short) or not _tells_element(view.assembled.graph, window):
        return False  # at the beginning of a life nobody leaves yet
    return any(
        _enters(write) and _is_for_users(other) and _is_given(view, other, write)
        for other, write in view.rivals.writers(view.function, window.path)
    )


def _leaves(write: Write) -> bool:
    """Tell whether a write takes out one element."""
    return write.how == "delete item" or (write.how == "mutate" and write.detail in TAKING)


def _enters(write: Write) -> bool:
    """Tell whether a write puts in an element."""
    return write.how == "item" or (write.how == "mutate" and write.detail in ADDING)


def _is_given(view: FunctionView, function: Function, write: Write) -> bool:
    """Tell whether what is put in is an argument: it was there before, and is of who calls the method."""
    given = {name for name, _ in function.facts.params[1:]}
    lowered = view.lowered(function)
    for block in lowered.ir.graph.blocks:
        for op in block.ops:
            if not given.isdisjoint(_put_in(op)) and lowered.positions.span(op.at).line == write.line:
                return True
    return False


def _put_in(op: ops.Op) -> tuple[ops.Var, ...]:
    """Return what an op puts into a container."""
    match op:
        case ops.StoreItem():
            return (op.value,)
        case ops.Call() if op.method in ADDING:
            return op.args
        case _:
            return ()


def _is_for_users(function: Function) -> bool:
    """Tell whether it is a public method that is told of which element it is to speak."""
    facts = function.facts
    return facts.kind == "method" and len(facts.params) > 1 and not function.short.startswith("_")


def _tells_element(graph: Graph, window: Window) -> bool:
    """Tell whether the task gives way where it tells the loop's element something: by a call of it or of a method."""
    every = [op for block in graph.blocks for op in block.ops]
    elements = {op.into for op in every if isinstance(op, ops.Iterate) and op.at == window.at}
    for op in every:  # what is taken out of an element stands behind the loop's head
        match op:
            case ops.Move(into, source, _) if source in elements:
                elements.add(into)
            case ops.LoadAttr(into, base, _, _) | ops.LoadItem(into, base, _, _, _, _) if base in elements:
                elements.add(into)
            case ops.Compute(into, "item", args, _) if elements.intersection(args):
                elements.add(into)
            case _:
                pass
    told = {
        op.value for op in every if isinstance(op, ops.Suspend) and op.at == window.slept and not _is_used(every, op)
    }
    return any(
        op.into in told and (op.receiver in elements or op.callee in elements)
        for op in every
        if isinstance(op, ops.Call)
    )


def _is_used(every: list[ops.Op], asked: ops.Suspend) -> bool:
    """Tell whether a call gives an answer that is looked at: who is asked for something is no listener."""
    return asked.into is not None and any(asked.into in variables(op) for op in every if op is not asked)
