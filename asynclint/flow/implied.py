"""Checks that decide through a local whether state is written: it is tested later, and tells how the check came out.

`row = None`, `if self.row is None: row = await fetch()`, then `if row is not None: self.row = row.id`: who has found a
row has none of its own, and does not write.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import accumulate

from asynclint.flow.agreement import comparison
from asynclint.flow.control import Control
from asynclint.flow.moves import origins
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import FALSE
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.walk import reached

SOMETHING, NOTHING, OTHER = "something", "nothing", "other"
Met = tuple[int, str, bool | None]
"""A block, what a variable holds when it begins, and how a test came out that was passed."""


def implied(deciding: Control, guard: Guard, block: int) -> bool:
    """Tell whether a check decides that a block runs through a variable that only one of its outcomes has filled."""
    graph = deciding.graph
    for test, edge in deciding.tests_of(block):
        asked = _asked(graph, test) if test != guard.test and deciding.dominates(guard.test, test) else None
        if asked is not None and deciding.depends(block, test, edge):
            var, something = asked
            key = var, guard.test, test
            if key not in deciding.filled:
                deciding.filled[key] = _filled_by(graph, *key)
            filled = deciding.filled[key]
            if filled is not None and guard.edge == (filled == (edge == something)):
                return True
    return False


def _asked(graph: Graph, test: int) -> tuple[ops.Var, bool] | None:
    """Return the variable of which a test asks whether it holds anything, and the outcome by which it does."""
    block = graph.blocks[test]
    made = {op.into: op for op in block.ops if isinstance(op, ops.Compute | ops.Const)}
    last = block.ops[-1]
    var, something = last.value if isinstance(last, ops.Test) else "%", True
    for _ in made:
        match made.get(var):
            case ops.Compute(_, "not", (inner,)):
                var, something = inner, not something
            case ops.Compute(_, kind, (inner, wanted)) if comparison(kind)[0]:
                nothing = made.get(wanted)
                if not isinstance(nothing, ops.Const) or nothing.text != "None":
                    return None
                var, something = inner, something == (kind in ("is not", "!="))
            case _:
                break
    return None if var.startswith("%") else (var, something)


def _filled_by(graph: Graph, var: ops.Var, first: int, test: int) -> bool | None:
    """Return the outcome of one test that fills a variable, or alone can do so, when another asks for it."""
    held = origins(graph, var)

    def onward(at: Met) -> Iterator[Met]:
        number, kind, passed = at
        block = graph.blocks[number]
        kinds = list(accumulate(block.ops, lambda known, op: _given(op, held, known), initial=kind))
        if block.handler != graph.raised:
            yield from ((block.handler, one, passed) for one in kinds)
        asked = _asked(graph, number) if len(block.successors) == 2 else None
        for edge, way in zip((True, False), block.successors, strict=False):
            left = kinds[-1] if asked is None or asked[0] != var else SOMETHING if edge == asked[1] else NOTHING
            yield way, left, edge if number == first else passed

    ways: dict[bool | None, set[str]] = {True: set(), False: set(), None: set()}
    start: Met = (graph.entry, OTHER, None)
    for number, kind, passed in reached([start], onward):
        if number == test:
            ways[passed].add(reduce(lambda known, op: _given(op, held, known), graph.blocks[test].ops, kind))
    can = {edge: (SOMETHING in ways[edge], bool(ways[edge] - {SOMETHING})) for edge in (True, False)}
    if can[True] == can[False]:
        return None
    return next((edge for edge in (True, False) if can[edge][0] and can[not edge][1]), None)


def _given(op: ops.Op, held: frozenset[ops.Var], kind: str) -> str:
    """Return what a variable holds after an op, of which some others are moved to it."""
    match op:
        case ops.Const():
            given = NOTHING if op.text in FALSE else SOMETHING
        case ops.Call() | ops.Suspend("await") | ops.New():
            given = SOMETHING
        case ops.Compute() if op.kind in ("fstring", "+"):
            given = SOMETHING
        case ops.Mutate(call):
            return SOMETHING if call.into in held else kind
        case ops.LoadAttr() | ops.LoadItem() | ops.Compute() | ops.Iterate() | ops.Enter():
            given = OTHER
        case _:
            return kind
    return given if op.into in held else kind
