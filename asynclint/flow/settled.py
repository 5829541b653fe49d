"""Variables that hold one value for all of a run: who asks with them twice asks for the same."""

from __future__ import annotations

from collections.abc import Mapping

from asynclint.flow.terms import NO_KEYS
from asynclint.ir import ops
from asynclint.ir.graph import Graph

MEMBERSHIP = ("in", "not in")


def settled(graph: Graph, params: frozenset[str]) -> Mapping[ops.Var, ops.Var]:
    """Return the variables that are asked for in containers and never change, each with the first that holds it.

    `params` have a value before anything is done.
    """
    every = [op for block in graph.blocks for op in block.ops]
    asked = [op.args[0] for op in every if isinstance(op, ops.Compute) and op.kind in MEMBERSHIP]
    if len(asked) < 2:
        return NO_KEYS
    made: dict[ops.Var, list[tuple[int, ops.Op]]] = {name: [] for name in params}
    for number, block in enumerate(graph.blocks):
        for op in block.ops:
            if (into := _bound(op)) is not None:
                made.setdefault(into, []).append((number, op))
    return {var: first for var in sorted(set(asked)) if (first := _first(graph, made, params, var)) is not None}


def _bound(op: ops.Op) -> ops.Var | None:
    if isinstance(op, ops.Forget):
        return op.var
    into: ops.Var | None = getattr(op, "into", None)
    return into


def _first(
    graph: Graph, made: Mapping[ops.Var, list[tuple[int, ops.Op]]], params: frozenset[str], var: ops.Var
) -> ops.Var | None:
    """Return the variable from which another has its one value, None if it may have several."""
    seen: set[ops.Var] = set()
    while var not in seen:
        seen.add(var)
        defs = made.get(var)
        if not defs:
            return var if var in params else None
        if len(defs) > 1 or var in params or defs[0][0] in graph.ahead(defs[0][0]):
            return None
        op = defs[0][1]
        if not isinstance(op, ops.Move):
            return var
        var = op.source
    return None
