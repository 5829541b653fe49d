"""Tasks and futures that one run keeps where the next finds them, and that each of them awaits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.flow.leaks import beyond
from asynclint.flow.moves import origins
from asynclint.flow.outcomes import forgiven
from asynclint.flow.staleness import Solved
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path
from asynclint.ir.walk import reached

FUTURES = frozenset(("create_future", "Future"))
MAKERS = FUTURES | {"create_task", "ensure_future"}
"""What makes a task, or a future that somebody resolves: awaiting either hands a cancellation on to it."""
CANCELLED = ("CancelledError", "BaseException")


@dataclass(frozen=True, slots=True)
class Shared:
    """An await of what another run may have put at a path: a cancellation there ends it for all who wait for it."""

    path: Path
    stored: int
    awaited: int


def shared(solved: Solved) -> Iterator[Shared]:
    """Yield the awaits, without a shield, of a task that the function keeps where it finds none."""
    graph = solved.graph
    stores = _stores(solved)
    for number, block in enumerate(graph.blocks if stores else ()):
        for op in block.ops:
            if not isinstance(op, ops.Suspend) or op.kind != "await" or op.value is None:
                continue
            held = origins(graph, awaited(graph, op.value))
            for path, (every, stored) in stores.items():
                if (
                    _is_found(graph, held, path)
                    and not forgiven(graph, block.handler, CANCELLED)
                    and not _is_cancelled(graph, held, path)
                    and not _is_replaced(graph, block.handler, path)
                    and _avoids(graph, every, number, op.at)
                ):
                    yield Shared(path, stored, op.at)


def futures(graph: Graph) -> frozenset[ops.Var]:
    """Return the variables that hold a future which the function makes for somebody to resolve."""
    return frozenset(into for into, call in graph.calls.items() if call.method in FUTURES)


def awaited(graph: Graph, value: ops.Var) -> ops.Var:
    """Return what is awaited, be it with a time limit."""
    call = graph.calls.get(value)
    return call.args[0] if call is not None and call.method == "wait_for" and call.args else value


def _stores(solved: Solved) -> dict[Path, tuple[frozenset[int], int]]:
    """Return the state in which a new task is stored where none is found: all such stores, and the first of those."""
    calls = solved.graph.calls
    every: dict[Path, set[int]] = defaultdict(set)
    lacking: dict[Path, int] = {}
    for _, _, moments in solved.blocks():
        for op, cursor, wrote in moments:
            if wrote is None or not isinstance(op, ops.StoreAttr | ops.StoreItem) or wrote.path.kind == "closure":
                continue
            made = (calls.get(var) for var in origins(solved.graph, op.value))
            if not any(call is not None and call.method in MAKERS for call in made):
                continue
            every[wrote.path].add(wrote.at)
            if any(guard.reading.path in (wrote.path, wrote.container) for guard in cursor.guards):
                lacking.setdefault(wrote.path, wrote.at)
    return {path: (frozenset(every[path]), at) for path, at in lacking.items()}


def _is_found(graph: Graph, held: frozenset[ops.Var], path: Path) -> bool:
    """Tell whether one of some variables was read from a path."""
    keyed = path.shape[-1:] == ("[]",)
    loaded: set[ops.Var] = set()
    for block in graph.blocks:
        for op in block.ops:
            match op:
                case ops.LoadAttr(into, _, name, _) if name == path.attribute:
                    loaded.add(into)
                case ops.LoadItem(into, base, _, _, _, _) if keyed and base in loaded and into in held:
                    return True
                case ops.Call(into, _, receiver, "get", _, _, _, _, _, _) if (
                    keyed and receiver in loaded and into in held
                ):
                    return True
                case _:
                    pass
    return not keyed and not held.isdisjoint(loaded)


def _is_cancelled(graph: Graph, held: frozenset[ops.Var], path: Path) -> bool:
    """Tell whether the function itself cancels what it awaits: then nobody else is meant to get anything out of it."""
    calls = [op for block in graph.blocks for op in block.ops if isinstance(op, ops.Call) and op.method == "cancel"]
    loaded = {
        op.into for block in graph.blocks for op in block.ops
        if isinstance(op, ops.LoadAttr) and op.name == path.attribute
    }  # fmt: skip
    return any(call.receiver in held or call.receiver in loaded for call in calls)


def _is_replaced(graph: Graph, handler: int, path: Path) -> bool:
    """Tell whether who is cancelled replaces what is there, or takes it out: it is the only one to wait."""
    for number in reached([handler], lambda one: beyond(graph.blocks[one], "cancel")):
        loaded: set[ops.Var] = set()
        for op in graph.blocks[number].ops:
            match op:
                case ops.LoadAttr(into, _, name, _) if name == path.attribute:
                    loaded.add(into)
                case ops.StoreAttr(_, name, _, _, _) | ops.DeleteAttr(_, name, _) if name == path.attribute:
                    return True
                case ops.StoreItem(base, _, _, _, _, _, _) | ops.DeleteItem(base, _, _, _, _) if base in loaded:
                    return True
                case ops.Mutate(call, _) if call.receiver in loaded:
                    return True
                case _:
                    pass
    return False


def _avoids(graph: Graph, stored: frozenset[int], goal: int, at: int) -> bool:
    """Tell whether some way leads to an await past all stores: what is awaited there is another run's."""
    seen, pending = {graph.entry}, [graph.entry]
    while pending:
        number = pending.pop()
        for op in graph.blocks[number].ops:
            if number == goal and op.at == at:
                return True
            if op.at in stored and isinstance(op, ops.StoreAttr | ops.StoreItem):
                break
        else:
            ways = graph.blocks[number].successors
            pending.extend(way for way in ways if way not in seen)
            seen.update(ways)
    return False
