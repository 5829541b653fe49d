"""ARC110 lost-request: state is worked off over a suspension, and emptied or reset whatever came in meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from asynclint.checks.containers import ADDING
from asynclint.checks.judgement import Consequence
from asynclint.checks.late_listening import listens_late
from asynclint.checks.naming import FAILED, HALT
from asynclint.checks.registry import check
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding, Role
from asynclint.flow.drains import Drain, drains
from asynclint.flow.values import Guard, Reading
from asynclint.flow.verdicts import FALSE, filled
from asynclint.flow.ways import ends_with
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write

Sort = Literal["content", "flag", "slot", "count"]
PUTTING = ADDING | {"extendleft"}
RESETS = FALSE | {"[]", "{}", "()", "set()", "clear"}
"""What the survey calls the writes that leave nothing."""
REQUEST = re.compile(
    r"dirty|pending|needs?(_|$)|request|changed|modified|updated?(_|$)|stale|invalid|outdated|should_|force|trigger|"
    r"wake|reload|refresh|resync|rebuild|reschedul|_due|todo|flush|without_|again",
    re.IGNORECASE,
)
"""Names of flags that ask for work. Others say how things are: connected, running, available."""
STATE = re.compile(
    r"available|enabled|connect|running|regist|ready|received|active|alive|online|open|initiali[sz]|started|loaded|"
    r"(^|_)(is|has)_|playing|speaking|closed|stopped",
    re.IGNORECASE,
)
TEARDOWN = re.compile(
    r"close|stop|disconnect|shut_?down|terminate|kill|cancel|exit|quit|unsubscribe|clean_?up|tear_?down|dispose|detach|"
    r"leave|log_?out|unload|abort|destroy|finali[sz]e",
    re.IGNORECASE,
)
"""Names of what ends the life of state: what comes in meanwhile comes too late."""


@dataclass(frozen=True, slots=True)
class _Loss:
    """A reset and how it was reached: by a taking of what was there, or by a check."""

    drain: Drain
    sort: Sort
    reading: Reading
    check: Guard | None = None

    @property
    def window(self) -> Window:
        """The loss as a window."""
        return Window("drain", self.drain.path, self.reading, self.drain.wrote.at, self.drain.wrote, self.check)


@check("ARC110", need="window")
def lost_request(view: FunctionView) -> Iterator[Finding]:
    """Report resets and clearings of what others may have set or added since it was last looked at."""
    yield from listens_late(view)
    if not _possible(view):
        return
    losses: dict[int, list[_Loss]] = {}
    for drain in drains(view.solved):
        losses.setdefault(drain.wrote.at, []).extend(_losses(view, drain))
    for several in losses.values():
        if any(loss.check is None and not view.owns(loss.window) for loss in several):
            continue  # a helper takes and empties in one call: it is told there
        yield from strongest(_tell(view, loss, rival) for loss in several for rival in _rivals(view, loss))


def _possible(view: FunctionView) -> bool:
    """Tell from the facts whether anything is emptied or reset here."""
    return any(
        write.detail in RESETS or write.how.startswith("delete") or (write.how != "augmented" and not write.detail)
        for frame in view.assembled.frames
        for write in frame.function.facts.writes
    )


def _losses(view: FunctionView, drain: Drain) -> Iterator[_Loss]:
    sort = _sort(drain)
    if sort == "slot" and not REQUEST.search(drain.path.attribute):
        return  # an object in use, not a request
    if sort == "flag" and HALT.search(drain.path.attribute) and ends_with(view.assembled.graph, drain.wrote.at):
        return  # who asks for the end gets it
    if drain.taken is not None and sort != "flag" and (sort != "slot" or drain.asked):
        yield _Loss(drain, sort, drain.reading)
    if drain.wrote.how.startswith("delete"):
        return
    for window in view.windows:
        guard = window.guard
        if window.kind != "control" or guard is None or window.at != drain.wrote.at or window.path != drain.path:
            continue
        if filled(guard):
            yield _Loss(drain, sort, guard.reading, guard)


def _sort(drain: Drain) -> Sort:
    if drain.wrote.how in ("store", "item"):
        match drain.wrote.value.constant:
            case "False":
                return "flag"
            case "None":
                return "slot"
            case "0" | "0.0":
                return "count"
            case _:
                return "content"
    return "content"


def _rivals(view: FunctionView, loss: _Loss) -> Iterator[Rival]:
    """Yield who adds to the state, or sets it, without a lock that is held all the while."""
    under = view.locks(loss.drain.under)
    if under is None:
        return
    stretch = view.between(loss.reading.at, loss.drain.wrote.at)
    for rival in view.rivals_of(loss.drain.path, under, stretch, lambda write: _asks(loss, write)):
        if rival.is_self and (loss.drain.flags or not _comes_before(view, loss, rival)):
            continue
        yield rival


def _asks(loss: _Loss, write: Write) -> bool:
    """Tell whether a write adds to what is emptied, or sets what is reset."""
    shape = loss.drain.path.shape
    if write.place.steps != shape and write.place.steps != (*shape, "[]"):
        return False
    match loss.sort:
        case "content":
            inside = write.place.steps != shape
            return (write.how == "item" and inside) or write.how == "augmented" or write.detail in PUTTING
        case "count":
            return write.how == "augmented"
        case "flag":
            return write.how == "store" and write.detail == "True"
        case "slot":
            return write.how == "store" and write.detail not in RESETS


def _comes_before(view: FunctionView, loss: _Loss, rival: Rival) -> bool:
    """Tell whether a run of this function adds first and works off later, so that another run adds meanwhile."""
    if loss.sort != "content" or rival.write is None:
        return False
    begin = view.primary(loss.reading.at).line
    if rival.function is view.function:
        return rival.write.line <= begin
    calls = [frame.call for frame in view.assembled.frames if frame.function is rival.function]
    return any(call is not None and view.primary(call).line <= begin for call in calls)


def _tell(view: FunctionView, loss: _Loss, rival: Rival) -> Finding | None:
    window = loss.window
    if not view.owns(window) or not _means_work(view, loss, rival):
        return None
    if view.primary(loss.reading.at) > view.primary(window.at):
        return None  # the next round of a loop begins by starting afresh
    if _ends(view, loss):
        return None  # another rule's
    state = view.state(window.path)
    done = DONE[loss.sort]
    if loss.check is not None:
        first, message = (
            f"`{state}` is checked",
            f"`{state}` is {done} after an await, whatever came in since the check",
        )
    else:
        first = f"what is in `{state}` is taken"
        message = f"`{state}` is {done} after an await, with what came in since its content was taken"
    role: Role = "check" if loss.check is not None else "read"
    telling = Telling("ARC110", role, first, f"`{state}` is {done}", message)
    return tell(view, window, rival, _consequence(state, loss, rival), telling, _from_outside(view, rival))


DONE = {"content": "emptied", "flag": "reset", "slot": "reset", "count": "reset"}


def _consequence(state: str, loss: _Loss, rival: Rival) -> Consequence:
    who = "another run" if rival.is_again else rival.function.name
    if rival.is_guess:
        # Mostly it is one task that asks and then waits until it is done.
        return Consequence(f"what {who} leaves in `{state}` meanwhile is lost", "loss")
    if loss.sort == "content":
        return Consequence(f"what {who} adds to `{state}` meanwhile is dropped", "harm")
    if loss.sort == "count":
        return Consequence(f"what {who} counts meanwhile is lost", "harm" if loss.check is None else "waste")
    return Consequence(f"what {who} asks for meanwhile is not done", "harm")


def _from_outside(view: FunctionView, rival: Rival) -> bool:
    """Tell whether what comes in can come from another task than the one that works it off."""
    tasks = view.rivals.tasks
    own = {root.function for root in tasks.roots(view.function)}
    return not rival.is_self and any(root.function not in own for root in tasks.roots(rival.function))


def _ends(view: FunctionView, loss: _Loss) -> bool:
    """Tell whether the work is a teardown."""
    if TEARDOWN.search(view.function.short):
        return True
    begin, end = view.primary(loss.reading.at).line, view.primary(loss.drain.wrote.at).line
    elements: set[ops.Var] = set()
    for block in view.assembled.graph.blocks:
        for op in block.ops:
            match op:
                case ops.Iterate(into, _, _, at) if at == loss.drain.taken:
                    elements.add(into)
                case ops.Move(into, source, _) if source in elements:
                    elements.add(into)
                case ops.Call() if op.awaited or op.receiver in elements:
                    if TEARDOWN.search(op.method) and begin <= view.primary(op.at).line <= end:
                        return True
                case _:
                    pass
    return False


def _means_work(view: FunctionView, loss: _Loss, rival: Rival) -> bool:
    """Tell whether a flag or slot asks for work, and does not say how things are."""
    if loss.sort not in ("flag", "slot"):
        return True
    path = loss.drain.path
    if REQUEST.search(path.attribute):
        return True
    inside = {frame.function for frame in view.assembled.frames}
    return not (STATE.search(path.attribute) or FAILED.search(path.attribute)) and all(
        other in inside for other in view.rivals.readers(view.function, path)
    )
