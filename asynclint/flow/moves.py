"""Variables that hold the same: what is moved from one to another, whatever the order."""

from __future__ import annotations

from collections.abc import Iterable

from asynclint.ir import ops
from asynclint.ir.graph import Graph


def origins(graph: Graph, var: ops.Var, awaits: bool = False) -> frozenset[ops.Var]:
    """Return the variables whose value a variable may hold; with `awaits` what was awaited stands for its result."""
    made = [(op.into, op.source) for block in graph.blocks for op in block.ops if isinstance(op, ops.Move)]
    if awaits:
        suspensions = (op for block in graph.blocks for op in block.ops if isinstance(op, ops.Suspend))
        made += [(op.into, op.value) for op in suspensions if op.kind == "await" and op.into and op.value]
    return _closed({var}, made)


def aliases(graph: Graph, variables: Iterable[ops.Var]) -> frozenset[ops.Var]:
    """Return the variables that may hold what some variables hold."""
    moved = [(op.source, op.into) for block in graph.blocks for op in block.ops if isinstance(op, ops.Move)]
    return _closed(set(variables), moved)


def _closed(found: set[ops.Var], steps: list[tuple[ops.Var, ops.Var]]) -> frozenset[ops.Var]:
    before = -1
    while before != (before := len(found)):
        found.update(reached for start, reached in steps if start in found)
    return frozenset(found)
