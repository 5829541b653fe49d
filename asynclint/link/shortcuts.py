"""Shortcuts: a truth that was decided on the way is not decided once more.

`return self.x is None and self.ready` in a helper, `return False` before `return True`, or `ok = a and b` and then
`if ok:`, branch by the same operands as the condition written out; here they get the same graph. So each way out of
the test keeps what was looked at on it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from asynclint.flow.solver import ranks
from asynclint.flow.verdicts import FALSE
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph

MOST = 8
"""Ops of a block that may be repeated on each way into it."""
TRUE = ("True", "1")


def shortened(graph: Graph) -> Graph:
    """Return the graph with tests decided where their outcome is known, and made where their value is."""
    pinned = {graph.entry, *(block.handler for block in graph.blocks), *(begin for _, begin in graph.guarded)}
    blocks = list(graph.blocks)
    for number, block in enumerate(graph.blocks):
        if number not in pinned and _is_test(block):
            _merge(blocks, number)
    tests = [number for number, block in enumerate(blocks) if number not in pinned and _is_test(block)]
    shared = [number for number in tests if len(_before(blocks, number)) > 1]
    if shared:
        rank = ranks(replace(graph, blocks=tuple(blocks)))
        for number in sorted(shared, key=rank.__getitem__, reverse=True):
            reached = [one for one in _before(blocks, number) if rank[one] < len(rank)]
            ahead = len(reached) > 1 and all(rank[one] < rank[number] for one in reached)
            if ahead and any(_tells(blocks[one].ops, blocks[number].ops) for one in reached):
                _decide_early(blocks, number, reached)
    return replace(graph, blocks=tuple(blocks)) if blocks != list(graph.blocks) else graph


def _before(blocks: Sequence[Block], number: int) -> list[int]:
    """Return the blocks that lead to a block, exceptional ways left out."""
    return [one for one, block in enumerate(blocks) if number in block.successors]


def _is_test(block: Block) -> bool:
    """Tell whether a block only hands values on and then branches on one."""
    last = block.ops[-1] if block.ops else None
    if not isinstance(last, ops.Test) or last.kind in ("except", "found") or len(block.ops) > MOST:
        return False
    return len(block.successors) == 2 and all(_is_plain(op) for op in block.ops[:-1])


def _is_plain(op: ops.Op) -> bool:
    return isinstance(op, ops.Move | ops.Const) or (isinstance(op, ops.Compute) and op.kind == "not")


def _merge(blocks: list[Block], number: int) -> None:
    """Move a test into the block before it, as long as that one only hands a value on to it."""
    while True:
        before = _before(blocks, number)
        if len(before) != 1 or before[0] == number or blocks[before[0]].successors != (number,):
            return
        block, first = blocks[number], blocks[before[0]]
        if not first.ops or not all(_is_plain(op) for op in first.ops) or len(first.ops) + len(block.ops) > MOST:
            return
        blocks[before[0]] = replace(first, ops=(*first.ops, *block.ops), successors=block.successors)
        blocks[number] = replace(block, ops=(), successors=())
        number = before[0]


def _tells(before: Sequence[ops.Op], block: Sequence[ops.Op]) -> bool:
    """Tell whether what is tested is made on a way into the test of what is known, or has been tested there.

    If on none, the ways stay together: which of them was taken decides nothing. Of what was awaited or called for
    nothing is known.
    """
    last = block[-1]
    assert isinstance(last, ops.Test)
    asked, _ = _source(block[:-1], last.value)
    made, _ = _source((*before, *block[:-1]), last.value)
    if made != asked:
        return not isinstance(made, ops.Suspend | ops.Call | ops.New)
    return bool(before) and _same_test(before, block) is not None


def _decide_early(blocks: list[Block], number: int, reached: list[int]) -> None:
    """Give each way into a test a test of its own, or its outcome where that is known there."""
    block = blocks[number]
    for one in reached:
        before = blocks[one]
        if len(before.successors) == 1:
            blocks[one] = _with(before, block, _constant(before.ops, block.ops))
            continue
        ways = list(before.successors)
        for edge in (True, False):
            place = 0 if edge else 1
            if ways[place] != number:
                continue
            outcome = _same_test(before.ops, block.ops)
            ways[place] = len(blocks)
            known = None if outcome is None else edge == outcome
            blocks.append(_with(Block((), (), block.handler), block, known))
        blocks[one] = replace(before, successors=tuple(ways))


def _with(before: Block, test: Block, known: bool | None) -> Block:
    """Return a block with a test put behind it, or only the way that the test would take."""
    if known is None:
        return replace(before, ops=(*before.ops, *test.ops), successors=test.successors)
    return replace(before, ops=(*before.ops, *test.ops[:-1]), successors=test.successors[0 if known else 1 :][:1])


def _source(block: Sequence[ops.Op], var: ops.Var) -> tuple[ops.Op | ops.Var, bool]:
    """Follow a variable back through a block: to the op that makes it, or to what it is when the block begins.

    Also tell whether it is that as it is, or its negation.
    """
    same = True
    for op in reversed(block):
        if getattr(op, "into", None) != var:
            continue
        match op:
            case ops.Move(_, source, _):
                var = source
            case ops.Compute(_, "not", (source,), _):
                var, same = source, not same
            case _:
                return op, same
    return var, same


def _constant(before: Sequence[ops.Op], block: Sequence[ops.Op]) -> bool | None:
    """Return the outcome of a test behind a block that makes a constant of what is tested; None if it does not."""
    last = block[-1]
    assert isinstance(last, ops.Test)
    made, same = _source((*before, *block[:-1]), last.value)
    if not isinstance(made, ops.Const) or made.text not in (*FALSE, *TRUE):
        return None
    return (made.text in TRUE) == same


def _same_test(before: Sequence[ops.Op], block: Sequence[ops.Op]) -> bool | None:
    """Tell whether a test comes out as the one just before did, or the other way; None if they are unrelated."""
    first, last = before[-1], block[-1]
    if not isinstance(first, ops.Test) or not isinstance(last, ops.Test) or first.kind in ("except", "found"):
        return None
    known, straight = _source(before[:-1], first.value)
    asked, same = _source((*before[:-1], *block[:-1]), last.value)
    if isinstance(known, str) or isinstance(asked, str):
        return straight == same if known == asked else None
    return straight == same if known is asked else None
