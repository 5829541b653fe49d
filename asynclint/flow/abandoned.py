"""Futures that stay where answers are looked up, though the wait for them has been cut short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.flow.awaited import awaited, futures
from asynclint.flow.listening import filed, loaded
from asynclint.flow.moves import aliases, origins
from asynclint.flow.staleness import Solved
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path
from asynclint.ir.walk import reached

LIMITS = frozenset(("timeout", "timeout_at", "move_on_after", "fail_after"))
"""What cuts short what stands in a `with` over it."""
OWN = ("self.", "cls.", "super().")


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A future that is put at a path and awaited with a time limit, and that nothing takes away when that is over.

    `place` is the path with the key, where it has one.
    """

    path: Path
    place: Path
    stored: int
    awaited: int


def abandoned(solved: Solved) -> Iterator[Abandoned]:
    """Yield the futures that stay where they were put if the await of them fails.

    Without a time limit only who waits for the whole cuts it short, and mostly nobody does.
    """
    graph = solved.graph
    every = [op for block in graph.blocks for op in block.ops]
    made = futures(graph)
    if not made:
        return
    contexts = (graph.calls.get(op.context) for op in every if isinstance(op, ops.Enter))
    limited = any(call is not None and call.method in LIMITS for call in contexts)
    for _, _, moments in solved.blocks():
        for op, _, wrote in moments:
            held, path = filed(graph, made, op, wrote)
            if path is not None and wrote is not None and not _is_watched(graph, held):
                for number, wait in _waits(graph, held | loaded(graph, path.attribute)):
                    call = graph.calls.get(wait.value or "")
                    own = call is not None and call.method == "wait_for"
                    if (limited or own) and not _may_take_out(graph, graph.blocks[number].handler, path):
                        yield Abandoned(path, wrote.path, op.at, wait.at)


def _is_watched(graph: Graph, held: frozenset[ops.Var]) -> bool:
    """Tell whether something is done once a future is resolved or cancelled: that may take it away."""
    every = aliases(graph, held)
    return any(call.method == "add_done_callback" and call.receiver in every for call in graph.calls.values())


def _waits(graph: Graph, held: frozenset[ops.Var]) -> Iterator[tuple[int, ops.Suspend]]:
    for number, block in enumerate(graph.blocks):
        for op in block.ops:
            if not isinstance(op, ops.Suspend) or op.kind != "await" or op.value is None:
                continue
            if not held.isdisjoint(origins(graph, awaited(graph, op.value))):
                yield number, op


def _may_take_out(graph: Graph, handler: int, path: Path) -> bool:
    """Tell whether what comes after an error may take away what stands at a path: it writes there, or calls its own."""
    whole = loaded(graph, path.attribute)
    for number in reached([handler], graph.edges.__getitem__):
        for op in graph.blocks[number].ops:
            match op:
                case ops.StoreAttr(_, name, _, _, _) | ops.DeleteAttr(_, name, _) if name == path.attribute:
                    return True
                case ops.DeleteItem(base, _, _, _, _) | ops.StoreItem(base, _, _, _, _, _, _) if base in whole:
                    return True
                case ops.Mutate(call, _) if call.receiver in whole:
                    return True
                case ops.Call() if op.callee.startswith(OWN) or "." not in op.callee or not whole.isdisjoint(op.args):
                    return True
                case _:
                    pass
    return False
