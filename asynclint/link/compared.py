"""Numbers that tell whether something is still as it was: read, and later compared with what is there by then."""

from __future__ import annotations

from collections import Counter

from asynclint.flow.moves import origins
from asynclint.ir import ops
from asynclint.ir.graph import Graph

COMPARISONS = frozenset(("==", "!=", "is", "is not"))


def compared_again(graph: Graph) -> frozenset[str]:
    """Return the names of attributes that are read, and compared later with what was read of them."""
    every = [op for block in graph.blocks for op in block.ops]
    loads = {op.into: op.name for op in every if isinstance(op, ops.LoadAttr)}
    twice = {name for name, count in Counter(loads.values()).items() if count > 1}
    found: set[str] = set()
    for op in every if twice else ():
        if isinstance(op, ops.Compute) and op.kind in COMPARISONS and len(op.args) == 2:
            if twice.isdisjoint(loads.get(arg, "") for arg in op.args):
                continue
            left, right = ({loads[one] for one in origins(graph, arg) if one in loads} for arg in op.args)
            found |= left & right & twice
    return frozenset(found)
