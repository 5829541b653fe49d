"""Loops that look for something: who comes to their end has not found it, which is a check of what they go over."""

from __future__ import annotations

from asynclint.flow.cursor import Cursor
from asynclint.flow.values import Guard, merge_guards
from asynclint.ir import ops
from asynclint.ir.graph import Graph

FOUND = "any"
"""The form of the check: as of `any(...)` over the same."""


def searches(graph: Graph) -> frozenset[int]:
    """Return the blocks at which a round of a loop begins that may be left for good where something is found."""
    loops = [
        number
        for number, block in enumerate(graph.blocks)
        if len(block.successors) == 2
        and block.ops
        and isinstance(block.ops[-1], ops.Iterate)
        and not block.ops[-1].is_async
    ]
    return frozenset(number for number in loops if _may_be_left(graph, number))


def _may_be_left(graph: Graph, loop: int) -> bool:
    """Tell whether some way leads out of the body of a loop to the end of the function, and not by its own end."""
    body, done = graph.blocks[loop].successors
    seen, pending = {loop, done}, [body]
    while pending:
        number = pending.pop()
        if number in seen:
            continue
        seen.add(number)
        block = graph.blocks[number]
        if number == graph.exit or isinstance(block.ops[-1] if block.ops else None, ops.Return | ops.Raise):
            return True
        pending.extend(block.successors)
    return False


def not_found(cursor: Cursor, loop: ops.Iterate, number: int) -> frozenset[Guard]:
    """Return the guards at the end of such a loop: what it went over held nothing of the kind when it was read."""
    guards = [guard for guard in cursor.guards if guard.test != number]
    fresh = [one for one in cursor.value(loop.iterable).readings if one.slept is None]
    return merge_guards((*guards, *(cursor.scope.pool.guard(number, False, FOUND, one) for one in fresh)))
