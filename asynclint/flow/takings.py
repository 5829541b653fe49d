"""Takings: what the task itself has put in, and takes out behind a suspension as if nobody else could have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from asynclint.flow.cursor import Cursor
from asynclint.flow.outcomes import forgiven
from asynclint.flow.staleness import Solved
from asynclint.flow.ways import pause_between
from asynclint.flow.windows import FORGIVING, Window
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path

PUTTING = frozenset(("add", "append", "appendleft"))
TAKING = frozenset(("remove", "pop"))
READING = frozenset((
    "empty", "full", "qsize", "get_nowait", "put_nowait", "locked", "release", "is_set", "set", "clear", "done",
    "cancelled", "result", "exception", "set_result", "set_exception", "notify", "notify_all", "notifyAll",
))  # fmt: skip
"""Methods of queues, locks, events and futures that leave nothing there from which others could tell who is at work."""


@dataclass(frozen=True, slots=True)
class _Put:
    """Where an element was put in: the block and its op, and the exclusions in force.

    `shared`: only if none stood there, so it may be another run's.
    """

    block: int
    at: int
    held: frozenset[int]
    shared: bool


def takings(solved: Solved) -> Iterator[tuple[Window, frozenset[Path]]]:
    """Yield the removals, which raise where the element is gone, of what this task has put in before it gave way.

    With each goes what has been looked at since then: who takes it out may say so there.
    """
    puts, outs = _gathered(solved)
    for number, cursor, wrote in outs:
        if any(_is_just_put(solved, number, wrote, put) for put in puts[wrote.path]):
            continue
        for put in puts[wrote.path]:
            if not put.shared:
                yield from _taken(solved, number, cursor, wrote, put)


def shared_takings(solved: Solved) -> Iterator[Window]:
    """Yield the removals, which raise where the element is gone, of what is put in only where none stands there.

    Whoever comes in between works with the same element, and takes it out as well. Where a run leaves word of itself
    in the element, the others may see by that that it is in use.
    """
    puts, outs = _gathered(solved)
    moments = (moment for _, _, moments in solved.blocks() for moment in moments)
    marked = {path for op, cursor, wrote in moments for path in _told(op, cursor, wrote)}
    for number, cursor, wrote in outs:
        for put in puts[wrote.path] if wrote.path not in marked else ():
            if put.shared:
                yield from (window for window, _ in _taken(solved, number, cursor, wrote, put))


def _gathered(solved: Solved) -> tuple[Mapping[Path, list[_Put]], list[tuple[int, Cursor, Written]]]:
    """Return by their paths where elements are put in, and the removals that raise where the element is gone."""
    puts: dict[Path, list[_Put]] = defaultdict(list)
    outs: list[tuple[int, Cursor, Written]] = []
    for number, block, moments in solved.blocks():
        for _, cursor, wrote in moments:
            if wrote is None or wrote.container is None or wrote.path == wrote.container:
                continue
            shared = wrote.method == "setdefault"
            if shared or wrote.how == "item" or wrote.method in PUTTING:
                held = frozenset(hold.acquired for hold in cursor.held)
                puts[wrote.path].append(_Put(number, wrote.at, held, shared))
            elif _takes(wrote) and not forgiven(solved.graph, block.handler, FORGIVING):
                outs.append((number, cursor, wrote))
    return puts, outs


def _told(op: ops.Op, cursor: Cursor, wrote: Written | None) -> Iterator[Path]:
    """Yield the state in which an op may leave word of this run: what is changed in it, or told by a method."""
    if isinstance(op, ops.Call) and op.receiver is not None and not op.awaited and op.method not in READING:
        place = cursor.value(op.receiver).place
        if place is not None:
            yield place
    if wrote is not None:
        yield from (replace(wrote.path, steps=wrote.path.steps[:cut]) for cut in range(1, len(wrote.path.steps)))
        if wrote.how == "mutate" and wrote.path == wrote.container:
            yield wrote.path


def _takes(wrote: Written) -> bool:
    """Tell whether a write takes out one element, and raises where it is not there."""
    return not wrote.atomic and (wrote.how == "delete item" or (wrote.how == "mutate" and wrote.method in TAKING))


def _is_just_put(solved: Solved, number: int, wrote: Written, put: _Put) -> bool:
    """Tell whether an element was put in on every way to where it is taken out, in the same turn."""
    if not _always_put(solved, number, put) or (number == put.block and put.at > wrote.at):
        return False
    renamed = _is_renamed(solved.graph, wrote.path, put.at, wrote.at)
    return not renamed and pause_between(solved.graph, put.at, wrote.at) is None


def _always_put(solved: Solved, number: int, put: _Put) -> bool:
    """Tell whether every way to a block passes where an element was put in."""
    return number == put.block or solved.scope.deciding.dominates(put.block, number)


def _taken(
    solved: Solved, number: int, cursor: Cursor, wrote: Written, put: _Put
) -> Iterator[tuple[Window, frozenset[Path]]]:
    """Yield the window between where an element was put in and where it is taken out, if all ways there pass it."""
    if not _always_put(solved, number, put):
        return
    if put.held & {hold.acquired for hold in cursor.held} or _is_renamed(solved.graph, wrote.path, put.at, wrote.at):
        return
    slept = pause_between(solved.graph, put.at, wrote.at)
    if slept is None:
        return
    fresh = {guard.reading.path for guard in cursor.guards if guard.reading.slept is None}
    if wrote.path in fresh or wrote.container in fresh:
        return  # it is looked for again
    reading = solved.scope.pool.reading(wrote.path, put.at, slept)
    yield Window("control", wrote.path, reading, wrote.at, wrote), frozenset(fresh)


def _is_renamed(graph: Graph, path: Path, first: int, last: int) -> bool:
    """Tell whether a key means another element by then: a variable that it is made of is assigned in between."""
    return bool(path.names) and any(
        getattr(op, "into", None) in path.names and first < op.at < last and not isinstance(op, ops.Forget)
        for block in graph.blocks
        for op in block.ops
    )
