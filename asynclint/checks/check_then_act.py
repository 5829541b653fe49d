"""ARC102 check-then-act: a write, delete or act on P under a stale check of P."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from asynclint.checks.act_consequences import consequence_of, crosses, is_member
from asynclint.checks.alone import is_alone, is_met_in_use, is_unit_of_work
from asynclint.checks.amounts import puts_entry, recedes, takes_back
from asynclint.checks.answers import is_answer
from asynclint.checks.caches import invalidates
from asynclint.checks.containers import GROWING
from asynclint.checks.creations import LAZY
from asynclint.checks.done_once import joins
from asynclint.checks.entries import removed_twice
from asynclint.checks.judgement import Consequence, Gravity
from asynclint.checks.late_count import counted_late
from asynclint.checks.late_start import late_starts
from asynclint.checks.meanwhile import leaves_none
from asynclint.checks.queueing import waits_in_line
from asynclint.checks.registry import check
from asynclint.checks.sharing import is_expected
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.agreement import is_the_one
from asynclint.flow.last_out import last_out
from asynclint.flow.outcomes import asks_for_itself
from asynclint.flow.verdicts import COUNTING
from asynclint.flow.windows import Window
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.link.overlaps import SEEN
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView


@check("ARC102", need="window")
def check_then_act(view: FunctionView) -> Iterator[Finding]:
    """Report writes that are decided by a check which the task has slept on."""
    removed = dict(removed_twice(view))
    yield from removed.values()
    for window in view.windows:
        if window.kind != "control" or window.wrote is None or window.at in removed:
            continue
        wrote = window.wrote
        if puts_entry(view.assembled.graph, window.guard, wrote) and wrote.container is not None:
            window = replace(window, path=wrote.container)  # a limit is on all entries, whatever their keys
        itself = window.guard is not None and asks_for_itself(view.assembled.graph, window.guard)
        if itself or takes_back(view.assembled.graph, wrote):
            continue
        last = last_out(view.assembled.graph, view.solved.scope.deciding, window.at)
        rivals = (
            rival
            for rival in view.rivals_in(window)
            if not _is_counted(view, rival, last)
            and not recedes(view, window, wrote, rival)
            and not leaves_none(window.guard, rival.write)
        )
        yield from strongest(_tell(view, window, wrote, rival) for rival in rivals)
    yield from late_starts(view)
    yield from counted_late(view)


def _tell(view: FunctionView, window: Window, wrote: Written, rival: Rival) -> Finding | None:
    consequence = consequence_of(view, window, wrote, rival)
    if window.reading.weak:
        # What was handed to a call need not have anything to do with what the result says.
        consequence = _lesser(consequence)
    if window.reading.rewritten and window.guard is not None and is_the_one(window.guard):
        # This run itself has taken it out, as long as there was any.
        consequence = _lesser(_lesser(consequence))
    # An addition reads what is there now: it goes wrong only where the check was about the amount.
    counts = window.guard is not None and window.guard.form.split(" ")[0] in COUNTING
    adds = wrote.how == "augmented" or (wrote.how == "mutate" and wrote.method in GROWING)
    adds = adds and not is_member(window, wrote)
    # Who asks which one stands there has thought of another.
    crossing = crosses(wrote, rival) and not (window.guard is not None and is_the_one(window.guard))
    strong = not window.reading.weak and (counts or not adds) and not crossing
    # Two methods that happen to be public, be it that one of them runs a helper that the other runs as well.
    forgets = invalidates(view, window, rival)
    queues = waits_in_line(view, window)
    lent = rival.is_self and counts and (queues or _is_given_back(view, window, wrote))
    lasting = consequence.lasting and is_met_in_use(view, rival.function)
    seldom = rival.is_guess and not (rival.is_again or lent or forgets or lasting)
    if _asked_elsewhere(view, window) or is_unit_of_work(view):
        consequence = _lesser(consequence)
    if _asserted(view, window):
        # What the author takes for granted, and that this task alone sees to.
        consequence, strong = _lesser(consequence), False
    expected = forgets and is_expected(view, view.function, window.path)
    expected = expected or lent or queues or lasting
    expected = expected or (rival.is_again and not is_alone(view) and joins(view, window))
    return tell(view, window, rival, consequence, _telling(view, window), strong and not seldom, expected)


def _is_counted(view: FunctionView, rival: Rival, last: int | None) -> bool:
    """Tell whether a rival that makes the same write is behind a count of users, which is at zero for this run."""
    if last is None or not rival.is_self:
        return False
    return rival.is_again or view.assembled.frames[view.assembled.frame(last)].function is rival.function


def _is_given_back(view: FunctionView, window: Window, wrote: Written) -> bool:
    """Tell whether others are seen to make room meanwhile: a limit on what is held is for several who hold some."""
    return any(
        rival.overlap in SEEN and recedes(view, window, wrote, rival)
        for rival in view.rivals_in(window)
        if not rival.is_self
    )


def _asserted(view: FunctionView, window: Window) -> bool:
    """Tell whether the check is a bare `assert` that something is there or not."""
    if window.guard is None or window.guard.form not in LAZY:
        return False
    last = view.assembled.graph.blocks[window.guard.test].ops[-1:]
    return any(isinstance(op, ops.Test) and op.kind == "assert" for op in last)


def _lesser(consequence: Consequence) -> Consequence:
    """Return what goes wrong as one step less grave."""
    lesser: dict[Gravity, Gravity] = {"harm": "loss", "loss": "waste"}
    return Consequence(consequence.text, lesser.get(consequence.gravity, consequence.gravity))


def _asked_elsewhere(view: FunctionView, window: Window) -> bool:
    """Tell whether a helper that is over before the write made the check: it only made sure that it may be called.

    Where its answer is looked at by who writes, it was asked, and the check is theirs.
    """
    if window.guard is None:
        return False
    last = view.assembled.graph.blocks[window.guard.test].ops[-1:]
    if not last:
        return True
    chain = view.assembled.chain(window.at)
    return view.assembled.frame(last[0].at) not in chain and not is_answer(view, window, last[0].at, chain)


def _telling(view: FunctionView, window: Window) -> Telling:
    state, checked = view.state(window.path), view.state(window.reading.path)
    return Telling(
        "ARC102", "check", f"`{checked}` is checked", f"`{state}` is written as if the check still held",
        f"`{state}` is written under a check of `{checked}` that is older than an await",
    )  # fmt: skip
