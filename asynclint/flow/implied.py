"""Checks that decide through a local whether state is written: it is tested later, and tells how the check came out.

`row = None`, `if self.row is None: row = await fetch()`, then `if row is not None: self.row = row.id`: who has found a
row has none of its own, and does not write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

NONE, FALSY, TRUTHY, SET, OTHER = "none", "falsy", "truthy", "set", "other"
"""What a variable holds: None, another false value, a true one, what a call has given and hardly is None, or else."""
Kinds = tuple[str, ...]
Met = tuple[int, Kinds, bool | None]
"""A block, what each of some variables holds when it begins, and how a test came out that was passed."""
MOST = 5
"""The most variables, moved into one another, that are followed at a time."""


def implied(deciding: Control, guard: Guard, block: int) -> bool:
    """Tell whether a check decides that a block runs through a variable that only one of its outcomes has filled."""
    graph = deciding.graph
    for test, edge in deciding.tests_of(block):
        asked = asks_for(graph, test) if test != guard.test and deciding.dominates(guard.test, test) else None
        if asked is not None and deciding.depends(block, test, edge):
            filled = _filling(deciding, asked.var, guard.test).get(test)
            if filled is not None and guard.edge == (filled == (edge == asked.something)):
                return True
    return False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a test asks: whether a variable holds anything, by which outcome it does; `none`: only None is nothing."""

    var: ops.Var
    something: bool
    none: bool

    def may(self, kind: str, edge: bool) -> bool:
        """Tell whether the test can come out so where the variable holds what is of this kind."""
        nothing = (NONE,) if self.none else (NONE, FALSY)
        sure = (FALSY, TRUTHY) if self.none else (TRUTHY,)
        return kind not in (nothing if edge == self.something else sure)

    def after(self, kind: str, edge: bool) -> str:
        """Return what the variable holds once the test has come out so."""
        if kind in (NONE, FALSY, TRUTHY):
            return kind
        if edge == self.something:
            return SET if self.none else TRUTHY
        return NONE if self.none else FALSY

    def is_filled(self, kind: str) -> bool:
        """Tell whether what is of this kind is something, in the sense of the test."""
        return kind in ((FALSY, TRUTHY, SET) if self.none else (TRUTHY, SET))


def asks_for(graph: Graph, test: int) -> Asked | None:
    """Return what a test asks of a variable, where it asks whether that holds anything."""
    block = graph.blocks[test]
    made = {op.into: op for op in block.ops if isinstance(op, ops.Compute | ops.Const)}
    last = block.ops[-1] if block.ops else None
    var, something = last.value if isinstance(last, ops.Test) else "%", True
    for _ in made:
        match made.get(var):
            case ops.Compute(_, "not", (inner,)):
                var, something = inner, not something
            case ops.Compute(_, kind, (inner, wanted)) if comparison(kind)[0]:
                nothing = made.get(wanted)
                if not isinstance(nothing, ops.Const) or nothing.text != "None" or inner.startswith("%"):
                    return None
                return Asked(inner, something == (kind in ("is not", "!=")), True)
            case _:
                break
    return None if var.startswith("%") else Asked(var, something, False)


def _filling(deciding: Control, var: ops.Var, first: int) -> dict[int, bool]:
    """Return, for each test that asks for a variable, the outcome of one test that fills it, or alone can do so."""
    key = var, first
    if key not in deciding.filled:
        held = tuple(sorted(origins(deciding.graph, var)))
        able = len(held) <= MOST and _is_given_after(deciding, held, first)
        deciding.filled[key] = _filled_by(deciding.graph, var, held, first) if able else {}
    return deciding.filled[key]


def _is_given_after(deciding: Control, held: tuple[ops.Var, ...], first: int) -> bool:
    """Tell whether one of some variables is given anything where a test decides: without, no outcome fills any."""
    graph = deciding.graph
    given = {number for number, block in enumerate(graph.blocks) for op in block.ops if _into(op) in held}
    return any(first == test for number in given for test, _ in deciding.tests_of(number))


def _filled_by(graph: Graph, var: ops.Var, held: tuple[ops.Var, ...], first: int) -> dict[int, bool]:
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

    ways: dict[int, dict[bool | None, set[bool]]] = {}
    start: Met = (graph.entry, (OTHER,) * len(held), None)
    for number, kinds, passed in reached([start], onward):
        if number in asking:
            kind = reduce(lambda known, op: _given(op, held, known), graph.blocks[number].ops, kinds)[place]
            ways.setdefault(number, {}).setdefault(passed, set()).add(asking[number].is_filled(kind))
    found = {number: _alone(met.get(True, set()), met.get(False, set())) for number, met in ways.items()}
    return {number: edge for number, edge in found.items() if edge is not None}


def _alone(yes: set[bool], no: set[bool]) -> bool | None:
    """Return the outcome that fills a variable, or alone can; given whether it was filled, for either."""
    if yes == no:
        return None
    return True if True in yes and False in no else False if True in no and False in yes else None


def _given(op: ops.Op, held: tuple[ops.Var, ...], kinds: Kinds) -> Kinds:
    """Return what some variables hold after an op."""
    into = _into(op)
    if into not in held:
        return kinds
    given = kinds[held.index(op.source)] if isinstance(op, ops.Move) and op.source in held else _kind(op)
    return tuple(given if one == into else kind for one, kind in zip(held, kinds, strict=True))


def _kind(op: ops.Op) -> str:
    match op:
        case ops.Const():
            return NONE if op.text == "None" else FALSY if op.text in FALSE else TRUTHY
        case ops.New(_, "list" | "dict" | "set" | "tuple", parts):
            return OTHER if op.over is not None else TRUTHY if parts else FALSY
        case ops.New():
            return TRUTHY
        case ops.Call() | ops.Mutate() | ops.Suspend("await") | ops.Compute(_, "fstring" | "+"):
            return SET
        case _:
            return OTHER


def _into(op: ops.Op) -> ops.Var | None:
    match op:
        case ops.Mutate(call):
            return call.into
        case ops.Forget(var):
            return var
        case _:
            return getattr(op, "into", None)
