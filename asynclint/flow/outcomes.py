"""What comes of an error or of the other outcome of a check: questions to the graph alone."""

from __future__ import annotations

import re
from collections.abc import Collection

from asynclint.flow.values import Guard
from asynclint.flow.ways import place_of
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Key, Path
from asynclint.ir.walk import reached

IDENTITY = re.compile(r"(get_)?current(_\w+)?_(task|thread)(_\w+)?|get_ident|get_native_id")
"""Calls that give who it is that runs."""
SAMENESS = frozenset(("is", "is not", "==", "!="))


def forgiven(graph: Graph, handler: int, errors: Collection[str]) -> bool:
    """Tell whether one of some errors is caught where it happens."""
    while handler not in (graph.raised, graph.exit):
        block = graph.blocks[handler]
        last = block.ops[-1] if block.ops else None
        if not isinstance(last, ops.Test) or last.kind != "except":
            return False
        if any(name in last.text for name in errors):
            return True
        handler = block.successors[1]
    return False


def expected(graph: Graph, handler: int, error: str) -> bool:
    """Tell whether some `except` on the way out names an error, beyond the ends of `with` as well."""

    def on(number: int) -> tuple[int, ...]:
        block = graph.blocks[number]
        match block.ops[-1:]:
            case (ops.Test(_, "except"),):
                return block.successors[1:]
            case (ops.Raise(),):
                return (block.handler,)
            case _:
                return block.successors

    lasts = (graph.blocks[number].ops[-1:] for number in reached([handler], on))
    return any(isinstance(op, ops.Test) and op.kind == "except" and error in op.text for last in lasts for op in last)


def demands(graph: Graph, guard: Guard) -> bool:
    """Tell whether a check is a demand: had it come out the other way, an error would have been raised."""
    successors = graph.blocks[guard.test].successors
    if len(successors) < 2:
        return False
    seen: set[int] = set()
    pending = [successors[1 if guard.edge else 0]]
    while pending:
        number = pending.pop()
        last = graph.blocks[number].ops[-1:]
        if last and isinstance(last[0], ops.Raise):
            continue
        if number in (graph.exit, successors[0 if guard.edge else 1]) or not graph.blocks[number].successors:
            return number == graph.raised
        if number not in seen:
            seen.add(number)
            pending.extend(graph.blocks[number].successors)
    return True


def after_error(graph: Graph, at: int) -> bool:
    """Tell whether an op is reached only by way of an exception: it stands in an `except`."""
    goal, _ = place_of(graph, at)
    return goal not in graph.going_on([graph.entry])


def is_of_runner(graph: Graph, path: Path) -> bool:
    """Tell whether an element is found by who it is that runs: no other task comes to the same."""
    names = {step.text for step in path.steps if isinstance(step, Key)} if path.names else set[str]()
    given = [op for block in graph.blocks for op in block.ops if getattr(op, "into", None) in names] if names else ()
    made = [graph.calls.get(op.source) if isinstance(op, ops.Move) else op for op in given]
    return bool(made) and all(isinstance(op, ops.Call) and IDENTITY.fullmatch(op.method) for op in made)


def asks_for_itself(graph: Graph, guard: Guard) -> bool:
    """Tell whether a check is whether the task itself stands there: others put themselves in, and out again.

    A part of a condition that goes on with that, such as that anybody does, belongs to it.
    """
    block = graph.blocks[guard.test]
    last = block.ops[-1] if block.ops else None
    chained = isinstance(last, ops.Test) and last.kind in ("and", "or")
    numbers = (guard.test, *(block.successors if chained else ()))
    every = [op for one in graph.blocks for op in one.ops]
    own = {op.into for op in every if isinstance(op, ops.Call) and IDENTITY.fullmatch(op.method)}
    own |= {op.into for op in every if isinstance(op, ops.Move) and op.source in own}
    return any(
        isinstance(op, ops.Compute) and op.kind in SAMENESS and not own.isdisjoint(op.args)
        for number in numbers
        for op in graph.blocks[number].ops
    )
