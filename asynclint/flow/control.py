"""Control dependence: which branches decide whether a block runs (Ferrante, Ottenstein, Warren 1987).

Sets of blocks are bit masks. An exceptional edge decides nothing by itself: a handler depends on what its `try`
depends on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from asynclint.flow.solver import ranks
from asynclint.ir.graph import Graph
from asynclint.ir.ops import Raise, Test, Var
from asynclint.ir.walk import reached


@dataclass(frozen=True)
class Control:
    """Which branches decide what, in one graph; worked out when it is first asked, as in many graphs nobody does."""

    graph: Graph
    _walked: dict[tuple[int, bool, bool], frozenset[int]] = field(default_factory=dict, repr=False, compare=False)
    filled: dict[tuple[Var, int], dict[int, bool | None]] = field(default_factory=dict, repr=False, compare=False)
    """By which outcome of one test a variable is filled, for each test that asks for it; as far as anybody asked."""

    @cached_property
    def _ways(self) -> list[tuple[int, ...]]:
        return [_ways(self.graph, number) for number in range(len(self.graph.blocks))]

    @cached_property
    def _after(self) -> list[int]:
        """For each block the mask of those that every normal way from it passes."""
        return _postdominators(self.graph, self._ways)

    @cached_property
    def _dominators(self) -> tuple[int, ...]:
        """For each block the mask of those that every way to it passes."""
        return _dominators(self.graph, self.graph.edges)

    @cached_property
    def _decided_by(self) -> tuple[frozenset[tuple[int, bool]], ...]:
        """For each block the branches, as (block, edge) with True for the first successor, that it depends on."""
        return _dependence(self.graph, self._ways, self._after)

    def depends(self, block: int, test: int, edge: bool) -> bool:
        """Tell whether a test decides that a block runs: it went this way, and the other need not have led here."""
        if (test, edge) not in self._decided_by[block]:
            return False
        successors = self.graph.blocks[test].successors
        if len(successors) > 1 and self._after[successors[1 if edge else 0]] >> block & 1:
            return False
        # In a later round of a loop, what either outcome may lead to is decided by what that round looks at.
        if block in self._beyond(test, edge, True):
            return True
        return block not in self._beyond(test, not edge) and not self._raises(test, not edge)

    def tests_of(self, block: int) -> frozenset[tuple[int, bool]]:
        """Return the branches that a block depends on, in some round of a loop at least."""
        return self._decided_by[block]

    def _leads(self, block: int, test: int) -> bool:
        """Tell whether a block leads to a test."""
        seen, pending = {block}, [block]
        while pending:
            for way in self.graph.edges[pending.pop()]:
                if way == test:
                    return True
                if way not in seen:
                    seen.add(way)
                    pending.append(way)
        return block == test

    def _raises(self, test: int, edge: bool) -> bool:
        """Tell whether one outcome of a test is an error at once: it makes sure of something for what follows."""
        successors = self.graph.blocks[test].successors
        ops = self.graph.blocks[successors[0 if edge else 1]].ops if len(successors) == 2 else ()
        return bool(ops) and isinstance(ops[-1], Raise)

    def awaits(self, test: int, edge: bool) -> bool:
        """Tell whether a `while` was left this way: the other way would have tested again."""
        ops = self.graph.blocks[test].ops
        last = ops[-1] if ops else None
        return isinstance(last, Test) and last.kind == "while" and (test, not edge) in self._decided_by[test]

    def dominates(self, first: int, block: int) -> bool:
        """Tell whether every way to a block passes another."""
        return bool(self._dominators[block] >> first & 1)

    def settles(self, test: int, edge: bool, block: int) -> bool:
        """Tell whether every way to a block passes a test, and passes it last with this outcome.

        A test ends its block: what stands before it in the block comes to it only in a later round.
        """
        return block != test and self.dominates(test, block) and block not in self._beyond(test, not edge)

    def passes(self, test: int, edge: bool, block: int, other: int) -> bool:
        """Tell whether every way from one outcome of a test to a block passes another test, or the same again."""
        seen, pending = {test, other}, [*self.graph.blocks[test].successors[0 if edge else 1 :][:1]]
        while pending:
            number = pending.pop()
            if number in seen:
                continue
            if number == block:
                return False
            seen.add(number)
            pending.extend(self.graph.edges[number])
        return True

    def cuts(self, outcomes: frozenset[tuple[int, bool]], block: int) -> bool:
        """Tell whether every way to a block passes one of some outcomes of tests, given as (block, edge)."""
        entry = self.graph.entry
        seen, pending = {entry}, [entry]
        while pending:
            number = pending.pop()
            if number == block:
                return False
            skipped = [
                way for edge, way in zip((True, False), self._ways[number], strict=False) if (number, edge) in outcomes
            ]
            following = [way for way in self.graph.edges[number] if way not in seen and way not in skipped]
            seen.update(following)
            pending.extend(following)
        return True

    def _beyond(self, test: int, edge: bool, this_round: bool = False) -> frozenset[int]:
        """Return the blocks that one outcome of a test leads to before the test is made again; walked once.

        `this_round`: nor before a loop around the test begins its next round.
        """
        known = self._walked.get((test, edge, this_round))
        if known is None:
            seen, pending = {test}, [*self.graph.blocks[test].successors[0 if edge else 1 :][:1]]
            heads: set[int] = set()
            while pending:
                number = pending.pop()
                if number in seen:
                    continue
                seen.add(number)
                following = self.graph.edges[number]
                if this_round and number != test and self.dominates(number, test):
                    heads.add(number)
                    # A loop that is left by its head is left in this round.
                    following = tuple(way for way in following if not self._leads(way, test))
                pending.extend(following)
            known = self._walked[test, edge, this_round] = frozenset(seen - heads)
        return known


def _dependence(graph: Graph, ways: list[tuple[int, ...]], after: list[int]) -> tuple[frozenset[tuple[int, bool]], ...]:
    """Compute transitive control dependence."""
    direct: list[set[tuple[int, bool]]] = [set() for _ in graph.blocks]
    for test, targets in enumerate(ways):
        if len(targets) < 2:
            continue
        strict = after[test] & ~(1 << test)
        for edge, target in zip((True, False), targets, strict=False):
            decided = after[target] & ~strict
            while decided:
                low = decided & -decided
                direct[low.bit_length() - 1].add((test, edge))
                decided ^= low
    parents = _handler_parents(graph, ways)
    return tuple(_closure(number, direct, parents) for number in range(len(graph.blocks)))


def _dominators(graph: Graph, ways: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Return for each block the mask of the blocks that every way to it passes, exceptional ways included."""
    count = len(graph.blocks)
    everything = (1 << count) - 1
    before = [everything] * count
    before[graph.entry] = 1 << graph.entry
    order = sorted(range(count), key=ranks(graph).__getitem__)
    changed = True
    while changed:
        changed = False
        for number in order:
            for target in ways[number]:
                common = before[target] & before[number] | 1 << target
                if common != before[target] and target != graph.entry:
                    before[target] = common
                    changed = True
    return tuple(before)


