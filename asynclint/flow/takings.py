"""Takings: what the task itself has put in, and takes out behind a suspension as if nobody else could have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class _Put:
    """Where an element was put in: the block and its op, and the exclusions in force."""

    block: int
    at: int
    held: frozenset[int]


def takings(solved: Solved) -> Iterator[tuple[Window, frozenset[Path]]]:
    """Yield the removals, which raise where the element is gone, of what this task has put in before it gave way.

    With each goes what has been looked at since then: who takes it out may say so there.
    """
    puts: dict[Path, list[_Put]] = defaultdict(list)
    outs: list[tuple[int, Cursor, Written]] = []
    for number, block, moments in solved.blocks():
        for _, cursor, wrote in moments:
            if wrote is None or wrote.container is None or wrote.path == wrote.container:
                continue
            if wrote.how == "item" or wrote.method in PUTTING:
                held = frozenset(hold.acquired for hold in cursor.held)
                puts[wrote.path].append(_Put(number, wrote.at, held))
            elif _takes(wrote) and not forgiven(solved.graph, block.handler, FORGIVING):
                outs.append((number, cursor, wrote))
    for number, cursor, wrote in outs:
        for put in puts.get(wrote.path, ()):
            yield from _taken(solved, number, cursor, wrote, put)


def _takes(wrote: Written) -> bool:
    """Tell whether a write takes out one element, and raises where it is not there."""
    return not wrote.atomic and (wrote.how == "delete item" or (wrote.how == "mutate" and wrote.method in TAKING))


def _taken(
    solved: Solved, number: int, cursor: Cursor, wrote: Written, put: _Put
) -> Iterator[tuple[Window, frozenset[Path]]]:
    """Yield the window between where an element was put in and where it is taken out, if all ways there pass it."""
    if number != put.block and not solved.scope.deciding.dominates(put.block, number):
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
