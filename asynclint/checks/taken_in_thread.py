"""Locks that a thread takes for a task: if the task is cancelled meanwhile, the thread takes the lock all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from asynclint.checks.judgement import after_failure, capped
from asynclint.checks.story import Account
from asynclint.findings import Finding
from asynclint.flow.leaks import beyond
from asynclint.flow.moves import origins
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path
from asynclint.ir.walk import reached
from asynclint.link.entering import is_entering
from asynclint.link.program import is_aside
from asynclint.link.releases import Releases
from asynclint.link.view import FunctionView

GIVEN = {"run_in_executor": 1, "to_thread": 0}
"""What runs a function in a thread, and which of its arguments that function is."""


@dataclass(frozen=True, slots=True)
class _Lock:
    """A lock: where it stands, if that is known, and the variables that hold it."""

    path: Path | None
    held: frozenset[ops.Var]


def taken_in_thread(view: FunctionView) -> Iterator[Finding]:
    """Report awaits of an acquisition in a thread, where a cancellation passes by the release."""
    graph = view.assembled.graph
    told: set[str] = set()
    bound = {op.into: op for block in graph.blocks for op in block.ops if isinstance(op, ops.LoadAttr)}
    for _, block, moments in view.solved.blocks():
        for op, cursor, _ in moments:
            taken = bound.get(_given(graph, op))
            if taken is None or taken.name != "acquire" or len(view.assembled.chain(op.at)) > 1:
                continue
            lock = _Lock(cursor.value(taken.base).place, origins(graph, taken.base))
            name = view.state(lock.path) if lock.path is not None else min(lock.held)
            released = _releases(view, lock)
            goes = name not in told and (bool(released) or _by_leaving(view, lock))
            if goes and not _passes(graph, block.handler, released):
                told.add(name)
                yield _told(view, op.at, name, min(released, default=None))


def _given(graph: Graph, op: ops.Op) -> ops.Var:
    """Return the function that is run in a thread and waited for by an op."""
    call = graph.calls.get(op.value or "") if isinstance(op, ops.Suspend) and op.kind == "await" else None
    number = GIVEN.get(call.method) if call is not None else None
    return call.args[number] if call is not None and number is not None and len(call.args) > number else ""


def _releases(view: FunctionView, lock: _Lock) -> frozenset[int]:
    """Return the calls that release a lock."""
    found: set[int] = set()
    for _, _, moments in view.solved.blocks():
        for op, cursor, _ in moments:
            if isinstance(op, ops.Call) and op.method == "release" and op.receiver is not None:
                place = cursor.value(op.receiver).place
                same = place == lock.path if lock.path is not None else False
                if same or not lock.held.isdisjoint(origins(view.assembled.graph, op.receiver)):
                    found.add(op.at)
    return frozenset(found)


def _by_leaving(view: FunctionView, lock: _Lock) -> bool:
    """Tell whether this is entering something, and leaving it releases the lock."""
    if view.cls is None or lock.path is None or not is_entering(view.rivals.tasks, view.function):
        return False
    return Releases(view.effects, view.rivals.tasks, lock.path.attribute).by_leaving(view.cls)


def _passes(graph: Graph, handler: int, released: frozenset[int]) -> bool:
    """Tell whether a cancellation comes to a release on its way out."""
    blocks = reached([handler], lambda one: beyond(graph.blocks[one], "cancel"))
    return any(op.at in released for number in blocks for op in graph.blocks[number].ops)


def _told(view: FunctionView, at: int, name: str, release: int | None) -> Finding:
    steps = [
        view.step("acquire", at, f"a thread takes `{name}`, and takes it also if nobody waits for it any more"),
        view.step("suspend", at, "if this is cancelled, it is not released"),
    ]
    if release is not None:
        steps.append(view.step("release", release, "not reached then"))
    message = f"`{name}` stays taken if the task is cancelled while a thread takes it"
    why = f"{view.function.name} can be cancelled while it waits for the thread"
    account = Account("ARC206", message, tuple(steps), (why,), "whoever takes it then waits for ever")
    level = capped("ARC206", after_failure("cancel", True, int(is_aside(view.function.path))))
    return replace(account.finding(view, view.primary(at), name, level), state=None, primitive=name)
