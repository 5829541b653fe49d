"""What a task has out of a shared container and gives back to it: an await in between may keep it from doing so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.flow.leaks import FAILURES, Failure, Place, beyond
from asynclint.flow.liveness import variables
from asynclint.flow.moves import origins
from asynclint.flow.staleness import Solved
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph
from asynclint.ir.places import Path

GIVING = frozenset(("append", "appendleft", "add", "put", "put_nowait"))
TAKING = frozenset(("pop", "popleft", "get", "get_nowait"))
LENDING = frozenset(("acquire", "acquire_connection", "get_connection", "getconn", "check_out", "checkout", "borrow"))
RETURNING = frozenset((
    "release", "release_connection", "putconn", "return_connection", "check_in", "checkin", "give_back",
))  # fmt: skip
"""Methods of an object that lends others, and by which it gets them back, told which one it is."""


@dataclass(frozen=True, slots=True)
class Loan:
    """An object that is out of a container `path` and is put back there at `given`, and an await that may fail before.

    `taken` is the op that takes it out; None if it came as an argument. `used`: what fails is a use of the object.
    `booked`: it was taken out of another container before, which says that it is in use. `lent`: it is a loan by the
    names of the methods.
    """

    path: Path
    taken: int | None
    failed: int
    given: int
    cause: Failure
    used: bool
    booked: bool
    lent: bool


@dataclass(frozen=True, slots=True)
class _Exchange:
    """An op that puts a variable into a container, or takes out what a variable then holds."""

    place: Place
    path: Path
    var: ops.Var
    at: int
    lent: bool


def loans(solved: Solved, given: frozenset[ops.Var], quiet: frozenset[int]) -> Iterator[Loan]:
    """Yield for each object that is given back the first await that can keep it out, an error before a cancellation.

    `given` are the parameters that may hold what the caller gives back; of the suspensions in `quiet` only a
    cancellation ends one early.
    """
    puts, takes = _exchanges(solved)
    for put in puts:
        same = origins(solved.graph, put.var, awaits=True)
        taken = [take for take in takes if take.path == put.path and take.var in same and take.lent == put.lent]
        starts: list[tuple[Place, int | None]] = [(take.place, take.at) for take in taken]
        if not taken and same & given:
            starts = [((solved.graph.entry, -1), None)]
        names = _holding(solved.graph, same)
        backs = {one.place for one in puts if one.path == put.path and one.var in names}
        booked = _is_booked(solved.graph, names)
        for start, at in starts:
            loan = _lost(solved.graph, start, backs, names, quiet)
            if loan is not None:
                failed, given_at, cause, used = loan
                yield Loan(put.path, at, failed, given_at, cause, used, booked, put.lent)


def _exchanges(solved: Solved) -> tuple[list[_Exchange], list[_Exchange]]:
    puts: list[_Exchange] = []
    takes: list[_Exchange] = []
    for number, block, moments in solved.blocks():
        for index, (op, cursor, _) in enumerate(moments):
            call = op.call if isinstance(op, ops.Mutate) else op
            if not isinstance(call, ops.Call) or call.receiver is None:
                continue
            path = cursor.value(call.receiver).place
            if path is None or not path.steps or path.kind != "self":
                continue
            if call.method in GIVING | RETURNING and len(call.args) == 1:
                puts.append(_Exchange((number, index), path, call.args[0], op.at, call.method in RETURNING))
            elif call.method in LENDING or (call.method in TAKING and len(call.args) + len(call.keywords) < 2):
                had = _had(block, number, index, call)
                takes.append(_Exchange(had, path, call.into, op.at, call.method in LENDING))
    return puts, takes


def _had(block: Block, number: int, index: int, call: ops.Call) -> Place:
    """Return where an object has been taken out: behind the await, if it is awaited."""
    for later in range(index, len(block.ops)):
        op = block.ops[later]
        if isinstance(op, ops.Suspend) and op.value == call.into:
            return number, later
    return number, index


def _holding(graph: Graph, held: frozenset[ops.Var]) -> frozenset[ops.Var]:
    """Return the variables that may hold the same as some others, or what hangs off it."""
    every = [op for block in graph.blocks for op in block.ops]
    found = set(held)
    before = 0
    while before != (before := len(found)):
        for op in every:
            match op:
                case ops.Move(into, source, _) if source in found:
                    found.add(into)
                case ops.LoadAttr(into, base, _, _) if base in found:
                    found.add(into)
                case _:
                    pass
    return frozenset(found)


def _is_booked(graph: Graph, names: frozenset[ops.Var]) -> bool:
    """Tell whether an object is taken by itself out of a container."""
    calls = (op.call for block in graph.blocks for op in block.ops if isinstance(op, ops.Mutate))
    return any(call.method in ("remove", "discard") and not names.isdisjoint(call.args) for call in calls)


def _lost(
    graph: Graph, start: Place, backs: set[Place], names: frozenset[ops.Var], quiet: frozenset[int]
) -> tuple[int, int, Failure, bool] | None:
    """Return the await whose failure leaves the object out, what is skipped then, by what failure, and whether it is a
    use of the object.
    """
    normal, found = _until(graph, start, backs)
    for cause in FAILURES:
        for number, index in found:
            op = graph.blocks[number].ops[index]
            if cause == "error" and op.at in quiet:
                continue
            back = _back(graph, (number, index), backs)
            if back is None or _minded(graph, number, cause, normal, names):
                continue
            call = graph.blocks[number].calls.get(op.value or "") if isinstance(op, ops.Suspend) else None
            return op.at, back, cause, call is not None and not names.isdisjoint(variables(call))
    return None


def _until(graph: Graph, start: Place, backs: set[Place]) -> tuple[set[int], list[Place]]:
    """Return the blocks and the suspensions that normal ways come to before the object is put back."""
    seen: set[int] = set()
    found: dict[Place, None] = {}
    pending = [(start[0], start[1] + 1)]
    while pending:
        number, begin = pending.pop(0)
        ops_here = graph.blocks[number].ops
        for index in range(begin, len(ops_here)):
            if (number, index) in backs:
                break
            if isinstance(ops_here[index], ops.Suspend):
                found[number, index] = None
        else:
            pending.extend((way, 0) for way in graph.blocks[number].successors if way not in seen)
            seen.update(graph.blocks[number].successors)
    return seen | {start[0]}, list(found)


def _back(graph: Graph, start: Place, backs: set[Place]) -> int | None:
    """Return what puts the object back behind an await, if that is done on every way on which nothing is raised."""
    seen: set[int] = set()
    found: list[int] = []
    pending = [(start[0], start[1] + 1)]
    while pending:
        number, begin = pending.pop()
        if number == graph.exit:
            return None
        block = graph.blocks[number]
        put = [block.ops[index].at for index in range(begin, len(block.ops)) if (number, index) in backs]
        if put:
            found.append(put[0])
            continue
        if block.ops and isinstance(block.ops[-1], ops.Raise):
            continue
        pending.extend((way, 0) for way in block.successors if way not in seen)
        seen.update(block.successors)
    return min(found, default=None)


def _minded(graph: Graph, number: int, cause: Failure, normal: set[int], names: frozenset[ops.Var]) -> bool:
    """Tell whether what deals with a failure does anything with the object, or counts it out."""
    seen: set[int] = set()
    pending = [graph.blocks[number].handler]
    while pending:
        current = pending.pop()
        if current in seen or current in (graph.exit, graph.raised):
            continue
        if current in normal:
            return True  # it goes on as if nothing had failed
        seen.add(current)
        for op in graph.blocks[current].ops:
            if not names.isdisjoint(variables(op)) or isinstance(op, ops.StoreAttr | ops.StoreItem):
                return True
        pending.extend(beyond(graph.blocks[current], cause))
    return False
