"""The one fixpoint loop that every analysis runs on."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Protocol, TypeVar

from asynclint.ir.graph import Block, Graph

F = TypeVar("F")


class Domain(Protocol[F]):
    """A join semilattice of finite height and the effect of a block on it."""

    def join(self, left: F, right: F) -> F:
        """Return the least facts that hold on both ways in: `left` itself, the same object, where it is those."""
        ...

    def transfer(self, number: int, block: Block, facts: F) -> tuple[Sequence[F | None], F | None]:
        """Return the facts on each way out of the block (None if it is not taken), and those with which it may raise.

        Those are None if it cannot raise.
        """
        ...


def solve(graph: Graph, domain: Domain[F], entry: F) -> list[F | None]:
    """Return what holds on entry to each block: the least fixpoint; None for a block that is never reached.

    Blocks are taken in reverse post-order, a loop's body before what follows the loop, and handlers last: whatever
    lies behind a loop is then gone through once, with all that the loop leaves, and not once for each of its rounds.
    It ends because facts only grow and the lattice has finite height.
    """
    rank = ranks(graph, reverse=True)
    facts: list[F | None] = [None] * len(graph.blocks)
    facts[graph.entry] = entry
    pending = [(rank[graph.entry], graph.entry)]
    queued = {graph.entry}
    while pending:
        _, number = heapq.heappop(pending)
        queued.discard(number)
        block = graph.blocks[number]
        before = facts[number]
        assert before is not None
        outs, raised = domain.transfer(number, block, before)
        flows = [*zip(block.successors, outs, strict=True), (block.handler, raised)]
        for target, after in flows:
            if after is None:
                continue
            known = facts[target]
            joined = after if known is None else domain.join(known, after)
            if joined is not known:
                facts[target] = joined
                if target not in queued:
                    queued.add(target)
                    heapq.heappush(pending, (rank[target], target))
    return facts


def ranks(graph: Graph, *, reverse: bool = False) -> Sequence[int]:
    """Number the blocks in reverse post-order over normal and exceptional edges; the last edge first, if `reverse`."""
    return graph.ranks_from_last if reverse else graph.ranks
