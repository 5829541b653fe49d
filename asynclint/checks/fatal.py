"""Whether a failure ends the only task that could trip over what it leaves: nobody on its way up catches it."""

from __future__ import annotations

from asynclint.flow.leaks import CANCELLATION, beyond
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.link.program import Function
from asynclint.link.view import FunctionView
from asynclint.lower import Lowered
from asynclint.survey.facts import CallSite

FAR = 5
"""Callers of callers that an error is followed through."""


def ends_its_task(view: FunctionView) -> bool:
    """Tell whether one task alone runs the function, as a step, and an error in it is the end of that task."""
    tasks = view.rivals.tasks
    roots = [root for root in tasks.roots(view.function) if root.function is not view.function]
    if not roots or any(root.multiplicity != "task" for root in roots):
        return False
    seen, layer = {view.function}, [view.function]
    for _ in range(FAR):
        calls = [(caller, site) for callee in layer for caller, site in tasks.callers(callee)]
        if not all(_lets_past(view.lowered(caller), site) for caller, site in calls):
            return False
        layer = list[Function](dict.fromkeys(caller for caller, _ in calls if caller not in seen))
        if not layer:
            return True
        seen.update(layer)
    return False


def _lets_past(lowered: Lowered, site: CallSite) -> bool:
    """Tell whether an error of a call leaves the function that makes it."""
    graph, method = lowered.ir.graph, site.callee.rsplit(".", 1)[-1]
    blocks = [
        number
        for number, block in enumerate(graph.blocks)
        for op in block.ops
        if isinstance(op, ops.Call) and op.method == method and lowered.positions.span(op.at).line == site.line
    ]
    return bool(blocks) and not any(_is_caught(graph, number) for number in blocks)


def _is_caught(graph: Graph, start: int) -> bool:
    """Tell whether an error in a block can be dealt with: a way leads on from a handler, to the end or back again."""
    seen, pending = set[int](), [graph.blocks[start].handler]
    while pending:
        number = pending.pop()
        if number in (graph.exit, start):
            return True
        if number not in seen and number != graph.raised:
            seen.add(number)
            pending.extend(_following(graph, number))
    return False


def _following(graph: Graph, number: int) -> tuple[int, ...]:
    block = graph.blocks[number]
    match block.ops[-1:]:
        case (ops.Test(_, "except", _, text),) if _only_cancelled(text):
            return block.successors[1:]
        case _:
            return beyond(block, "error")


def _only_cancelled(text: str) -> bool:
    """Tell whether a handler is for cancellations alone, to which an error does not come."""
    return {name.rsplit(".", 1)[-1].removesuffix("()") for name in text.split(", ")} <= CANCELLATION
