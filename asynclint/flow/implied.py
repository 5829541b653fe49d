"""Checks that decide through a local whether state is written: it is tested later, and tells how the check came out.

`row = None`, `if self.row is None: row = await fetch()`, then `if row is not None: self.row = row.id`: who has found a
row has none of its own, and does not write.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import accumulate

from asynclint.flow.control import Control
from asynclint.flow.held import asks_for, into, kind_of
from asynclint.flow.moves import origins
from asynclint.flow.values import Guard
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.walk import reached

Kinds = tuple[str, ...]
Met = tuple[int, Kinds, bool | None]
"""A block, what each of some variables holds when it begins, and how a test came out that was passed."""
GIVEN = "given "
"""How what a variable holds begins where that came with the call; the name of an argument follows."""
MOST = 5
"""The most variables, moved into one another, that are followed at a time."""


def implied(deciding: Control, guard: Guard, block: int) -> bool:
    """Tell whether a check decides that a block runs through a variable that only one of its outcomes has filled."""
    graph = deciding.graph
    for test, edge in deciding.tests_of(block):
        asked = asks_for(graph, test) if test != guard.test and deciding.dominates(guard.test, test) else None
        if asked is not None and deciding.depends(block, test, edge):
            filling = _filling(deciding, asked.var, guard.test)
            if test in filling and filling[test] in (None, guard.edge == (edge == asked.something)):
                return True
    return False


def _filling(deciding: Control, var: ops.Var, first: int) -> dict[int, bool | None]:
    """Return, for each test that asks for a variable, the outcome of one test that fills it, or alone can do so.

    None where either gives it another argument of the function, of which nobody knows what it is.
    """
    key = var, first
    if key not in deciding.filled:
        held = tuple(sorted(origins(deciding.graph, var)))
        able = len(held) <= MOST and _is_given_after(deciding, held, first)
        deciding.filled[key] = _filled_by(deciding.graph, var, held, first) if able else {}
    return deciding.filled[key]


def _is_given_after(deciding: Control, held: tuple[ops.Var, ...], first: int) -> bool:
    """Tell whether one of some variables is given anything where a test decides: without, no outcome fills any."""
    graph = deciding.graph
    given = {number for number, block in enumerate(graph.blocks) for op in block.ops if into(op) in held}
    return any(first == test for number in given for test, _ in deciding.tests_of(number))


def _filled_by(graph: Graph, var: ops.Var, held: tuple[ops.Var, ...], first: int) -> dict[int, bool | None]:
    place = held.index(var)
    asking = {
        number: asked
        for number, block in enumerate(graph.blocks)
        if len(block.successors) == 2 and (asked := asks_for(graph, number)) is not None and asked.var == var
    }

    def onward(at: Met) -> Iterator[Met]:
        number, kinds, passed = at
        block = graph.blocks[number]
        every = list(accumulate(block.ops, lambda known, op: _given(op, held, known), initial=kinds))
        if block.handler != graph.raised:
            yield from ((block.handler, one, passed) for one in every)
        asked = asking.get(number)
        for edge, way in zip((True, False), block.successors, strict=False):
            left = every[-1]
            if asked is not None:
                if not asked.may(left[place], edge):
                    continue
                left = (*left[:place], asked.after(left[place], edge), *left[place + 1 :])
            yield way, left, edge if number == first else passed

    ways: dict[int, dict[bool | None, set[str]]] = {}
    start: Met = (graph.entry, tuple(f"{GIVEN}{one}" for one in held), None)
    for number, kinds, passed in reached([start], onward):
        if number in asking:
            kind = reduce(lambda known, op: _given(op, held, known), graph.blocks[number].ops, kinds)[place]
            ways.setdefault(number, {}).setdefault(passed, set()).add(kind)
    found: dict[int, bool | None] = {}
    for number, met in ways.items():
        yes, no = met.get(True, set()), met.get(False, set())
        edge = _alone(*({asking[number].is_filled(kind) for kind in kinds} for kinds in (yes, no)))
        if edge is not None or (yes and no and yes.isdisjoint(no) and all(kind.startswith(GIVEN) for kind in yes | no)):
            found[number] = edge
    return found


def _alone(yes: set[bool], no: set[bool]) -> bool | None:
    """Return the outcome that fills a variable, or alone can; given whether it was filled, for either."""
    if yes == no:
        return None
    return True if True in yes and False in no else False if True in no and False in yes else None


def _given(op: ops.Op, held: tuple[ops.Var, ...], kinds: Kinds) -> Kinds:
    """Return what some variables hold after an op."""
    var = into(op)
    if var not in held:
        return kinds
    given = kinds[held.index(op.source)] if isinstance(op, ops.Move) and op.source in held else kind_of(op)
    return tuple(given if one == var else kind for one, kind in zip(held, kinds, strict=True))
