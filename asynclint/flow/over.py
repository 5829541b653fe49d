"""Tests that are over when a loop begins its next round: what they found decides nothing of that one.

Whichever way such a test comes out leads to the next round, in which it is made again, or passed by: a truth that is
known without it (`ok = not known or self.x`) leaves what the last round found of `self.x` where it was. A loop that
waits decides when the next round of one around it begins.
"""

from __future__ import annotations

from collections.abc import Mapping

from asynclint.flow.control import Control
from asynclint.flow.solver import ranks
from asynclint.ir.graph import Graph
from asynclint.ir.walk import reached

Edge = tuple[int, int]
"""The last block of a round, and the head of the loop."""


def over(graph: Graph, deciding: Control) -> Mapping[Edge, frozenset[int]]:
    """Return, for each way back to the head of a loop, the tests within it that do not decide whether it goes on."""
    rank = ranks(graph)
    ends: dict[int, list[int]] = {}
    for number, block in enumerate(graph.blocks):
        for head in block.successors:
            if rank[head] <= rank[number] < len(graph.blocks) and deciding.dominates(head, number):
                ends.setdefault(head, []).append(number)
    if not ends:
        return {}
    before: list[list[int]] = [[] for _ in graph.blocks]
    for number, ways in enumerate(graph.edges):
        for way in ways:
            before[way].append(number)
    found = {head: _within(graph, before, numbers, head) for head, numbers in ends.items()}
    return {(number, head): found[head] for head, numbers in ends.items() for number in numbers if found[head]}


def _within(graph: Graph, before: list[list[int]], ends: list[int], head: int) -> frozenset[int]:
    inside = set(reached(ends, lambda one: () if one == head else before[one])) | {head}

    def goes_on(test: int, way: int) -> bool:
        """Tell whether a way out of a test leads to the next round, nowhere else, and not over the test once more."""
        if way in (head, test):
            return way == head
        passed = set(reached([way], lambda one: () if one in (head, test) else graph.blocks[one].successors))
        return head in passed and passed <= inside

    return frozenset(
        one
        for one in inside - {head}
        if len(ways := graph.blocks[one].successors) == 2
        and inside.issuperset(ways)
        and all(goes_on(one, way) for way in ways)
    )
