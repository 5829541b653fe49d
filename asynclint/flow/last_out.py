"""Who leaves last: a count of users is taken down, and only the run that finds it at zero goes on."""

from __future__ import annotations

from asynclint.flow.control import Control
from asynclint.flow.ways import place_of
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph

AT_ZERO = {"==": True, "<=": True, "!=": False, ">": False}
"""Comparisons with zero: whether they come out so where the count is there."""


def last_out(graph: Graph, deciding: Control, at: int) -> int | None:
    """Return the test at which every way to an op has found a count at zero that it has just taken down.

    One run alone does, of those that have been counted.
    """
    target, _ = place_of(graph, at)
    for number, block in enumerate(graph.blocks):
        edge = _found_at_zero(block)
        if edge is not None and deciding.settles(number, edge, target):
            return block.ops[-1].at
    return None


def _found_at_zero(block: Block) -> bool | None:
    """Return the outcome of the test of a block that says that what it has taken down before is at zero."""
    last = block.ops[-1] if block.ops else None
    lowered, counted = set[str](), set[ops.Var]()
    zeros, outcomes, taken = set[ops.Var](), dict[ops.Var, bool](), set[ops.Var]()
    for op in block.ops:
        match op:
            case ops.Suspend():
                lowered, counted = set(), set()
            case ops.Const(into, "0", _):
                zeros.add(into)
            case ops.Compute(into, "-", _, _):
                taken.add(into)
            case ops.StoreAttr(_, name, value, _, True) if value in taken:
                lowered.add(name)
            case ops.LoadAttr(into, _, name, _) if name in lowered:
                counted.add(into)
                outcomes[into] = False  # `if self.users: return`
            case ops.Compute(into, kind, (one, other), _) if kind in AT_ZERO and one in counted and other in zeros:
                outcomes[into] = AT_ZERO[kind]
            case ops.Compute(into, "not", (one,), _) if one in outcomes:
                outcomes[into] = not outcomes[one]
            case _:
                pass
    return outcomes.get(last.value) if isinstance(last, ops.Test) and last.kind not in ("while", "except") else None
