"""A latch: under a check of a flag, nothing is done but that something is asked, and that the flag is set."""

from __future__ import annotations

import re

from asynclint.checks.making import words
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.link.view import FunctionView

QUESTION = re.compile(r"is|are|was|has|have|can|should|needs|supports?|exists?|allows?|wants")
ANSWERED = re.compile(r"get|fetch|read|query|find|lookup|count")
"""Words for what only brings an answer; a method of the object itself may keep what it has brought."""
TESTED = frozenset(("not", "is", "is not", "==", "!=", "<", ">", "<=", ">=", "in", "not in", "bool"))
"""What a test makes of an answer."""


def only_latches(view: FunctionView, window: Window) -> bool:
    """Tell whether who comes past the check asks, by names that say so, and sets the flag: twice is as good as once."""
    guard, graph = window.guard, view.assembled.graph
    if guard is None:
        return False
    deciding = view.solved.scope.deciding
    governed = [
        op
        for number, block in enumerate(graph.blocks)
        if deciding.settles(guard.test, guard.edge, number)
        for op in block.ops
    ]
    tested = {op.value for op in governed if isinstance(op, ops.Test)}
    before = -1
    while before != (before := len(tested)):
        for op in governed:
            match op:
                case ops.Compute(into, kind, args, _) if into in tested and kind in TESTED:
                    tested.update(args)
                case ops.Move(into, source, _) | ops.Suspend(_, str() as source, str() as into, _) if into in tested:
                    tested.add(source)
                case _:
                    pass
    sets = any(isinstance(op, ops.StoreAttr) and op.at == window.at for op in governed)  # no other way leads there
    return sets and all(_is_quiet(op, window, tested) for op in governed)


def _is_quiet(op: ops.Op, window: Window, tested: set[ops.Var]) -> bool:
    """Tell whether an op looks at something, asks for what is then tested, or is the write itself."""
    match op:
        case ops.StoreAttr():
            return op.at == window.at
        case ops.Call():
            return op.into in tested and _asks(op)
        case ops.Const() | ops.Compute() | ops.Move() | ops.LoadAttr() | ops.LoadItem() | ops.Test():
            return True
        case ops.Suspend():
            return op.value in tested
        case _:
            return False


def _asks(call: ops.Call) -> bool:
    """Tell whether a call is by its name a question."""
    first = (words(call.method) or ("",))[0]
    return QUESTION.fullmatch(first) is not None or (
        call.callee.count(".") > 1 and ANSWERED.fullmatch(first) is not None
    )
