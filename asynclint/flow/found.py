"""Elements that a task has looked up without a check, and looks up again behind a suspension: it was there once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.flow.cursor import Cursor
from asynclint.flow.outcomes import forgiven
from asynclint.flow.staleness import Solved
from asynclint.flow.transfer import extend, key_of
from asynclint.flow.uses import GONE
from asynclint.flow.values import Guard
from asynclint.flow.ways import pause_between
from asynclint.flow.windows import Window
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import ANY_KEY, Attr, Key, Path


@dataclass(frozen=True, slots=True)
class _Look:
    """Where an element is looked up as if it were there: the block and the op, and the exclusions in force."""

    block: int
    at: int
    held: frozenset[int]
    asked: bool
    wrote: Written | None = None
    """The removal, where it is one."""


def found_uses(solved: Solved) -> Iterator[Window]:
    """Yield the lookups and removals of an element that only an earlier lookup, before a suspension, says is there.

    Followed are keys that the function is given: others have them as well. Those out of a copy are another matter.
    """
    looks: dict[Path, list[_Look]] = defaultdict(list)
    put: set[Path] = set()
    given = solved.live.before(solved.graph.entry)
    for number, block, moments in solved.blocks():
        for op, cursor, wrote in moments:
            if wrote is not None and (wrote.how in ("store", "item") or wrote.method == "setdefault"):
                put.add(wrote.path)
            removed = wrote if wrote is not None and _removes(wrote) else None
            path = removed.path if removed is not None else _looked_up(op, cursor)
            if path is None or not _is_followed(path, given) or forgiven(solved.graph, block.handler, GONE):
                continue
            held = frozenset(hold.acquired for hold in cursor.held)
            asked = any(_asks(guard, path) for guard in cursor.guards)
            looks[path].append(_Look(number, op.at, held, asked, removed))
    for path, every in looks.items():
        if path not in put and path.parent not in put:
            beside = [look for other in looks if _goes_with(other, path) for look in looks[other]]
            yield from _again(solved, path, every, beside)


def _looked_up(op: ops.Op, cursor: Cursor) -> Path | None:
    """Return the element of an attribute that an op looks up, and that raises where there is none."""
    if not isinstance(op, ops.LoadItem) or ":" in op.text:
        return None
    return extend(cursor.value(op.base).place, key_of(op.text, op.names, op.key, cursor))


def _asks(guard: Guard, path: Path) -> bool:
    """Tell whether a check is about an element, or by the same key about what goes with it, since the last pause."""
    about = guard.reading.path
    return about in (path, path.parent) or (guard.reading.slept is None and about.steps[-1:] == path.steps[-1:])


def _removes(wrote: Written) -> bool:
    """Tell whether a write takes out an element, and raises where there is none."""
    return wrote.how == "delete item" or (wrote.method == "pop" and not wrote.atomic)


def _is_followed(path: Path, given: frozenset[ops.Var]) -> bool:
    """Tell whether it is an element of an attribute by a key that the function is given."""
    if path.kind != "self" or path.steps[1:] == (ANY_KEY,) or tuple(map(type, path.steps)) != (Attr, Key):
        return False
    return bool(path.names) and path.names <= given


def _goes_with(other: Path, path: Path) -> bool:
    """Tell whether two elements stand in two containers under one key."""
    return other != path and other.steps[-1:] == path.steps[-1:]


def _precedes(solved: Solved, earlier: _Look, later: _Look) -> bool:
    if earlier.at >= later.at:
        return False
    return earlier.block == later.block or solved.scope.deciding.dominates(earlier.block, later.block)


def _again(solved: Solved, path: Path, every: list[_Look], beside: list[_Look]) -> Iterator[Window]:
    for later in every:
        # What goes with it was just there, or it would not have come to this.
        known = (look for look in beside if _precedes(solved, look, later))
        if later.asked or any(pause_between(solved.graph, look.at, later.at) is None for look in known):
            continue
        for earlier in every:
            if earlier.wrote is not None or earlier.held & later.held or not _precedes(solved, earlier, later):
                continue
            slept = pause_between(solved.graph, earlier.at, later.at)
            if slept is not None and not _is_renamed(solved.graph, path, earlier.at, later.at):
                yield Window("use", path, solved.scope.pool.reading(path, earlier.at, slept), later.at, later.wrote)
                return


def _is_renamed(graph: Graph, path: Path, first: int, last: int) -> bool:
    """Tell whether a variable that a key is made of is assigned between two ops."""
    return any(
        getattr(op, "into", None) in path.names and first < op.at < last and not isinstance(op, ops.Forget)
        for block in graph.blocks
        for op in block.ops
    )
