"""The fixpoint loop: what lies behind a loop is gone through with all that the loop leaves."""

from __future__ import annotations

from asynclint.flow.solver import solve
from asynclint.ir.graph import Block, Graph
from asynclint.ir.ops import Forget, Op
from asynclint.ir.walk import reached


class Counting:
    """Collects the blocks on the way, and counts how often each is gone through."""

    def __init__(self) -> None:
        self.rounds: dict[int, int] = {}

    def join(self, left: frozenset[int], right: frozenset[int]) -> frozenset[int]:
        """Return all blocks on either way."""
        return left if right <= left else left | right

    def transfer(
        self, number: int, block: Block, facts: frozenset[int]
    ) -> tuple[tuple[frozenset[int], ...], frozenset[int] | None]:
        """Add the block itself."""
        self.rounds[number] = self.rounds.get(number, 0) + 1
        after = facts | {number}
        return (after,) * len(block.successors), after if block.ops else None


def loops(count: int) -> Graph:
    """Make so many loops, one after the other: each a head and a body that may raise."""
    op: Op = Forget("x", 0)
    last, handler = 2 * count, 2 * count + 1
    blocks: list[Block] = []
    for head in range(0, 2 * count, 2):
        blocks += [Block((), (head + 1, head + 2), handler), Block((op,), (head,), handler)]
    return Graph((*blocks, Block((), (), handler), Block((), (), handler)), last, handler)


def test_what_follows_a_loop_is_not_gone_through_once_for_each_of_its_rounds() -> None:
    domain, graph = Counting(), loops(8)
    facts = solve(graph, domain, frozenset())
    assert facts[graph.exit] == frozenset(range(16))
    assert domain.rounds[graph.exit] == 1
    assert max(domain.rounds.values()) <= 2


def test_a_walk_comes_to_each_thing_once_and_asks_no_further_than_it_is_looked_at() -> None:
    ways = {1: (2, 3), 2: (1, 4), 3: (4,), 4: (2,), 5: (1,)}
    asked: list[int] = []

    def on(one: int) -> tuple[int, ...]:
        asked.append(one)
        return ways[one]

    walk = reached([1, 1], on)
    assert next(walk) == 1
    assert asked == []
    assert sorted((1, *walk)) == [1, 2, 3, 4]
    assert sorted(asked) == [1, 2, 3, 4]
