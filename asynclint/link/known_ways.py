"""Ways that a test cannot take: an earlier one of the same local came out otherwise, and it holds what it held then.

`if first: n = self.n`, and then `if first: self.n = n + 1`: who has read has come by the first test, and goes the same
way by the second. Each way into the second test goes on where it leads to, if that is known there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from asynclint.flow.held import NONE, OTHER, SET, TRUTHY, Asked, asks_for, into, kind_of
from asynclint.flow.liveness import variables
from asynclint.flow.solver import ranks
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph

Known = Mapping[ops.Var, str]
"""What locals hold, as far as that is known."""
PLAIN = (ops.Const, ops.Compute, ops.Test)
"""Ops that may be left out, or be there more than once."""
TRUTHS = frozenset(("not", "in", "not in", "is", "is not", "==", "!=", "<", ">", "<=", ">="))


def without_contradictions(graph: Graph) -> Graph:
    """Return the graph where a test of a local is gone by on the ways on which its outcome is known."""
    asking = {number: asked for number in range(len(graph.blocks)) if (asked := _asked(graph, number)) is not None}
    times = Counter(asked.var for asked in asking.values())
    asking = {number: asked for number, asked in asking.items() if times[asked.var] > 1}
    if not asking:
        return graph
    outcome = _Held(graph, asking).solved()
    pinned = {graph.entry, *(block.handler for block in graph.blocks), *(begin for _, begin in graph.guarded)}
    blocks = list(graph.blocks)
    for number, asked in asking.items():
        if number not in pinned and all(isinstance(op, PLAIN) for op in graph.blocks[number].ops):
            _go_by(blocks, number, asked, outcome)
    return replace(graph, blocks=tuple(blocks)) if blocks != list(graph.blocks) else graph


def _asked(graph: Graph, number: int) -> Asked | None:
    block = graph.blocks[number]
    last = block.ops[-1] if block.ops else None
    if len(set(block.successors)) != 2 or not isinstance(last, ops.Test) or last.kind in ("except", "found", "match"):
        return None
    return asks_for(graph, number)


def _go_by(blocks: list[Block], number: int, asked: Asked, outcome: Mapping[tuple[int, int], Known]) -> None:
    """Lead each way into a test on to where the test goes, if what is tested is known on it."""
    block = blocks[number]
    for one in range(len(blocks)):
        ways = list(blocks[one].successors)
        for place, way in enumerate(ways):
            known = outcome.get((one, place)) if way == number else None
            can = [edge for edge in (True, False) if known is None or asked.may(known.get(asked.var, OTHER), edge)]
            if len(can) == 1:
                ways[place] = len(blocks)
                follow = block.successors[0 if can[0] else 1]
                blocks.append(replace(block, ops=block.ops[:-1], successors=(follow,)))
        if tuple(ways) != blocks[one].successors:
            blocks[one] = replace(blocks[one], successors=tuple(ways))


class _Held:
    """The analysis of what locals hold at the end of each block, on each way out of it."""

    def __init__(self, graph: Graph, asking: Mapping[int, Asked]) -> None:
        self._graph = graph
        self._asking = asking
        self._vars = frozenset(asked.var for asked in asking.values())
        self._lasting = _lasting(graph, self._vars)

    def solved(self) -> Mapping[tuple[int, int], Known]:
        """Return what is known on each way out of a block, by the block and the place among its successors."""
        graph = self._graph
        order = sorted(range(len(graph.blocks)), key=ranks(graph).__getitem__)
        before: dict[int, dict[ops.Var, str]] = {graph.entry: {}}
        found: dict[tuple[int, int], Known] = {}
        changed = True
        while changed:
            changed = False
            for number in order:
                if number in before:
                    for place, (way, after) in enumerate(self._after(number, before[number])):
                        if place < len(graph.blocks[number].successors):
                            found[number, place] = after
                        joined = after if way not in before else _common(before[way], after)
                        if joined != before.get(way):
                            before[way], changed = joined, True
        return found

    def _after(self, number: int, known: dict[ops.Var, str]) -> list[tuple[int, dict[ops.Var, str]]]:
        """Return the ways out of a block, the one to its handler last, with what is known on each."""
        block = self._graph.blocks[number]
        held = known
        for op in block.ops:
            held = self._step(op, held)
        asked = self._asking.get(number)
        ways = []
        for place, way in enumerate(block.successors):
            after = held
            if asked is not None and place < 2 and asked.may(held.get(asked.var, OTHER), place == 0):
                after = {**held, asked.var: asked.after(held.get(asked.var, OTHER), place == 0)}
            ways.append((way, after))
        if block.handler != self._graph.raised:
            given = {into(op) for op in block.ops}
            kept = self._forgotten(known, self._vars)
            ways.append((block.handler, {var: kind for var, kind in kept.items() if var not in given}))
        return ways

    def _step(self, op: ops.Op, held: dict[ops.Var, str]) -> dict[ops.Var, str]:
        if isinstance(op, ops.Suspend):
            held = self._forgotten(held, self._vars)
        elif isinstance(op, ops.Call | ops.Mutate):
            held = self._forgotten(held, variables(op))
        var = into(op)
        if var in self._vars and var is not None:
            kind = held.get(op.source, OTHER) if isinstance(op, ops.Move) else kind_of(op)
            return {**held, var: OTHER if kind == SET else kind}
        return held

    def _forgotten(self, held: dict[ops.Var, str], names: Collection[ops.Var]) -> dict[ops.Var, str]:
        """Return what is still known once others may have filled, or emptied, what some locals hold."""
        return {
            var: kind if kind == NONE or var in self._lasting or var not in names else SET if kind == TRUTHY else OTHER
            for var, kind in held.items()
        }


def _lasting(graph: Graph, names: frozenset[ops.Var]) -> frozenset[ops.Var]:
    """Return the variables that hold nothing but constants and truths: nobody changes what they hold."""
    plain: dict[ops.Var, bool] = {
        op.into: isinstance(op, ops.Const) or (isinstance(op, ops.Compute) and op.kind in TRUTHS)
        for block in graph.blocks
        for op in block.ops
        if isinstance(op, ops.Const | ops.Compute)
    }
    changing = {
        var
        for block in graph.blocks
        for op in block.ops
        if (var := into(op)) in names and not plain.get(op.source if isinstance(op, ops.Move) else var or "", False)
    }
    given = {into(op) for block in graph.blocks for op in block.ops}
    return frozenset(var for var in names if var in given and var not in changing)


def _common(one: dict[ops.Var, str], two: dict[ops.Var, str]) -> dict[ops.Var, str]:
    return {var: kind for var, kind in one.items() if two.get(var) == kind}
