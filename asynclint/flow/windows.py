"""Windows: a read or check of state, a suspension, and a dependent write that nothing protects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from asynclint.flow.agreement import differing
from asynclint.flow.chosen import chosen
from asynclint.flow.control import Control
from asynclint.flow.cursor import Cursor
from asynclint.flow.looks import decides, missing, nearest, sole
from asynclint.flow.outcomes import forgiven
from asynclint.flow.staleness import Solved
from asynclint.flow.values import Guard, Hold, Reading
from asynclint.flow.values import slept as asleep
from asynclint.flow.ways import place_of, sleeps_before, suspensions_in
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path

WindowKind = Literal["data", "receiver", "index", "control", "restore", "iteration", "drain", "use"]


@dataclass(frozen=True, slots=True)
class Window:
    """State read or checked, a suspension, and a write that still trusts it.

    `path` is the state; `reading` says where it was read and where the task first slept; `guard` is the stale check
    of a `control` window; `at` is the dependent write, or the loop of an `iteration`, for which
    `under` are the locks that all callers hold throughout: whoever changes the container without them still breaks it.
    `holds` are the locks under which what is written was looked at again: who has one of them changes nothing either.
    `absent`: just before the write there is no such key, so that only who takes keys away can have changed it.
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
    graph = solved.graph
    for _, block, moments in solved.blocks():
        for op, cursor, wrote in moments:
            if isinstance(op, ops.Iterate) and not op.is_async:
                yield from _iteration(graph, op, cursor)
            if wrote is None:
                continue
            view = _View(cursor)
            if wrote.how == "delete item" or wrote.method in RAISES:
                wrote = replace(wrote, atomic=wrote.atomic or forgiven(graph, block.handler, FORGIVING))
            yield from _data(view, wrote)
            yield from _control(view, wrote)
            for guard, anew in chosen(graph, cursor, op, wrote):
                yield Window("control", wrote.path, guard.reading, wrote.at, anew, guard)


FORGIVING = ("KeyError", "IndexError", "LookupError", "ValueError", "Exception")
RAISES = ("remove", "pop", "popleft", "popitem")


@dataclass(frozen=True, slots=True)
class _View:
    """What holds just before a write."""

    cursor: Cursor

    def protected(self, reading: Reading) -> bool:
        """Tell whether one acquisition has lasted from the reading to here."""
        return any(hold.acquired in reading.spans for hold in self.cursor.held)

    def callers_locks(self, reading: Reading) -> frozenset[str] | None:
        """Return the locks that the callers hold from the reading to here; None if the function holds one itself."""
        holds = [hold for hold in self.cursor.held if hold.acquired in reading.spans]
        return frozenset(hold.lock for hold in holds) if all(hold.of_callers for hold in holds) else None

    def deciding(self, guards: Iterable[Guard]) -> list[Guard]:
        """Return those of some checks that decide whether, or when, this block runs."""
        deciding, block = self.cursor.scope.deciding, self.cursor.block
        return [g for g in guards if deciding.depends(block, g.test, g.edge) or deciding.awaits(g.test, g.edge)]

    def settled(self, guards: Iterable[Guard]) -> list[Guard]:
        """Return those of some checks that every way here has passed with one outcome.

        Those are the checks that decide, and those of a loop's end.
        """
        deciding, block = self.cursor.scope.deciding, self.cursor.block
        return [g for g in guards if deciding.settles(g.test, g.edge, block)]

    def passed(self) -> list[Guard]:
        """Return the checks that every way here has passed with one outcome."""
        return self.settled(self.cursor.guards)


def _valid(view: _View, guards: list[Guard]) -> list[Guard]:
    """Return the checks that still hold on every way here."""
    stale = {(g.test, g.reading.at) for g in guards if g.reading.slept is not None and not view.protected(g.reading)}
    return [guard for guard in guards if (guard.test, guard.reading.at) not in stale]


