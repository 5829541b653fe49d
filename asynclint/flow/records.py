"""Records of one run: what a function makes of its arguments, puts into an attribute, and uses behind an await."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.flow.cursor import Cursor
from asynclint.flow.staleness import Solved
from asynclint.flow.transfer import CLASS
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Attr, Path


@dataclass(frozen=True, slots=True)
class _Store:
    """The store of a record, where it stands, and what is held there."""

    path: Path
    block: int
    place: int
    held: frozenset[int]


def records(solved: Solved, given: frozenset[ops.Var]) -> Iterator[Window]:
    """Yield the first use of each record behind an await, as if it still were that of this run.

    `given` are the parameters: what is made of none of them may be the same for all runs. What is stored under a check
    of what stands there is made for all who come.
    """
    makers = _makers(solved.graph)
    made = _made_of(makers, given)
    for number, _, moments in solved.blocks():
        for place, (op, cursor, _) in enumerate(moments):
            if not isinstance(op, ops.StoreAttr) or op.augmented or not _is_record(op.value, makers, made):
                continue
            owner = cursor.value(op.base).place
            path = owner.then(Attr(op.name)) if owner is not None and owner.kind == "self" and not owner.steps else None
            if path is None or any(guard.reading.path == path for guard in cursor.guards):
                continue
            store = _Store(path, number, place, frozenset(hold.acquired for hold in cursor.held))
            used = _used(solved, store)
            if used is not None:
                reading = solved.scope.pool.reading(path, op.at, used[0])
                yield Window("use", path, reading, used[1])


def _makers(graph: Graph) -> dict[ops.Var, list[ops.Op]]:
    found: dict[ops.Var, list[ops.Op]] = {}
    for block in graph.blocks:
        for op in block.ops:
            if into := getattr(op, "into", None):
                found.setdefault(into, []).append(op)
    return found


def _made_of(makers: dict[ops.Var, list[ops.Op]], given: frozenset[ops.Var]) -> frozenset[ops.Var]:
    """Return the variables that hold something of what the function was given."""
    found, before = set(given), -1
    while before != (before := len(found)):
        for into, every in makers.items():
            if into not in found and any(not found.isdisjoint(_sources(op)) for op in every):
                found.add(into)
    return frozenset(found)


def _sources(op: ops.Op) -> tuple[ops.Var, ...]:
    match op:
        case ops.Move(_, source, _):
            return (source,)
        case ops.LoadAttr(_, base, _, _) | ops.LoadItem(_, base, _, _, _, _):
            return (base,)
        case ops.Compute(_, _, args, _) | ops.New(_, _, args, _):
            return args
        case ops.Call(_, _, receiver, _, args, keywords):
            return (*(() if receiver is None else (receiver,)), *args, *(var for _, var in keywords))
        case ops.Suspend(_, str() as value, _, _):
            return (value,)
        case _:
            return ()


def _is_record(var: ops.Var, makers: dict[ops.Var, list[ops.Op]], made: frozenset[ops.Var]) -> bool:
    """Tell whether a value is a dict, or an object of a class, that is made here of what the function was given."""
    for _ in range(len(makers)):
        match makers.get(var):
            case [ops.Move(_, source, _)]:
                var = source
            case [ops.New(_, "dict", parts, _)]:
                return not made.isdisjoint(parts)
            case [ops.Call(_, _, _, method, args, keywords)]:
                passed = (*args, *(var for _, var in keywords))
                return CLASS.match(method) is not None and not made.isdisjoint(passed)
            case _:
                return False
    return False


def _used(solved: Solved, store: _Store) -> tuple[int, int] | None:
    """Return a suspension and the use behind it that come first after a store."""
    known = {number: moments for number, _, moments in solved.blocks()}
    seen: set[tuple[int, bool]] = set()
    pending: list[tuple[int, int, int | None]] = [(store.block, store.place + 1, None)]
    uses: dict[int, int] = {}
    while pending:
        number, begin, slept = pending.pop(0)
        for op, cursor, wrote in known.get(number, ())[begin:]:
            if slept is not None and _uses(op, cursor, store):
                uses.setdefault(op.at, slept)
                break
            if wrote is not None and wrote.path == store.path:
                break
            if isinstance(op, ops.Suspend) and slept is None:
                slept = op.at
        else:
            for way in solved.graph.blocks[number].successors:
                if (way, slept is not None) not in seen:
                    seen.add((way, slept is not None))
                    pending.append((way, 0, slept))
    first = min(uses, default=None)
    return (uses[first], first) if first is not None else None


def _uses(op: ops.Op, cursor: Cursor, store: _Store) -> bool:
    """Tell whether an op works with the object that stands there now, and nothing that was held has lasted."""
    match op:
        case ops.LoadAttr(_, var, _, _) | ops.StoreAttr(var, _, _, _) | ops.LoadItem(_, var, _, _, _, _):
            pass
        case ops.StoreItem(var, _, _, _, _, _) | ops.Call(_, _, str() as var, _, _):
            pass
        case ops.Mutate(ops.Call(_, _, str() as var, _, _), _):
            pass
        case _:
            return False
    value = cursor.value(var)
    fresh = [reading for reading in value.readings if reading.path == store.path]
    free = store.held.isdisjoint(hold.acquired for hold in cursor.held)
    return value.place == store.path and bool(fresh) and all(one.slept is None for one in fresh) and free
