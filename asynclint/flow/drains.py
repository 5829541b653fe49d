"""Drains: state whose content is taken and worked on over a suspension, and that is then emptied whatever is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from asynclint.flow.cursor import Cursor
from asynclint.flow.emptying import emptied_by, may_empty, nothing
from asynclint.flow.staleness import Solved
from asynclint.flow.values import NO_SPANS, Hold, Pool, Reading
from asynclint.flow.verdicts import COUNTING
from asynclint.flow.windows import taken_over
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path

ASKING = frozenset((
    "len", "bool", "isinstance", "id", "type", "print", "hasattr", "any", "all", "callable", "repr",
    "wait", "wait_for", "gather", "shield",
))  # fmt: skip
"""Functions that are given state and take none of its content along, or only wait for its end."""
LOGGING = frozenset(("debug", "info", "warning", "error", "exception", "critical", "log", "trace", "print_verbose"))


@dataclass(frozen=True, slots=True)
class Drain:
    """Content that is taken at `taken`, a suspension behind it, and the write that empties the state.

    `asked` is what an awaited call was given directly. `under` are the locks that are held from the one to the other,
    `flags` tells whether a busy flag of this task is up all the while. Without `taken` nothing is taken at all: the
    task gives way, and then empties the state.
    """

    path: Path
    wrote: Written
    slept: int
    taken: int | None
    asked: bool
    under: tuple[Hold, ...]
    flags: bool

    @property
    def reading(self) -> Reading:
        """The taking, as a reading that is stale at the write."""
        return Pool().reading(self.path, self.taken if self.taken is not None else self.slept, self.slept)


@dataclass(frozen=True, slots=True)
class _Event:
    """What an op means to a drain: content is taken, the task sleeps, a lock is taken, or state is written."""

    kind: str
    at: int
    path: Path | None = None
    held: frozenset[Hold] = frozenset()
    asked: bool = False
    wrote: Written | None = None


@dataclass(slots=True)
class _Events:
    """The events of a graph, block by block, and the ends of what has to be walked."""

    blocks: dict[int, list[_Event]] = field(default_factory=dict)
    emptied: list[tuple[int, int]] = field(default_factory=list)


Using = Callable[[Cursor, ops.Op, dict[ops.Var, ops.Var]], Iterator[Path]]
"""Yields the state that an op works on; the variables by which starred ones are known are handed in."""


def drains(solved: Solved) -> Iterator[Drain]:
    """Yield for each write that empties state how it was reached: one drain for each taking, one without."""
    return emptyings(solved, _taken)


def emptyings(solved: Solved, using: Using) -> Iterator[Drain]:
    """Yield for each write that empties state how it was reached from where it was used."""
    empty = nothing(solved.graph)
    if not any(may_empty(op, empty) for block in solved.graph.blocks for op in block.ops):
        return
    writes = _writes(solved, empty)
    paths = frozenset(event.path for event, emptied in writes.values() if emptied and event.path is not None)
    if not paths:
        return
    events = _collect(solved, using, writes, paths)
    before = _predecessors(solved.graph)
    for block, place in events.emptied:
        yield from _walk(events, before, block, place)


def _predecessors(graph: Graph) -> dict[int, list[int]]:
    before: dict[int, list[int]] = {}
    for number, block in enumerate(graph.blocks):
        for way in block.successors:
            before.setdefault(way, []).append(number)
    return before


def _walk(events: _Events, before: dict[int, list[int]], block: int, place: int) -> Iterator[Drain]:
    """Walk back from a write over every normal way, up to the last taking on it."""
    goal = events.blocks[block][place]
    assert goal.wrote is not None and goal.path is not None
    found: dict[int, tuple[int, _Event]] = {}
    # A lock is taken anew only on a way that leads over its acquisition: one that ends at a taking below it does not.
    locked: dict[int, frozenset[int]] = {}
    # What is held at the last suspension: who gives a lock back just before the write has kept the others out for as
    # long as one that gives it back behind.
    kept: dict[int, frozenset[Hold]] = {}
    seen: set[tuple[int, frozenset[Hold] | None, frozenset[int]]] = set()
    pending: list[tuple[int, int, int | None, frozenset[Hold] | None, frozenset[int]]] = [
        (block, place, None, None, NO_SPANS)
    ]
    while pending:
        number, end, slept, latest, over = pending.pop()
        last, sleeps, behind = _back(events.blocks.get(number, [])[:end], goal.path)
        if sleeps:
            slept, latest = sleeps[-1].at, sleeps[0].held if latest is None else latest
        over |= behind
        if last is None and number == 0:
            last = _Event("take", -1)
        if last is not None:
            if slept is not None and latest is not None and last.kind == "take":
                found.setdefault(last.at, (slept, last))
                locked[last.at] = locked.get(last.at, NO_SPANS) | over
                kept[last.at] = kept.get(last.at, latest) & latest
            continue
        for way in before.get(number, []):
            if (way, latest, over) not in seen:
                seen.add((way, latest, over))
                pending.append((way, len(events.blocks.get(way, [])), slept, latest, over))
    for taken, (at, event) in found.items():
        held = {hold for hold in kept[taken] if hold in event.held and hold.acquired not in locked[taken]}
        under = tuple(sorted((hold for hold in held if hold.flag is None), key=lambda hold: hold.lock))
        busy = any(hold.flag is not None for hold in held)
        yield Drain(goal.path, goal.wrote, at, taken if taken >= 0 else None, event.asked, under, busy)


def _back(events: list[_Event], path: Path) -> tuple[_Event | None, list[_Event], frozenset[int]]:
    """Go back over the events of a block.

    Return the last that is about a path, the suspensions behind it from the last on, and the acquisitions behind it.
    """
    over: frozenset[int] = NO_SPANS
    sleeps: list[_Event] = []
    for event in reversed(events):
        if event.kind == "sleep":
            sleeps.append(event)
        elif event.kind == "acquire":
            over |= {event.at}
        elif event.path == path or (event.kind == "write" and _within(path, event.path)):
            return event, sleeps, over
    return None, sleeps, over


def _within(path: Path, other: Path | None) -> bool:
    """Tell whether a write of another path replaces what a path is part of."""
    return other is not None and other.root == path.root and path.steps[: len(other.steps)] == other.steps


def _collect(
    solved: Solved, using: Using, writes: Mapping[tuple[int, int], tuple[_Event, bool]], paths: frozenset[Path]
) -> _Events:
    """Return what happens in a graph to the paths that are emptied."""
    found = _Events()
    for number, block, moments in solved.blocks():
        events = found.blocks[number] = []
        starred = {op.into: op.args[0] for op in block.ops if isinstance(op, ops.Compute) and op.kind == "star"}
        for place, (op, cursor, _) in enumerate(moments):
            for path in using(cursor, op, starred):
                if path in paths and path.steps:
                    awaited = isinstance(op, ops.Call) and op.awaited
                    events.append(_Event("take", op.at, path, cursor.held, awaited))
            if isinstance(op, ops.Suspend | ops.Acquire):
                events.append(_Event("sleep" if isinstance(op, ops.Suspend) else "acquire", op.at, held=cursor.held))
            elif (number, place) in writes:
                event, emptied = writes[number, place]
                if emptied:
                    found.emptied.append((number, len(events)))
                events.append(event)
    return found


def _writes(solved: Solved, empty: frozenset[ops.Var]) -> dict[tuple[int, int], tuple[_Event, bool]]:
    """Return the writes that replace state, by block and place, and whether they empty it unasked."""
    found: dict[tuple[int, int], tuple[_Event, bool]] = {}
    for number, _, moments in solved.blocks():
        for place, (op, cursor, wrote) in enumerate(moments):
            if wrote is not None:
                stored = op.value if isinstance(op, ops.StoreAttr | ops.StoreItem) else ""
                event = _wrote(cursor, wrote, stored in empty)
                if event is not None:
                    found[number, place] = event
    return found


def _wrote(before: Cursor, wrote: Written, empty: bool) -> tuple[_Event, bool] | None:
    """Return a write that replaces state, and whether it empties it unasked."""
    emptied = emptied_by(wrote, empty)
    if emptied is not None:
        unasked = not _asked_again(before, emptied) and not taken_over(before, emptied)
        return _Event("write", wrote.at, emptied, before.held, wrote=wrote), unasked
    return (_Event("write", wrote.at, wrote.path), False) if wrote.how in ("store", "delete") else None


def _asked_again(cursor: Cursor, path: Path) -> bool:
    """Tell whether a check made since the last suspension decides that state is emptied: it was compared again."""
    return any(
        guard.reading.path == path
        and guard.reading.slept is None
        and (
            guard.form.split(" ")[0] in COMPARING
            or guard.edge == (guard.form == "not")
            or (guard.form == "not in" and guard.edge)
        )
        and cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)
        for guard in cursor.guards
    )


COMPARING = COUNTING | {"is", "in"}


def _taken(cursor: Cursor, op: ops.Op, starred: dict[ops.Var, ops.Var]) -> Iterator[Path]:
    """Yield the state whose content an op takes along."""
    for var in _used(op):
        value = cursor.value(starred.get(var, var) if isinstance(op, ops.New) else var)
        path = value.live or value.place
        if path is not None:
            yield path


def _used(op: ops.Op) -> tuple[ops.Var, ...]:
    """Return the variables whose content an op takes along."""
    match op:
        case ops.Iterate(_, iterable, _, _):
            return (iterable,)
        case ops.Call():
            return _given(op)
        case ops.Mutate(call, _):
            return _given(call)
        case ops.LoadItem(_, base, _, text, _, _):
            return (base,) if ":" in text else ()
        case ops.Compute(_, "+", args, _):
            return args
        case ops.New(_, _, parts, _):
            return parts
        case ops.Move(_, source, _) | ops.StoreItem(_, _, _, _, source, _) | ops.StoreAttr(_, _, source, _):
            return (source,)
        case _:
            return ()


def _given(call: ops.Call) -> tuple[ops.Var, ...]:
    if call.method == "copy" and call.receiver is not None and not call.args:
        return (call.receiver,)
    if call.method in ASKING or call.method in LOGGING:
        return ()
    return (*call.args, *(var for _, var in call.keywords))
