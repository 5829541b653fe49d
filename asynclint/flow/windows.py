"""Windows: a read or check of state, a suspension, and a dependent write that nothing protects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from asynclint.flow.agreement import differing, is_alike, is_the_one, missing, pinned
from asynclint.flow.chosen import chosen
from asynclint.flow.cursor import Cursor
from asynclint.flow.failing import FORM
from asynclint.flow.implied import implied
from asynclint.flow.looks import decides, nearest
from asynclint.flow.outcomes import forgiven, is_of_runner
from asynclint.flow.protection import Marks, View
from asynclint.flow.staleness import Solved
from asynclint.flow.values import Guard, Hold, Reading
from asynclint.flow.values import slept as asleep
from asynclint.flow.verdicts import empty
from asynclint.flow.ways import suspensions_in
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Key, Path

WindowKind = Literal["data", "receiver", "index", "control", "restore", "iteration", "drain", "use"]


@dataclass(frozen=True, slots=True)
class Window:
    """State read or checked, a suspension, and a write that still trusts it.

    `path` is the state; `reading` says where it was read and where the task first slept; `guard` is the stale check
    of a `control` window; `at` is the dependent write, or the loop of an `iteration`, for which
    `under` are the locks that all callers hold throughout: whoever changes the container without them still breaks it.
    `holds` are the locks under which what is written was looked at again: who has one of them changes nothing either.
    `absent`: just before the write nothing is under the key, so that only who takes keys away can have changed it.
    """

    kind: WindowKind
    path: Path
    reading: Reading
    at: int
    wrote: Written | None = None
    guard: Guard | None = None
    under: frozenset[str] = frozenset()
    holds: frozenset[Hold] = frozenset()
    absent: bool = False

    @property
    def slept(self) -> int:
        """The first suspension of the window."""
        assert self.reading.slept is not None
        return self.reading.slept


def windows(solved: Solved) -> Iterator[Window]:
    """Yield the windows of a function, in no particular order; the same write may close several."""
    graph, marks = solved.graph, Marks(solved)
    for _, block, moments in solved.blocks():
        for op, cursor, wrote in moments:
            if isinstance(op, ops.Iterate) and not op.is_async:
                yield from _iteration(graph, op, View(cursor, marks))
            if wrote is None or is_of_runner(graph, wrote.path):
                continue
            view = View(cursor, marks)
            if wrote.how == "delete item" or wrote.method in RAISES:
                wrote = replace(wrote, atomic=wrote.atomic or forgiven(graph, block.handler, FORGIVING))
            yield from _data(view, wrote)
            yield from _control(view, wrote)
            for guard, anew in chosen(graph, cursor, op, wrote):
                yield Window("control", wrote.path, guard.reading, wrote.at, anew, guard)


FORGIVING = ("KeyError", "IndexError", "LookupError", "ValueError", "Exception")
RAISES = ("remove", "pop", "popleft", "popitem")


def _valid(view: View, guards: list[Guard]) -> list[Guard]:
    """Return the checks that still hold on every way here."""
    stale = {(g.test, g.reading.at) for g in guards if g.reading.slept is not None and not view.protected(g.reading)}
    return [guard for guard in guards if (guard.test, guard.reading.at) not in stale]


def _compared(view: View, guards: list[Guard], stale: Reading | None) -> bool:
    """Tell whether a compare-and-set decides: a test of fresh state against what was read of it before.

    For a data window the comparison must be with the stale reading itself, one that gave the same, or with other state
    (a version counter).
    If the task itself has written that state since it gave way after the first reading, the comparison finds its own
    value there, and tells nothing of what others left.
    """
    for fresh in _valid(view, guards):
        if differing(fresh):
            continue
        for old in guards:
            if old.test != fresh.test or old.reading.path != fresh.reading.path or old.reading.slept is None:
                continue
            if old.reading.rewritten == 3:
                continue
            if stale is None or old.reading.path != stale.path or is_alike(view.cursor, old.reading, stale):
                return True
    return False


def _data(view: View, wrote: Written) -> Iterator[Window]:
    readings = wrote.value.readings
    if wrote.how != "mutate":
        yield from _torn(view, wrote, [r for r in readings if r.path == wrote.path], "data")
    else:
        yield from _torn(view, wrote, [r for r in wrote.owner.readings if r.path == wrote.container], "receiver")
    found = [r for r in wrote.key.readings if r.path == wrote.container] if wrote.selects else []
    if found and not wrote.atomic:
        looked = view.settled(guard for guard in view.cursor.guards if guard.reading.path == wrote.path)
        if not _valid(view, looked):
            yield from _torn(view, wrote, found, "index")


def _torn(view: View, wrote: Written, readings: list[Reading], kind: WindowKind) -> Iterator[Window]:
    stale = {reading.at for reading in readings if reading.slept is not None}
    if not stale:
        return
    fresh = [reading for reading in readings if reading.slept is None and reading.certain and reading.at not in stale]
    if not all(map(view.marks.is_own, fresh)):
        return
    guards = view.passed()
    for reading in readings:
        if reading.slept is None or view.protected(reading) or _compared(view, guards, reading):
            continue
        if not reading.rewritten and pinned(view.cursor, _valid(view, guards), reading, wrote.at):
            continue
        restored = kind == "data" and wrote.value.source == wrote.path
        absent = any(missing(guard, reading.path) or _no_element(guard, reading) for guard in _valid(view, guards))
        yield Window("restore" if restored else kind, wrote.path, reading, wrote.at, wrote, absent=absent)


def _no_element(guard: Guard, reading: Reading) -> bool:
    """Tell whether a check has found nothing under the key that was read: `d.get(key) is None`."""
    return guard.reading.path == reading.path and isinstance(reading.path.steps[-1], Key) and empty(guard)


def _control(view: View, wrote: Written) -> Iterator[Window]:
    if wrote.atomic and wrote.how != "delete item" and wrote.method != "pop":
        return
    about = [guard for guard in view.cursor.guards if decides(guard, wrote) and _may_mislead(guard, wrote)]
    if all(guard.reading.slept is None for guard in about) or _swapped(view, wrote):
        return
    settled = view.settled(about)
    # Of several that tell the same, what asks whether something is there is told, and the nearest of them.
    telling = [guard for guard in about if guard.form != FORM]
    known = {*view.deciding(telling), *settled}
    stale = [guard for guard in telling if guard.reading.slept is not None and guard not in known]
    through = [guard for guard in stale if implied(view.cursor.scope.deciding, guard, view.cursor.block)]
    about = sorted({*known, *through}, key=nearest)
    if not about or _valid(view, settled) or _compared(view, view.passed(), None):
        return
    again = _rechecked(view, about)
    if again is not None and not again:
        return
    for guard in about:
        if guard.reading.slept is None or view.protected(guard.reading) or _repeated(view, guard, settled):
            continue
        if view.marks.is_made(guard) or view.marks.done_away(guard, view.cursor.block):
            continue
        if not _asked_again(view, guard):
            yield Window("control", wrote.path, guard.reading, wrote.at, wrote, guard, holds=again or frozenset())


def _may_mislead(guard: Guard, wrote: Written) -> bool:
    """Tell whether a write goes wrong where a check holds no more: what takes out whatever is there asks for itself.

    Who has looked whether it is one object takes out another one, though.
    """
    return not wrote.atomic or is_the_one(guard)


def _repeated(view: View, guard: Guard, settled: list[Guard]) -> bool:
    """Tell whether a check is made again before the task gives way: what was found then is what the write trusts.

    A helper that asks once more has a window of its own, whoever calls it.
    """
    deciding, reading = view.cursor.scope.deciding, guard.reading
    return any(
        later.reading.path == reading.path
        and later.reading.slept == reading.slept
        and later.test != guard.test
        and deciding.dominates(guard.test, later.test)
        for later in settled
    )


def _rechecked(view: View, about: list[Guard]) -> frozenset[Hold] | None:
    """Return under which locks a condition of several checks is made again on every way here; None if it is not.

    Under none, where nothing gives way behind it. What it finds stays so only for those who take one of the locks.
    """
    fresh = _one_way(view, view.deciding(_valid(view, about)))
    if _cut(view, fresh, None):
        return frozenset()
    return frozenset(hold for hold in view.cursor.held if _cut(view, fresh, hold)) or None


def _one_way(view: View, guards: list[Guard]) -> list[Guard]:
    """Return those of some checks of which one outcome leads here: the other does not, or to another of the checks."""
    deciding, block = view.cursor.scope.deciding, view.cursor.block
    outcomes = {(guard.test, guard.edge) for guard in guards}
    tests = {guard.test for guard in guards}

    def leads_on(test: int, edge: bool) -> bool:
        return any(deciding.passes(test, edge, block, other) for other in tests - {test})

    return [
        guard
        for guard in guards
        if (guard.test, not guard.edge) not in outcomes
        or (leads_on(guard.test, not guard.edge) and not leads_on(guard.test, guard.edge))
    ]


def _cut(view: View, guards: list[Guard], hold: Hold | None) -> bool:
    """Tell whether every way here has passed one of several outcomes since the task gave way, or under a lock."""
    found = frozenset(
        (guard.test, guard.edge)
        for guard in guards
        if guard.reading.slept is None or (hold is not None and hold.acquired in guard.reading.spans)
    )
    return len(found) > 1 and view.cursor.scope.deciding.cuts(found, view.cursor.block)


def _asked_again(view: View, stale: Guard) -> bool:
    """Tell whether a check that lets this write come either way is made again, as it was, on every way from there.

    Whoever finds what it looked for and goes on all the same does so after the second look as after the first.
    """
    deciding, block = view.cursor.scope.deciding, view.cursor.block
    if deciding.settles(stale.test, stale.edge, block):
        return False
    return any(
        fresh.test != stale.test
        and fresh.form == stale.form
        and fresh.reading.path == stale.reading.path
        and (fresh.reading.slept is None or view.protected(fresh.reading))
        and (deciding.dominates(fresh.test, block) or deciding.passes(stale.test, stale.edge, block, fresh.test))
        for fresh in view.deciding(view.cursor.guards)
    )


def _swapped(view: View, wrote: Written) -> bool:
    """Tell whether the state was moved to a local just before: what is there now is taken, whatever was checked."""
    emptied = wrote.how == "store" and bool(wrote.value.constant or wrote.value.fresh)
    return emptied and taken_over(view.cursor, wrote.path)


def taken_over(cursor: Cursor, path: Path) -> bool:
    """Tell whether a local holds what stands at a path since the last suspension."""
    return any(
        value.source == path and value.readings and all(r.slept is None for r in value.readings)
        for var, value in cursor.env.items()
        if not var.startswith("%")
    )


def _iteration(graph: Graph, op: ops.Iterate, view: View) -> Iterator[Window]:
    """Yield the window of a loop over a live container whose body gives way and comes back for more."""
    source = view.cursor.value(op.iterable)
    if source.live is None:
        return
    inside = suspensions_in(graph, view.cursor.block)
    for reading in source.readings:
        if reading.path == source.live and reading.slept is not None and inside:
            under = view.callers_locks(reading)
            if under is None:
                continue
            slept = reading.slept if reading.slept in inside else min(inside)
            kept = reading if slept == reading.slept else asleep(reading, slept)
            yield Window("iteration", source.live, kept, op.at, under=under)
