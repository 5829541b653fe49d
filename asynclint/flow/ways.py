"""Ways through a graph, op by op."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.walk import reached


def place_of(graph: Graph, at: int) -> tuple[int, int]:
    """Return the block of an op and its place in it."""
    return next((n, i) for n, block in enumerate(graph.blocks) for i, op in enumerate(block.ops) if op.at == at)


def in_one_turn(graph: Graph, one: int, two: int) -> bool:
    """Tell whether two ops stand in one block, and nothing gives way between them."""
    (block, first), (other, last) = sorted((place_of(graph, one), place_of(graph, two)))
    return block == other and not any(isinstance(op, ops.Suspend) for op in graph.blocks[block].ops[first:last])


def sleeps_before(graph: Graph, start: int, test: int, edge: bool, goal: int) -> bool:
    """Tell whether some way from one op to another gives way before it has taken an outcome of a test.

    Ways that come back to the first op are begun anew there. Before each op a block may be left for its handler.
    """
    first, begin = place_of(graph, start)
    seen: set[tuple[int, bool]] = set()
    pending = [(first, begin + 1, False)]
    while pending:
        number, place, slept = pending.pop()
        block = graph.blocks[number]
        ways = {(block.handler, slept)}
        for op in block.ops[place:]:
            if op.at == goal and slept:
                return True
            if op.at in (goal, start):
                break
            slept = slept or isinstance(op, ops.Suspend)
            ways.add((block.handler, slept))
        else:
            ways.update((way, slept) for way in _taken(block.successors, not slept and number == test, edge))
        pending.extend((way, 0, after) for way, after in ways - seen)
        seen |= ways
    return False


def ends_with(graph: Graph, at: int) -> bool:
    """Tell whether a function is over once an op has been run: nothing gives way after it, and nothing comes back."""
    number, place = place_of(graph, at)
    if any(isinstance(op, ops.Suspend) for op in graph.blocks[number].ops[place + 1 :]):
        return False
    return not any(
        following == number or any(isinstance(op, ops.Suspend) for op in graph.blocks[following].ops)
        for following in graph.going_on(graph.blocks[number].successors)
    )


def asks_no_more(graph: Graph, at: int, name: str) -> bool:
    """Tell whether nothing that can run after an op reads an attribute of some name, or comes back to the op."""
    number, place = place_of(graph, at)
    if any(isinstance(op, ops.LoadAttr) and op.name == name for op in graph.blocks[number].ops[place + 1 :]):
        return False
    return not any(
        following == number
        or any(isinstance(op, ops.LoadAttr) and op.name == name for op in graph.blocks[following].ops)
        for following in graph.going_on(graph.blocks[number].successors)
    )


def _taken(successors: tuple[int, ...], is_test: bool, edge: bool) -> tuple[int, ...]:
    """Return the ways out of a block, without that of the outcome if it is the test."""
    return successors[1 if edge else 0 :][:1] if is_test else successors


def suspensions_in(graph: Graph, head: int) -> set[int]:
    """Return the suspensions in the loop that a block heads."""
    return {op.at for op in body_of(graph, head) if isinstance(op, ops.Suspend)}


def round_of(graph: Graph, head: int) -> set[int]:
    """Return the blocks that a round of the loop that a block heads may come to before its next one."""
    return set(reached(graph.blocks[head].successors[:1], lambda one: () if one == head else graph.edges[one])) - {head}


def body_of(graph: Graph, head: int) -> Iterator[ops.Op]:
    """Yield the ops of the loop that a block heads, without those of the block itself."""
    forward = round_of(graph, head)
    inside, changed = {head}, True
    while changed:
        grown = {block for block in forward - inside if inside.intersection(graph.edges[block])}
        inside |= grown
        changed = bool(grown)
    for block in inside - {head}:
        yield from graph.blocks[block].ops


def pause_between(graph: Graph, start: int | None, goal: int) -> int | None:
    """Return the first suspension on some way from one op to another, None if nothing gives way in between.

    Without a `start` it is one from where the function begins. Ways that come back to the first op are begun anew
    there. Before each op a block may be left for its handler.
    """
    first, begin = place_of(graph, start) if start is not None else (graph.entry, -1)
    seen: set[tuple[int, int | None]] = set()
    pending: list[tuple[int, int, int | None]] = [(first, begin + 1, None)]
    found: set[int] = set()
    while pending:
        number, place, slept = pending.pop()
        block = graph.blocks[number]
        ways = {(block.handler, slept)}
        for op in block.ops[place:]:
            if op.at == goal and slept is not None:
                found.add(slept)
            if op.at in (goal, start):
                break
            slept = op.at if slept is None and isinstance(op, ops.Suspend) else slept
            ways.add((block.handler, slept))
        else:
            ways.update((way, slept) for way in block.successors)
        pending.extend((way, 0, after) for way, after in ways - seen)
        seen |= ways
    return min(found, default=None)
