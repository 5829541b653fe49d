"""Helpers that are asked: whether what one of them found is looked at by who writes, or only let the call go on."""

from __future__ import annotations

from asynclint.flow.outcomes import after_error
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.link.view import FunctionView

GENERAL = frozenset(("", "Exception", "BaseException"))


def is_answer(view: FunctionView, window: Window, tested: int, chain: tuple[int, ...]) -> bool:
    """Tell whether the check at an op is how a helper came to an answer that a function of a chain looks at.

    The answer is what the helper returns, or that it refuses: an `except` of the caller, in which the write stands.
    """
    assembled = view.assembled
    number = assembled.frame(tested)
    refused = after_error(assembled.graph, window.at)
    while number not in chain:
        frame = assembled.frames[number]
        if frame.parent is None or frame.call is None:
            return False
        parent = assembled.frames[frame.parent]
        graph = parent.lowered.ir.graph
        answers = _answers(graph, frame.call - parent.base)
        if frame.parent in chain:
            return _is_tested(graph, answers) or (refused and _is_caught(graph, frame.call - parent.base))
        if not _is_tested(graph, answers) and not _is_returned(graph, answers):
            return False
        number = frame.parent
    return False


def _answers(graph: Graph, call: int) -> set[ops.Var]:
    """Return the variables that hold the result of a call or property, or a truth made of it; order is ignored."""
    every = [op for block in graph.blocks for op in block.ops]
    held = {op.into for op in every if isinstance(op, ops.Call | ops.LoadAttr) and op.at == call}
    before = 0
    while len(held) != before:
        before = len(held)
        for op in every:
            match op:
                case ops.Move(into, source, _) if source in held:
                    held.add(into)
                case ops.Suspend(_, value, str() as into, _) if value in held:
                    held.add(into)
                case ops.Compute(into, _, args, _) if held.intersection(args):
                    held.add(into)
                case _:
                    pass
    return held


def _is_tested(graph: Graph, answers: set[ops.Var]) -> bool:
    """Tell whether a branch, and no bare `assert`, is decided by one of some variables."""
    lasts = (block.ops[-1] for block in graph.blocks if block.ops)
    return any(isinstance(op, ops.Test) and op.kind != "assert" and op.value in answers for op in lasts)


def _is_returned(graph: Graph, answers: set[ops.Var]) -> bool:
    every = (op for block in graph.blocks for op in block.ops)
    return any(isinstance(op, ops.Return) and op.value in answers for op in every)


def _is_caught(graph: Graph, call: int) -> bool:
    """Tell whether an `except` stands right around a call that names what it waits for: for all errors, it undoes."""
    handlers = {block.handler for block in graph.blocks for op in block.ops if op.at == call}
    lasts = (op for one in handlers for op in graph.blocks[one].ops[-1:])
    return any(isinstance(op, ops.Test) and op.kind == "except" and op.text not in GENERAL for op in lasts)