def _compared(view: _View, guards: list[Guard], stale: Reading | None) -> bool:
    """Tell whether a compare-and-set decides: a test of fresh state against what was read of it before.

    For a data window the comparison must be with the stale reading itself or with other state (a version counter).
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
            if stale is None or old.reading.at == stale.at or old.reading.path != stale.path:
                return True
    return False


def _pinned(view: _View, guards: list[Guard], stale: Reading, at: int) -> bool:
    """Tell whether one check let a stale reading be one value alone, and is made again: what was read is there now.

    Where the first check came out otherwise, the task must not have given way: the reading is fresh there. Where the
    value is made of the reading on some ways only, it is as good as any other on the others.
    """
    if stale.rewritten:
        return False
    now = {sole(g) for g in _valid(view, guards) if g.reading.path == stale.path} - {""}
    return any(
        g.reading.path == stale.path
        and g.reading.slept == stale.slept
        and sole(g) in now
        and _first_checked(view.cursor.scope.deciding, g, stale, at)
        for g in view.cursor.guards
    )


def _first_checked(deciding: Control, guard: Guard, stale: Reading, at: int) -> bool:
    """Tell whether every way from a reading to a write that gives way had passed a check before it did."""
    block, _ = place_of(deciding.graph, stale.at)
    if block != guard.test and deciding.settles(guard.test, guard.edge, block):
        return True
    return not sleeps_before(deciding.graph, stale.at, guard.test, guard.edge, at)


def _data(view: _View, wrote: Written) -> Iterator[Window]:
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


def _torn(view: _View, wrote: Written, readings: list[Reading], kind: WindowKind) -> Iterator[Window]:
    stale = {reading.at for reading in readings if reading.slept is not None}
    if not stale:
        return
    if any(reading.slept is None and reading.certain and reading.at not in stale for reading in readings):
        return
    guards = view.passed()
    for reading in readings:
        if reading.slept is None or view.protected(reading) or _compared(view, guards, reading):
            continue
        if _pinned(view, guards, reading, wrote.at):
            continue
        restored = kind == "data" and wrote.value.source == wrote.path
        absent = any(missing(guard, reading.path) for guard in _valid(view, guards))
        yield Window("restore" if restored else kind, wrote.path, reading, wrote.at, wrote, absent=absent)


def _control(view: _View, wrote: Written) -> Iterator[Window]:
    if wrote.atomic:
        return
    about = [guard for guard in view.cursor.guards if decides(guard, wrote)]
    if all(guard.reading.slept is None for guard in about) or _swapped(view, wrote):
        return
    settled = view.settled(about)
    # Of several that tell the same, what asks whether something is there is told, and the nearest of them.
    about = sorted({*view.deciding(about), *settled}, key=nearest)
    if not about or _valid(view, settled) or _compared(view, view.passed(), None):
        return
    again = _rechecked(view, about)
    if again is not None and not again:
        return
    for guard in about:
        if guard.reading.slept is None or view.protected(guard.reading) or _repeated(view, guard, settled):
            continue
        if not _asked_again(view, guard):
            yield Window("control", wrote.path, guard.reading, wrote.at, wrote, guard, holds=again or frozenset())


def _repeated(view: _View, guard: Guard, settled: list[Guard]) -> bool:
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


def _rechecked(view: _View, about: list[Guard]) -> frozenset[Hold] | None:
    """Return under which locks a condition of several checks is made again on every way here; None if it is not.

    Under none, where nothing gives way behind it. What it finds stays so only for those who take one of the locks.
    """
    fresh = view.deciding(_valid(view, about))
    outcomes = {(guard.test, guard.edge) for guard in fresh}
    fresh = [guard for guard in fresh if (guard.test, not guard.edge) not in outcomes]
    if _cut(view, fresh, None):
        return frozenset()
    return frozenset(hold for hold in view.cursor.held if _cut(view, fresh, hold)) or None


def _cut(view: _View, guards: list[Guard], hold: Hold | None) -> bool:
    """Tell whether every way here has passed one of several outcomes since the task gave way, or under a lock."""
    found = frozenset(
        (guard.test, guard.edge)
        for guard in guards
        if guard.reading.slept is None or (hold is not None and hold.acquired in guard.reading.spans)
    )
    return len(found) > 1 and view.cursor.scope.deciding.cuts(found, view.cursor.block)


def _asked_again(view: _View, stale: Guard) -> bool:
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


def _swapped(view: _View, wrote: Written) -> bool:
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


def _iteration(graph: Graph, op: ops.Iterate, cursor: Cursor) -> Iterator[Window]:
    """Yield the window of a loop over a live container whose body gives way and comes back for more."""
    source = cursor.value(op.iterable)
    if source.live is None:
        return
    view = _View(cursor)
    inside = suspensions_in(graph, cursor.block)
    for reading in source.readings:
        if reading.path == source.live and reading.slept is not None and inside:
            under = view.callers_locks(reading)
            if under is None:
                continue
            slept = reading.slept if reading.slept in inside else min(inside)
            kept = reading if slept == reading.slept else asleep(reading, slept)
            yield Window("iteration", source.live, kept, op.at, under=under)
