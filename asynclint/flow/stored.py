"""Objects that a task has put in their place itself, and uses behind a suspension as if they were still there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asynclint.flow.awaited import FUTURES
from asynclint.flow.cursor import Cursor
from asynclint.flow.failing import says_nothing
from asynclint.flow.moves import origins
from asynclint.flow.outcomes import forgiven
from asynclint.flow.staleness import Solved
from asynclint.flow.uses import GONE, used
from asynclint.flow.windows import Window
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import ANY_KEY, Attr, Key, Path

NO_TEST = -1


@dataclass(frozen=True, slots=True)
class _Store:
    """A store of an object; `held` are the acquisitions under which it was made."""

    block: int
    at: int
    held: frozenset[int]


def stored_uses(solved: Solved) -> Iterator[Window]:
    """Yield the uses of an attribute's object that only the task's own store from before a suspension says is there."""
    stores = _stores(solved)
    if not stores:
        return
    for number, block, moments in solved.blocks():
        if forgiven(solved.graph, block.handler, GONE):
            continue
        for op, cursor, _ in moments:
            path = used(cursor, op)
            if path is None or path not in stores or _is_asked(cursor, path):
                continue
            slept = _stale(solved, stores[path], number, op.at, cursor, path.names)
            if slept is not None:
                store, suspension = slept
                reading = solved.scope.pool.reading(path, store.at, suspension)
                yield Window("use", path, reading, op.at)


def _is_asked(cursor: Cursor, path: Path) -> bool:
    """Tell whether a check has asked what stands there: that is told as such."""
    return any(guard.reading.path == path and not says_nothing(guard) for guard in cursor.guards)


def _stores(solved: Solved) -> Mapping[Path, list[_Store]]:
    found: dict[Path, list[_Store]] = defaultdict(list)
    given = solved.live.before(solved.graph.entry)
    for number, _, moments in solved.blocks():
        for op, cursor, wrote in moments:
            if wrote is not None and _is_followed(wrote) and wrote.path.names <= given:
                held = frozenset(hold.acquired for hold in cursor.held)
                if not wrote.value.constant and not _is_slot(solved.graph, op):
                    found[wrote.path].append(_Store(number, wrote.at, held))
                elif wrote.value.constant != "None":
                    found[wrote.path].append(_Store(NO_TEST, wrote.at, held))
    return {path: every for path, every in found.items() if len(every) == 1 and every[0].block != NO_TEST}


def _is_slot(graph: Graph, op: ops.Op) -> bool:
    """Tell whether it puts a future in an attribute, which others take away when they know that it has been resolved.

    Among several under keys it is taken away by who resolves it.
    """
    if not isinstance(op, ops.StoreAttr):
        return False
    made = (graph.calls.get(one) for one in origins(graph, op.value))
    return any(call is not None and call.method in FUTURES for call in made)


def _is_followed(wrote: Written) -> bool:
    """Tell whether a write puts something at an attribute, or at an element of one by a key that can be named.

    A key that the function makes itself is its own: others seldom have it, so only keys that it is given are followed.
    """
    if wrote.path.kind != "self" or wrote.path.steps[1:2] == (ANY_KEY,):
        return False
    how = "item" if wrote.method == "setdefault" else wrote.how  # whoever has put it there, it is there
    return (how, *map(type, wrote.path.steps)) in (("store", Attr), ("item", Attr, Key))


def _stale(
    solved: Solved, every: list[_Store], block: int, at: int, cursor: Cursor, names: frozenset[str]
) -> tuple[_Store, int] | None:
    """Return the store that every way to a use has passed, if some way gives way behind it, and where that is."""
    store = every[0]
    if store.held & {hold.acquired for hold in cursor.held}:
        return None
    if store.block == block or not solved.scope.deciding.dominates(store.block, block):
        same = solved.graph.blocks[block].ops
        places = [place for place, op in enumerate(same) if op.at in (store.at, at)]
        if store.block != block or same[places[0]].at != store.at:
            return None
    slept = _slept(solved.graph, store, at, names)
    return (store, slept) if slept is not None else None


def _slept(graph: Graph, store: _Store, goal: int, names: frozenset[str]) -> int | None:
    """Return a suspension that is over on some way from a store to a use.

    Once one of the `names` is assigned, the key means another element. What deals with the failure of the first await
    knows that what was to begin has not.
    """
    begin = next(place for place, op in enumerate(graph.blocks[store.block].ops) if op.at == store.at)
    seen: set[tuple[int, int | None]] = set()
    pending: list[tuple[int, int, int | None]] = [(store.block, begin + 1, None)]
    while pending:
        number, place, slept = pending.pop(0)
        block = graph.blocks[number]
        ways = [(block.handler, slept)]
        for op in block.ops[place:]:
            if op.at == goal:
                if slept is not None:
                    return slept
                break
            if getattr(op, "into", None) in names:
                break
            ways.append((block.handler, slept))
            if isinstance(op, ops.Suspend) and slept is None:
                slept = op.at
        else:
            ways.extend((way, slept) for way in block.successors)
        pending.extend((way, 0, after) for way, after in ways if (way, after) not in seen)
        seen.update(ways)
    return None
