"""Variables that hold the same: what is moved from one to another, whatever the order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from asynclint.flow.liveness import variables
from asynclint.ir import ops
from asynclint.ir.graph import Graph


def origins(graph: Graph, var: ops.Var, awaits: bool = False) -> frozenset[ops.Var]:
    """Return the variables whose value a variable may hold; with `awaits` what was awaited stands for its result."""
    awaited: dict[ops.Var, list[ops.Var]] = defaultdict(list)
    if awaits:
        suspensions = (op for block in graph.blocks for op in block.ops if isinstance(op, ops.Suspend))
        for op in suspensions:
            if op.kind == "await" and op.into and op.value:
                awaited[op.into].append(op.value)
    found, pending = {var}, [var]
    while pending:
        one = pending.pop()
        new = [source for source in (*graph.moves.get(one, ()), *awaited.get(one, ())) if source not in found]
        found.update(new)
        pending.extend(new)
    return frozenset(found)


def aliases(graph: Graph, variables: Iterable[ops.Var]) -> frozenset[ops.Var]:
    """Return the variables that may hold what some variables hold."""
    moved = [(op.source, op.into) for block in graph.blocks for op in block.ops if isinstance(op, ops.Move)]
    return _closed(set(variables), moved)


def carried(graph: Graph, number: int, made: ops.Op, store: ops.StoreAttr | ops.StoreItem) -> bool:
    """Tell whether on some way what an op of a block makes, or what is made of that, is what another stores."""
    place = graph.blocks[number].ops.index(made) + 1
    begun = frozenset([getattr(made, "into", "")])
    known: dict[int, frozenset[ops.Var]] = {}
    pending = [(number, place, begun)]
    while pending:
        number, place, held = pending.pop()
        block = graph.blocks[number]
        raised = held
        for op in block.ops[place:]:
            if op is store and store.value in held:
                return True
            held = _held_after(op, held)
            raised |= held
        for way, left in (*((way, held) for way in block.successors), (block.handler, raised)):
            before = known.get(way, frozenset())
            if not left <= before:
                known[way] = before | left
                pending.append((way, 0, known[way]))
    return False


def _held_after(op: ops.Op, held: frozenset[ops.Var]) -> frozenset[ops.Var]:
    into: ops.Var | None = op.call.into if isinstance(op, ops.Mutate) else getattr(op, "into", None)
    if into is None:
        return held
    return held.union((into,)) if not held.isdisjoint(variables(op)) else held.difference((into,))


def _closed(found: set[ops.Var], steps: list[tuple[ops.Var, ops.Var]]) -> frozenset[ops.Var]:
    before = -1
    while before != (before := len(found)):
        found.update(reached for start, reached in steps if start in found)
    return frozenset(found)
