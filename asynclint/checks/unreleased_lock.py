"""ARC206 unreleased-lock: a lock that is taken by hand stays taken if what follows fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from asynclint.checks.fatal import ends_its_task
from asynclint.checks.judgement import after_failure, capped
from asynclint.checks.registry import check
from asynclint.checks.story import Account, lowered
from asynclint.checks.suspensions import quiet
from asynclint.checks.taken_in_thread import taken_in_thread
from asynclint.findings import Finding, Step
from asynclint.flow.holdings import holdings, is_asked_for
from asynclint.flow.leaks import FAILURES, Failure, Walker, Ways
from asynclint.flow.marks import Mark
from asynclint.ir.places import Path
from asynclint.link.entering import is_entering
from asynclint.link.locks import Locks
from asynclint.link.releases import Releases
from asynclint.link.view import FunctionView

TAKEN = ("mutex", "condition", "semaphore")
"""Kinds of locks that a task takes: a threading lock is another matter."""
Pattern = Literal["normal", "handler", "enter"]


@dataclass(frozen=True, slots=True)
class _Leak:
    """What leaves with the lock held.

    `normal`: it is released where nothing fails; `handler`: another failure releases it, this one does not; `enter`:
    by leaving, which does not run if entering fails. `failed` is an await, or a `raise`.
    """

    mark: Mark
    pattern: Pattern
    cause: Failure | Literal["raise"]
    failed: int
    release: int | None


@check("ARC206", need="lock")
def unreleased_lock(view: FunctionView) -> Iterator[Finding]:
    """Report acquisitions by hand after which a failure leaves the lock held."""
    yield from taken_in_thread(view)
    known = holdings(view.solved, lambda path: _is_lock(view, path))
    told: set[Path] = set()
    walker = Walker(view.assembled.graph, known, quiet(view), lambda call, mark: _releases(view, call, mark))
    for place, mark in sorted(known.items()):
        if mark.deed != "acquire" or len(view.assembled.chain(mark.at)) > 1 or mark.path in told:
            continue
        if mark.path.kind not in ("self", "cls", "class", "global", "param") or not mark.path.steps:
            continue
        if _is_within(view, mark):
            continue
        leak = _leak(view, walker, mark, walker.ways(place))
        if leak is not None and not _dealt_with(view, leak):
            told.add(mark.path)
            yield _told(view, leak)


def _is_within(view: FunctionView, mark: Mark) -> bool:
    """Tell whether a `with` of the same lock is around: leaving it releases, whatever has failed."""
    line, name = view.primary(mark.at).line, mark.path.attribute
    items = view.function.facts.withs
    return any(item.line <= line <= item.end_line and item.text.rpartition(".")[2] == name for item in items)


def _releases(view: FunctionView, call: Mark, mark: Mark) -> bool:
    function = view.assembled.frames[view.assembled.frame(call.at)].function
    return _about(view, mark).call(function, call.callee, view.span(call.at).line)


def _about(view: FunctionView, mark: Mark) -> Releases:
    return Releases(view.effects, view.rivals.tasks, mark.path.attribute)


def _is_lock(view: FunctionView, path: Path) -> bool:
    root = () if path.root.startswith("%") else (path.root,)
    text = ".".join((*root, *path.shape)).replace(".[]", "[]")
    return Locks(view.rivals.tasks.resolver).kind(view.function, text) in TAKEN


def _leak(view: FunctionView, walker: Walker, mark: Mark, ways: Ways) -> _Leak | None:
    """Return what leaves with the lock held, the gravest first."""
    after = ways.later if ways.later is not None else ways.at_once
    thrown = ways.raises[0] if ways.raises and not is_asked_for(view.solved, mark.at) else None
    if after is not None:
        if thrown is not None:
            return _Leak(mark, "normal", "raise", thrown, after)
        for cause in FAILURES:
            for block, place in ways.leaves[cause]:
                release = walker.reset_after(mark, (block, place))
                if release is not None:
                    return _Leak(mark, "normal", cause, walker.graph.blocks[block].ops[place].at, release)
        return None
    entering = view.cls is not None and is_entering(view.rivals.tasks, view.function)
    if not ways.handled["error"] and not (entering and view.cls and _about(view, mark).by_leaving(view.cls)):
        return None
    release = ways.handled["error"][0][1] if ways.handled["error"] else None
    pattern: Pattern = "handler" if release is not None else "enter"
    if thrown is not None:
        return _Leak(mark, pattern, "raise", thrown, release)
    for cause in FAILURES:
        for block, place in ways.leaves[cause]:
            return _Leak(mark, pattern, cause, walker.graph.blocks[block].ops[place].at, release)
    return None


def _dealt_with(view: FunctionView, leak: _Leak) -> bool:
    """Tell whether somebody else releases the lock."""
    about = _about(view, leak.mark)
    return about.handed_over(view.function) or about.by_caller(view.function)


def _told(view: FunctionView, leak: _Leak) -> Finding:
    mark = leak.mark
    lock = view.state(mark.path)
    own = not view.assembled.frames[view.assembled.frame(leak.failed)].function.facts.is_async
    cause = "error" if leak.cause == "raise" and len(view.assembled.chain(leak.failed)) > 1 and not own else leak.cause
    how = {"cancel": "the await after it is cancelled", "error": "the await after it raises", "raise": "this raises"}
    failed = view.assembled.in_root(leak.failed)
    steps = [view.step("acquire", mark.at, f"`{lock}` is taken by hand")]
    if cause == "raise":
        steps.append(view.step("check", failed, "leaves with it held"))
    else:
        note = "is cancelled" if leak.cause == "cancel" else "raises"
        steps.append(view.step("suspend", failed, f"if this {note}, it is not released"))
    if leak.release is not None:
        steps.append(view.step("release", leak.release, "not reached then"))
    waiting = _waiting(view, mark)
    account = Account(
        "ARC206", f"`{lock}` stays taken if {how[cause]}", (*steps, *waiting),
        (f"{(waiting[0].function if waiting else view.function.name)} takes `{lock}` as well",),
        "whoever takes it then waits for ever",
    )  # fmt: skip
    likely = leak.cause == "raise" or (leak.cause == "error" and leak.pattern != "enter")
    # Where nobody else takes it, the task that would wait is the one that has ended.
    down = lowered(view, mark.path) + 2 * (leak.cause != "cancel" and not waiting and ends_its_task(view))
    level = after_failure("error" if likely else "cancel", True, down)
    level = capped("ARC206", level)
    return replace(account.finding(view, view.primary(mark.at), lock, level), state=None, primitive=lock)


def _waiting(view: FunctionView, mark: Mark) -> tuple[Step, ...]:
    found = _about(view, mark).waiting(view.function, view.cls)
    if found is None:
        return ()
    other, line = found
    for block in view.lowered(other).ir.graph.blocks:
        for op in block.ops:
            span = view.lowered(other).positions.span(op.at)
            if span.line == line:
                return (Step("rival", other.path, span, other.name, "waits for it"),)
    return ()
