"""Tasks that several await: a cancellation of one of those who wait is handed on to what all of them wait for."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.judgement import after_failure
from asynclint.checks.naming import GONE
from asynclint.checks.story import Account, lowered
from asynclint.findings import Finding, Step
from asynclint.flow.awaited import CANCELLED, MAKERS, Shared, awaited, shared
from asynclint.flow.moves import origins
from asynclint.flow.outcomes import forgiven
from asynclint.ir import ops
from asynclint.ir.places import Attr, Path
from asynclint.link.handed_on import keeps_task
from asynclint.link.program import Function
from asynclint.link.view import FunctionView


def ended_for_all(view: FunctionView) -> Iterator[Finding]:
    """Report awaits of a task that others await as well, where nothing keeps a cancellation from it."""
    if GONE.search(view.function.short):
        return  # who ends an object waits for it alone
    told: set[Path] = set()
    for one in shared(view.solved):
        if one.path not in told and len(view.assembled.chain(one.awaited)) == 1 and not _is_alone(view, one.awaited):
            told.add(one.path)
            yield _told(view, one)
    yield from _cached(view)


def _is_alone(view: FunctionView, at: int) -> bool:
    """Tell whether a run waits under a lock: the next one waits for that, and not for the task."""
    return any(
        op.at == at and any(hold.flag is None and hold.lock for hold in cursor.held)
        for _, _, moments in view.solved.blocks()
        for op, cursor, _ in moments
    )


def _told(view: FunctionView, one: Shared) -> Finding:
    state = view.state(one.path)
    steps = (
        view.step("write", one.stored, f"the task is kept in `{state}`, for the next run as well"),
        view.step("suspend", one.awaited, "if this is cancelled, so is the task, for all who wait for it"),
        view.step("rival", one.awaited, "the next run waits for the same task"),
    )
    return _account(view, state, steps).finding(
        view, view.primary(one.awaited), state, after_failure("cancel", True, lowered(view, one.path))
    )


def _account(view: FunctionView, state: str, steps: tuple[Step, ...]) -> Account:
    asked = {call.callee for call in view.assembled.graph.calls.values()}
    renewed = f"{state}.done" in asked or f"{state}.cancelled" in asked
    later = "" if renewed else ", and so does whoever finds it there later"
    return Account(
        "ARC107", f"what is kept in `{state}` is cancelled for all who await it if one of them is cancelled", steps,
        (f"each run of {view.function.name} awaits what the first one has started",),
        "those who were not cancelled get CancelledError" + later,
    )  # fmt: skip


def _cached(view: FunctionView) -> Iterator[Finding]:
    """Report awaits of calls that a cache answers with one task."""
    graph = view.assembled.graph
    for block in graph.blocks:
        for op in block.ops:
            if not isinstance(op, ops.Suspend) or op.value is None or len(view.assembled.chain(op.at)) > 2:
                continue
            held = origins(graph, awaited(graph, op.value))
            callee = next(
                (one for call in graph.calls.values() if call.into in held and (one := _kept(view, call))), None
            )
            if callee is not None and not forgiven(graph, block.handler, CANCELLED):
                # What a plain helper returns is awaited where it stands.
                yield _told_of_cache(view, callee, view.assembled.in_root(op.at))


def _kept(view: FunctionView, call: ops.Call) -> Function | None:
    """Return the function whose answer a cache keeps, if a call is of such, or stands in one and makes the task."""
    frame = view.assembled.frames[view.assembled.frame(call.at)].function
    if call.method in MAKERS:
        return frame if frame is not view.function and keeps_task(frame) else None
    callee = view.rivals.tasks.resolver.target(frame, call.callee)
    return callee if callee is not None and keeps_task(callee) and _hands_out(view, callee) else None


def _hands_out(view: FunctionView, callee: Function) -> bool:
    """Tell whether a function returns the task that it makes."""
    graph = view.lowered(callee).ir.graph
    returned = [op.value for block in graph.blocks for op in block.ops if isinstance(op, ops.Return) and op.value]
    held = frozenset[ops.Var]().union(*(origins(graph, value) for value in returned))
    return any(call.method in MAKERS and call.into in held for call in graph.calls.values())


def _told_of_cache(view: FunctionView, callee: Function, at: int) -> Finding:
    state = f"self.{callee.short}" if callee.facts.cls is not None else callee.short
    steps = (
        view.step("suspend", at, "if this is cancelled, so is the task, for all who wait for it"),
        view.step("rival", at, f"the next run gets the same task, which a cache of {callee.name} keeps"),
    )
    level = after_failure("cancel", True, lowered(view, Path("self", "self", (Attr(callee.short),))))
    return _account(view, state, steps).finding(view, view.primary(at), state, level)
