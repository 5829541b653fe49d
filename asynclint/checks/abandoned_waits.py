"""Futures that stay where answers are looked up when the wait for them is cut short: a late answer finds them done."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.asking import undone_by_caller
from asynclint.checks.judgement import after_failure
from asynclint.checks.story import Account, lowered
from asynclint.findings import Finding, Step
from asynclint.flow.abandoned import Abandoned, abandoned
from asynclint.flow.outcomes import forgiven
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path
from asynclint.link.program import Function
from asynclint.link.testers import RESOLVING
from asynclint.link.view import FunctionView

ASKING = frozenset(("done", "cancelled"))
DONE = ("InvalidStateError", "Exception")
"""What is caught where a future is done already."""
GIVING = frozenset(("get", "pop", "popleft", "popitem", "values", "items", "copy"))
COPYING = frozenset(("list", "tuple", "next", "iter"))


def cut_short(view: FunctionView) -> Iterator[Finding]:
    """Report futures that a wait leaves behind, and that somebody resolves without asking whether they are done."""
    told: set[Path] = set()
    for one in abandoned(view.solved):
        if one.path in told or one.path.kind not in ("self", "cls", "global"):
            continue
        if view.assembled.frame(one.stored) != 0 or undone_by_caller(view, one.path):
            continue
        steps = {frame.function for frame in view.assembled.frames}
        others = (other for other in view.rivals.readers(view.function, one.path) if other not in steps)
        brought = next(((other, at) for other in others for at in _resolved(view, other, one.path)), None)
        if brought is not None:
            told.add(one.path)
            yield _told(view, one, *brought)


def _resolved(view: FunctionView, other: Function, path: Path) -> Iterator[int]:
    """Yield where a function resolves what it finds at a path, whether or not that is done."""
    graph = view.lowered(other).ir.graph
    held = _found(graph, path.attribute)
    calls = [(block, op) for block in graph.blocks for op in block.ops if isinstance(op, ops.Call)]
    if any(call.method in ASKING and call.receiver in held for _, call in calls):
        return
    for block, call in calls:
        if call.method in RESOLVING and call.receiver in held and not forgiven(graph, block.handler, DONE):
            yield call.at


def _found(graph: Graph, name: str) -> set[ops.Var]:
    """Return the variables that hold what stands in an attribute, or an element of it, or a part of one."""
    every = [op for block in graph.blocks for op in block.ops]
    held = {op.into for op in every if isinstance(op, ops.LoadAttr) and op.name == name}
    before = -1
    while before != (before := len(held)):
        held.update(into for op in every for into in _handed_on(op, held))
    return held


def _handed_on(op: ops.Op, held: set[ops.Var]) -> Iterator[ops.Var]:
    call = op.call if isinstance(op, ops.Mutate) else op
    match call:
        case ops.Call(into, _, receiver, method, args):
            given = receiver in held and method in GIVING
            if given or (method in COPYING and not held.isdisjoint(args)):
                yield into
        case ops.LoadAttr(into, base, _, _) | ops.LoadItem(into, base, _, _, _, _) | ops.Move(into, base, _):
            if base in held:
                yield into
        case ops.Iterate(into, base, _, _):
            if base in held:
                yield into
        case ops.Compute(into, "item", args, _):
            if not held.isdisjoint(args):
                yield into
        case _:
            pass


def _told(view: FunctionView, one: Abandoned, other: Function, at: int) -> Finding:
    state = view.state(one.place)
    span = view.lowered(other).positions.span(at)
    steps = (
        view.step("write", one.stored, f"the future is put into `{state}`"),
        view.step("suspend", one.awaited, "if this is cut short, the future is cancelled, and stays there"),
        Step("rival", other.path, span, other.name, "resolves it, and does not ask whether it is done"),
    )
    account = Account(
        "ARC107", f"a wait that is cut short leaves its future in `{state}`", steps,
        (f"{other.name} resolves what it finds in `{state}`",),
        f"an answer that comes late makes {other.name} raise InvalidStateError",
    )  # fmt: skip
    level = after_failure("error", False, lowered(view, one.path))
    return account.finding(view, view.primary(one.stored), state, level)