def _ways(graph: Graph, number: int) -> tuple[int, ...]:
    block = graph.blocks[number]
    successors = block.successors
    if block.ops and isinstance(block.ops[-1], Raise) and block.handler != graph.raised:
        return (block.handler,)
    return successors[:1] if len(successors) == 2 and successors[0] == successors[1] else successors


def _postdominators(graph: Graph, ways: list[tuple[int, ...]]) -> list[int]:
    """Return for each block the mask of the blocks that every normal way from it to an end passes."""
    count = len(graph.blocks)
    everything = (1 << count) - 1
    after = [everything] * count
    ends = [number for number in range(count) if not ways[number]]
    for number in ends:
        after[number] = 1 << number
    order = _backward_order(ways)
    endless = _endless(ways, ends, order)
    changed = True
    while changed:
        changed = False
        for number in order:
            if not ways[number]:
                continue
            common = after[graph.exit] if number in endless else everything
            for target in ways[number]:
                common &= after[target]
            common |= 1 << number
            if common != after[number]:
                after[number] = common
                changed = True
    return after


def _endless(ways: list[tuple[int, ...]], ends: list[int], order: list[int]) -> set[int]:
    """Return the blocks that close a loop which nothing leaves: such a loop is taken to end there."""
    sources: dict[int, list[int]] = {}
    for number, targets in enumerate(ways):
        for target in targets:
            sources.setdefault(target, []).append(number)
    ending, pending = set(ends), list(ends)
    while pending:
        for source in sources.get(pending.pop(), ()):
            if source not in ending:
                ending.add(source)
                pending.append(source)
    rank = {number: place for place, number in enumerate(order)}
    return {
        number
        for number, targets in enumerate(ways)
        if number not in ending and any(rank[target] >= rank[number] for target in targets)
    }


def _backward_order(ways: list[tuple[int, ...]]) -> list[int]:
    """List blocks so that most come after their successors."""
    order: list[int] = []
    seen: set[int] = set()
    for root in range(len(ways)):
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, iter(ways[root]))]
        while stack:
            number, targets = stack[-1]
            following = next((target for target in targets if target not in seen), None)
            if following is None:
                order.append(number)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(ways[following])))
    return order


def _handler_parents(graph: Graph, ways: list[tuple[int, ...]]) -> dict[int, int]:
    """Map each block that only an exception leads to, to the block in which the `try` begins."""
    normal = _reach(graph.entry, ways)
    parents: dict[int, int] = {}
    for handler, begin in graph.guarded:
        for number in _reach(handler, ways) - normal:
            if number not in (graph.exit, graph.raised):
                parents.setdefault(number, begin)
    return parents


def _reach(start: int, ways: list[tuple[int, ...]]) -> set[int]:
    return set(reached([start], ways.__getitem__))


def _closure(number: int, direct: list[set[tuple[int, bool]]], parents: dict[int, int]) -> frozenset[tuple[int, bool]]:
    found: set[tuple[int, bool]] = set()
    seen, pending = {number}, [number]
    while pending:
        block = pending.pop()
        found |= direct[block]
        sources = [test for test, _ in direct[block]]
        if block in parents:
            sources.append(parents[block])
        for source in sources:
            if source not in seen:
                seen.add(source)
                pending.append(source)
    return frozenset(found)
