"""Timers that are set again behind a suspension, by what they have started: who cancels them comes too early."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.judgement import Consequence, confidence
from asynclint.checks.story import Account, lowered, strongest
from asynclint.findings import Finding, Step
from asynclint.flow.cursor import Cursor
from asynclint.flow.ways import pause_between
from asynclint.flow.writes import Written
from asynclint.link.rearming import Rearming
from asynclint.link.view import FunctionView
from asynclint.source import Span


def rearmed(view: FunctionView) -> Iterator[Finding]:
    """Report timers that their own run sets once more, with no look at whether the object has been ended meanwhile."""
    found: dict[str, list[Finding | None]] = {}
    for one in view.timers.rearmed(view.function):
        for _, _, moments in view.following(one.said | {one.name}).blocks():
            for _, cursor, wrote in moments:
                if wrote is not None and _sets(wrote, one) and not _asks(cursor, one):
                    found.setdefault(one.name, []).append(_tell(view, one, wrote, cursor))
    for findings in found.values():
        yield from strongest(findings)


def _sets(wrote: Written, one: Rearming) -> bool:
    return wrote.path.kind == "self" and wrote.path.shape == (one.name,) and wrote.how == "store" and (
        not wrote.value.constant
    )  # fmt: skip


def _asks(cursor: Cursor, one: Rearming) -> bool:
    """Tell whether a check of something by which the end is told decides: what was asked too early is told of that."""
    deciding = cursor.scope.deciding
    return any(
        guard.reading.path.kind == "self"
        and guard.reading.path.shape[:1]
        and guard.reading.path.shape[0] in one.said | {one.name}
        and deciding.settles(guard.test, guard.edge, cursor.block)
        for guard in cursor.guards
    )


def _tell(view: FunctionView, one: Rearming, wrote: Written, cursor: Cursor) -> Finding | None:
    slept = pause_between(view.assembled.graph, None, wrote.at)
    held = view.locks([hold for hold in cursor.held if hold.flag is None])
    if slept is None or held is None or held & view.rivals.callers.at(one.canceller, one.line):
        return None
    level = confidence(True, "beside", "loss", lowered(view, wrote.path))
    if level is None:
        return None
    state = view.state(wrote.path)
    text = f"{one.ender.name} cancels what stands in `{state}` meanwhile: the timer that is set then is never cancelled"
    steps = (
        view.step("suspend", view.assembled.in_root(slept), "other tasks run here: the timer has gone off"),
        view.step("write", wrote.at, f"`{state}` is set once more"),
        Step("rival", one.canceller.path, _span(view, one), one.canceller.name, "cancels the timer that is over"),
    )
    evidence = (f"{view.function.name} is run by the timer that it sets",)
    message = f"`{state}` is set again behind an await, whoever has ended it meanwhile"
    account = Account("ARC105", message, steps, evidence, Consequence(text, "loss").text)
    return account.finding(view, view.primary(wrote.at), state, level)


def _span(view: FunctionView, one: Rearming) -> Span:
    """Return where the timer is cancelled."""
    there = view.lowered(one.canceller)
    spans = [there.positions.span(call.at) for call in there.ir.graph.calls.values()]
    return next((span for span in spans if span.line == one.line), Span(one.line, 1, one.line, 1))
