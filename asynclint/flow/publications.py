"""Publications: state that is set while what it stands for is still to be awaited, and what other tasks do with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from asynclint.flow.cursor import Cursor
from asynclint.flow.staleness import Solved
from asynclint.flow.transfer import OBJECT, RECORD, constant_of
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import excludes
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path

Place = tuple[int, int]
PUTTING = frozenset(("add", "setdefault"))


@dataclass(frozen=True, slots=True)
class Work:
    """An awaited call: at which suspension, of what, on which object, and the locks that are held meanwhile.

    `names` are the variables and `places` the state that the call is made on or given.
    """

    at: int
    block: int
    method: str
    callee: str
    call: int
    receiver: Path | None
    names: frozenset[str]
    places: frozenset[Path]
    locks: frozenset[int]
    calm: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """A store that other tasks can see, and what the task awaits after it on normal ways.

    `checks` are those of the state that every way here has passed and that let nobody else pass from now on; `fresh`
    tells that a new object is stored, `value` is the constant else. `works` come before the state is written again;
    `again`: it is, on some way. `later` are the places that are written once the task has given way.
    """

    path: Path
    container: Path | None
    at: int
    block: int
    fresh: bool
    value: str
    checks: tuple[Guard, ...]
    locks: frozenset[int]
    works: tuple[Work, ...]
    again: bool
    later: frozenset[Path]


@dataclass(slots=True)
class _Notes:
    """What the ops of a graph do, by block and place in the block."""

    works: dict[Place, Work] = field(default_factory=dict)
    writes: dict[Place, Written] = field(default_factory=dict)
    begun: dict[Place, tuple[tuple[Guard, ...], frozenset[int], frozenset[str]]] = field(default_factory=dict)


def publications(solved: Solved) -> Iterator[Publication]:
    """Yield the stores after which something is awaited on a normal way."""
    notes = _noted(solved)
    for start, (checks, locks, names) in notes.begun.items():
        wrote = notes.writes[start]
        works, again, later = _after(solved.graph, notes, start, {guard.test: guard.edge for guard in checks})
        if not works:
            continue
        own = tuple(
            work if not (work.names & names or wrote.path in work.places) else _of(work, wrote.path) for work in works
        )
        value = constant_of(wrote.value) if wrote.how == "store" else ""
        new = wrote.value.fresh and wrote.value.form in ("", OBJECT, RECORD)
        fresh = wrote.how in ("store", "item") and new and not value
        yield Publication(
            wrote.path, wrote.container, wrote.at, start[0], fresh, value, checks, locks, own, again, later
        )  # fmt: skip


def _of(work: Work, path: Path) -> Work:
    return Work(
        work.at, work.block, work.method, work.callee, work.call, path, work.names, work.places, work.locks, work.calm
    )  # fmt: skip


def _noted(solved: Solved) -> _Notes:
    notes = _Notes()
    for number, block, moments in solved.blocks():
        calls: dict[ops.Var, tuple[ops.Call, Path | None, frozenset[Path]]] = {}
        entered: ops.Enter | None = None
        for place, (op, cursor, wrote) in enumerate(moments):
            here = (number, place)
            match op:
                case ops.Call() | ops.Mutate():
                    call = op.call if isinstance(op, ops.Mutate) else op
                    calls[call.into] = (call, _place(cursor, call.receiver), _given(cursor, call))
                case ops.Enter():
                    entered = op
                case ops.Suspend():
                    following = block.ops[place + 1] if place + 1 < len(block.ops) else None
                    calm = isinstance(following, ops.Acquire)
                    notes.works[here] = _work(cursor, op, calls, entered, calm)
                case _:
                    pass
            if wrote is not None:
                notes.writes[here] = wrote
                if _publishes(wrote):
                    notes.begun[here] = (_closed(cursor, wrote), _locks(cursor), _aliases(cursor, op))
    return notes


def _publishes(wrote: Written) -> bool:
    return wrote.how in ("store", "item") or (wrote.how == "mutate" and wrote.method in PUTTING)


def _locks(cursor: Cursor) -> frozenset[int]:
    return frozenset(hold.acquired for hold in cursor.held if hold.flag is None)


def _place(cursor: Cursor, var: ops.Var | None) -> Path | None:
    return cursor.value(var).place if var is not None else None


def _given(cursor: Cursor, call: ops.Call) -> frozenset[Path]:
    found = (cursor.value(var).place for var in (*call.args, *(var for _, var in call.keywords)))
    return frozenset(path for path in found if path is not None)


def _aliases(cursor: Cursor, op: ops.Op) -> frozenset[str]:
    """Return the locals that hold the very object that is stored."""
    if not isinstance(op, ops.StoreAttr | ops.StoreItem):
        return frozenset()
    value = cursor.env.get(op.value)
    if value is None or not value.fresh:
        return frozenset()
    return frozenset(var for var, other in cursor.env.items() if other is value and not var.startswith("%"))


def _closed(cursor: Cursor, wrote: Written) -> tuple[Guard, ...]:
    """Return the checks of what is written that have let this task through and that others find closed from now on."""
    constant = constant_of(wrote.value) if wrote.how == "store" else ""
    found = [
        guard
        for guard in cursor.guards
        if guard.reading.path == wrote.path
        and excludes(guard, constant)
        and cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)
    ]
    return tuple(sorted(found, key=lambda guard: (guard.reading.at, guard.test)))


def _work(
    cursor: Cursor,
    op: ops.Suspend,
    calls: Mapping[ops.Var, tuple[ops.Call, Path | None, frozenset[Path]]],
    entered: ops.Enter | None,
    calm: bool,
) -> Work:
    locks = _locks(cursor)
    if op.kind == "async with" and entered is not None:
        context = _place(cursor, entered.context)
        names, places = frozenset((entered.context,)), frozenset(() if context is None else (context,))
        return Work(op.at, cursor.block, "__aenter__", "", op.at, context, names, places, locks, calm)
    known = calls.get(op.value or "")
    if known is None:
        waited = _place(cursor, op.value)
        places = frozenset(() if waited is None else (waited,))
        return Work(op.at, cursor.block, "", "", op.at, None, frozenset(), places, locks, calm=True)
    call, receiver, given = known
    inner = next((calls[arg] for arg in call.args if arg in calls), None)
    if inner is not None and call.method in WRAPPING:
        call, receiver, given = inner
    names = frozenset(filter(None, (call.receiver, *call.args)))
    callee = f"{receiver}.{call.method}" if receiver is not None else call.callee
    places = given if receiver is None else given | {receiver}
    return Work(op.at, cursor.block, call.method, callee, call.at, receiver, names, places, locks, calm)


WRAPPING = frozenset(("wait_for", "shield", "gather"))
"""Calls whose await is that of the call they are given."""


def _after(
    graph: Graph, notes: _Notes, start: Place, closed: Mapping[int, bool]
) -> tuple[tuple[Work, ...], bool, frozenset[Path]]:
    """Follow the normal ways from a store to the next write of the same state.

    A test in `closed`, when it is made again, comes out the other way than it did before the store.
    """
    path = notes.writes[start].path
    works: dict[int, Work] = {}
    later: set[Path] = set()
    again = False
    seen: set[tuple[int, bool]] = set()
    pending = [(start[0], start[1] + 1, False)]
    while pending:
        number, begin, slept = pending.pop(0)
        if begin == 0 and (number, slept) in seen:
            continue
        seen.add((number, slept))
        block = graph.blocks[number]
        for place in range(begin, len(block.ops)):
            wrote = notes.writes.get((number, place))
            if wrote is not None and _covers(wrote, path):
                again = True
                break
            if wrote is not None and slept:
                later.add(wrote.path)
            work = notes.works.get((number, place))
            if work is not None:
                works.setdefault(work.at, work)
                slept = True
        else:
            if not (block.ops and isinstance(block.ops[-1], ops.Raise)):
                ways = block.successors
                if number in closed and len(ways) == 2:
                    ways = ways[1:] if closed[number] else ways[:1]
                pending.extend((way, 0, slept) for way in ways)
    return tuple(works.values()), again, frozenset(later)


def _covers(wrote: Written, path: Path) -> bool:
    steps = wrote.path.steps
    if wrote.path.root != path.root:
        return False
    return path.steps[: len(steps)] == steps or (
        wrote.method in ("clear", "discard", "remove", "pop") and wrote.container == path.parent
    )
