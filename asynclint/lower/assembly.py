"""From an open graph to a closed one: unreachable blocks dropped, trivial jumps gone, blocks in order of the code."""

from __future__ import annotations

from asynclint.ir.graph import Block, Graph
from asynclint.ir.ops import Raise, Return
from asynclint.lower.builder import Builder, OpenBlock


def close(b: Builder) -> Graph:
    """Close the graph of a builder."""
    entry = b.order[0]
    _skip_empty(b)
    _merge(b, entry)
    reached = _reachable(b.blocks, entry)
    order = [number for number in dict.fromkeys(b.order) if number in reached]
    order.extend((Builder.EXIT, Builder.RAISED))
    numbers = {old: new for new, old in enumerate(order)}
    return Graph(
        tuple(_closed(b.blocks[old], numbers) for old in order),
        numbers[Builder.EXIT],
        numbers[Builder.RAISED],
        tuple((numbers[handler], numbers[first]) for handler, first in b.guarded
              if handler in numbers and first in numbers),
    )  # fmt: skip


def _closed(block: OpenBlock, numbers: dict[int, int]) -> Block:
    raised = numbers[Builder.RAISED]
    # The handler of a block without ops can be out of reach; nothing there raises, so any valid number will do.
    return Block(
        tuple(block.ops),
        tuple([numbers[successor] for successor in block.successors]),
        numbers.get(block.handler, raised),
    )


def _skip_empty(b: Builder) -> None:
    blocks = b.blocks

    def final(number: int) -> int:
        seen = {number}
        while True:
            block = blocks[number]
            if block.ops or len(block.successors) != 1 or number in b.pinned:
                return number
            number = block.successors[0]
            if number in seen:
                return number
            seen.add(number)

    for block in blocks:
        if block.successors:
            block.successors = tuple([final(successor) for successor in block.successors])
        block.handler = final(block.handler)


def _merge(b: Builder, entry: int) -> None:
    """Join each block with its only successor where that has no other predecessor and the same handler."""
    blocks = b.blocks
    reached = _reachable(blocks, entry)
    entries = dict.fromkeys(reached, 0)
    for number in reached:
        block = blocks[number]
        for successor in block.successors:
            entries[successor] += 1
    fixed = {Builder.EXIT, Builder.RAISED, entry, *b.pinned, *(blocks[number].handler for number in reached)}
    for number in reached:
        block = blocks[number]
        while len(block.successors) == 1:
            (successor,) = block.successors
            follower = blocks[successor]
            if successor in fixed or entries[successor] != 1 or successor == number or number not in entries:
                break
            if follower.handler != block.handler and block.ops and follower.ops:
                break
            if block.ops and isinstance(block.ops[-1], (Return, Raise)):
                break
            if not block.ops:
                block.handler = follower.handler
            block.ops.extend(follower.ops)
            block.successors = follower.successors
            follower.ops, follower.successors = [], ()
            del entries[successor]


def _reachable(blocks: list[OpenBlock], entry: int) -> set[int]:
    reached = {entry}
    stack = [entry]
    while stack:
        block = blocks[stack.pop()]
        leads = (*block.successors, block.handler) if block.ops else block.successors
        for number in leads:
            if number not in reached:
                reached.add(number)
                stack.append(number)
    return reached
