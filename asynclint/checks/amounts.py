"""Which way an amount goes: who moves it away from what a check allows breaks no promise of that check."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from asynclint.checks.containers import ADDING
from asynclint.flow.cursor import Cursor
from asynclint.flow.moves import origins
from asynclint.flow.outcomes import after_error
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import filled
from asynclint.flow.ways import place_of
from asynclint.flow.windows import Window
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path
from asynclint.ir.walk import reached
from asynclint.link.rivals import Rival
from asynclint.link.touches import TAKING
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write

Way = Literal["up", "down", ""]
COMPARED = frozenset(("<", ">", "<=", ">="))
"""Operators that hold an amount against a limit."""
COUNTS = frozenset(("len", "sum"))
"""What tells how many there are."""
WAITS = frozenset(("wait", "wait_for", "acquire", "sleep", "get", "join", "checkpoint"))
EMPTY = frozenset(("0", "0.0", "[]", "{}", "set()"))
TRIES = re.compile(r"(\w*_)?(retr(y|ies)|attempts?|tries|fail(ure)?s|errors)(_\w+)?")
"""Names of counts of tries: a limit to them ends trying some time, and one more makes no odds."""


def is_amount(guard: Guard | None) -> bool:
    """Tell whether a check compares how much there is with a limit."""
    return guard is not None and guard.form.split(" ")[0] in COMPARED


def counts_tries(window: Window) -> bool:
    """Tell by its name whether an amount says how often something has been tried."""
    return TRIES.fullmatch(window.path.attribute) is not None


def is_unlimited(view: FunctionView, window: Window, wrote: Written) -> bool:
    """Tell whether a check has found that there is more than something, and the write adds; or less, and it takes off.

    Such a check sets no limit to what the write does, unless it is waited for that the amount changes, and only who has
    made the check or has waited comes to the write.
    """
    guard = window.guard
    mine = _way_of(view.assembled.graph, wrote, guard)
    if guard is None or not mine:
        return False
    if _is_waited_for(view.assembled.graph, window.slept) and _is_asked_first(view, window, guard):
        return False
    operator, _, wanted = guard.form.partition(" ")
    if operator in ("==", "!=") and wanted in EMPTY:
        return mine == "up" and (operator == "==") != guard.edge
    side = _side(view, window) if operator in COMPARED else None
    if side is None:
        return False
    above = (operator[0] == ">") == guard.edge
    return (above == (side == 0)) == (mine == "up")


def _is_asked_first(view: FunctionView, window: Window, guard: Guard) -> bool:
    """Tell whether every way to the write makes the check, or has waited."""
    graph, deciding = view.assembled.graph, view.solved.scope.deciding
    (block, _), (waits, _) = place_of(graph, window.at), place_of(graph, window.slept)
    return deciding.dominates(guard.test, block) or deciding.dominates(waits, block)


def _is_waited_for(graph: Graph, slept: int) -> bool:
    """Tell whether a suspension waits for what somebody else does, and does nothing itself."""
    every = (op for block in graph.blocks for op in block.ops)
    value = next((op.value for op in every if isinstance(op, ops.Suspend) and op.at == slept), None)
    call = graph.calls.get(value or "")
    return call is None or call.method in WAITS


def _side(view: FunctionView, window: Window) -> int | None:
    """Return on which side of a comparison an amount stands, None where it is not known."""
    assert window.guard is not None
    for number, _, moments in view.solved.blocks():
        if number != window.guard.test:
            continue
        made = {op.into: op for op, _, _ in moments if isinstance(op, ops.Compute)}
        for op, cursor, _ in moments[::-1]:
            if isinstance(op, ops.Compute) and op.kind in COMPARED:
                sides = [n for n, arg in enumerate(op.args) if _holds_amount(cursor, arg, window.path)]
                if len(sides) != 1 or (op.args[sides[0]] in made and made[op.args[sides[0]]].kind != "+"):
                    return None
                return sides[0]
    return None


def _holds_amount(cursor: Cursor, var: ops.Var, path: Path) -> bool:
    return any(path.shape[: len(one.path.shape)] == one.path.shape for one in cursor.value(var).readings)


def recedes(view: FunctionView, window: Window, wrote: Written, rival: Rival) -> bool:
    """Tell whether a rival moves an amount away from the limit that a check has held it against, which a write nears.

    A write that adds nears an upper limit, one that takes off nears a lower one.
    """
    guard, other = window.guard, rival.write
    if guard is None or other is None:
        return False
    mine = _way_of(view.assembled.graph, wrote, guard)
    if not is_amount(guard) and not (mine == "down" and wrote.how == "augmented" and filled(guard)):
        return False
    theirs = _way_of_other(view, window, rival, other) if mine else ""
    return bool(theirs) and theirs != mine


def puts_entry(graph: Graph, guard: Guard | None, wrote: Written) -> bool:
    """Tell whether an entry is put into a container of which a check has compared how much there is in it."""
    if wrote.how != "item" or guard is None or not is_amount(guard) or guard.reading.path != wrote.container:
        return False
    # What is compared may as well be a part of an element.
    compared = [op for op in graph.blocks[guard.test].ops if isinstance(op, ops.Compute) and op.kind in COMPARED]
    held = {one for op in compared for var in op.args for one in origins(graph, var)}
    return any(var in graph.calls and graph.calls[var].callee in COUNTS for var in held)


def compares_element(graph: Graph, guard: Guard | None) -> bool:
    """Tell whether a check compares one of the things that a loop gives, and not how many there are, or their sum."""
    if guard is None or not is_amount(guard):
        return False
    made: dict[ops.Var, list[ops.Op]] = {}
    for op in (op for block in graph.blocks for op in block.ops):
        if (into := getattr(op, "into", None)) is not None:
            made.setdefault(into, []).append(op)
    compared = [op for op in graph.blocks[guard.test].ops if isinstance(op, ops.Compute) and op.kind in COMPARED]
    begun = [var for op in compared for var in op.args]
    every = [op for var in reached(begun, lambda one: _parts_of(made.get(one, ()))) for op in made.get(var, ())]
    state = guard.reading.path.attribute
    whole = any(isinstance(op, ops.Call) or (isinstance(op, ops.LoadAttr) and op.name == state) for op in every)
    return not whole and any(isinstance(op, ops.Iterate) for op in every)


def _parts_of(every: Iterable[ops.Op]) -> Iterator[ops.Var]:
    """Yield what variables are, or are a part of: nothing is reckoned on the way."""
    for op in every:
        match op:
            case ops.Move(_, whole) | ops.LoadAttr(_, whole) | ops.LoadItem(_, whole):
                yield whole
            case ops.Compute(_, "item", (whole, *_)):
                yield whole


def _way_of(graph: Graph, wrote: Written, guard: Guard | None) -> Way:
    if puts_entry(graph, guard, wrote):
        return "up"
    if wrote.how == "augmented":
        return _signed(wrote.value.form)
    return _changed(wrote.method) if wrote.how == "mutate" else ""


def _signed(operator: str) -> Way:
    return "up" if operator == "+" else "down" if operator == "-" else ""


def _changed(method: str) -> Way:
    return "up" if method in ADDING else "down" if method in TAKING or method == "discard" else ""


def _way_of_other(view: FunctionView, window: Window, rival: Rival, write: Write) -> Way:
    """Return which way the write of another function moves the amount."""
    match write.how:
        case "mutate":
            return _changed(write.detail)
        case "delete item":
            return "down"
        case "store" if write.detail in EMPTY:
            return "down"
        case "augmented":
            lowered = view.lowered(rival.function)
            ways = {
                _signed(operator)
                for at, operator in _steps(lowered.ir.graph, window.path.attribute)
                if lowered.positions.span(at).line == write.line
            }
            return ways.pop() if len(ways) == 1 else ""
        case _:
            return ""


def _steps(graph: Graph, name: str) -> Iterator[tuple[int, str]]:
    """Yield the augmented assignments to an attribute of a name, or to an element, each with its operator."""
    every = [op for block in graph.blocks for op in block.ops]
    computed = {op.into: op.kind for op in every if isinstance(op, ops.Compute)}
    for op in every:
        match op:
            case ops.StoreAttr(_, attribute, value, at, True) if attribute == name:
                yield at, computed.get(value, "")
            case ops.StoreItem(value=value, at=at, augmented=True):
                yield at, computed.get(value, "")
            case _:
                pass


def takes_back(graph: Graph, wrote: Written) -> bool:
    """Tell whether a failure takes back what this run has added itself: whatever others did, that is right."""
    if wrote.how != "augmented" or not after_error(graph, wrote.at):
        return False
    return any(
        isinstance(op, ops.StoreAttr) and op.augmented and op.name == wrote.path.attribute and op.at != wrote.at
        for block in graph.blocks
        for op in block.ops
    )
