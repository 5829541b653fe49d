"""What a well-formed graph looks like."""

from __future__ import annotations

from asynclint.ir.graph import Block, Graph
from asynclint.ir.ops import Iterate, Raise, Return, Test


def verify(graph: Graph) -> list[str]:
    """Return a sentence for each thing that is wrong with a graph; none if it is well formed."""
    count = len(graph.blocks)
    problems = [
        f"{what} is block {number}, which does not exist"
        for what, number in (("exit", graph.exit), ("raised", graph.raised))
        if not 0 <= number < count
    ]
    problems += [
        f"block {number} is named in guarded and does not exist"
        for pair in graph.guarded
        for number in pair
        if not 0 <= number < count
    ]
    if problems:
        return problems
    for end in (graph.exit, graph.raised):
        if graph.blocks[end].ops or graph.blocks[end].successors:
            problems.append(f"block {end} is an end and not empty")
    for number, block in enumerate(graph.blocks):
        if number not in (graph.exit, graph.raised):
            problems += [f"block {number} {problem}" for problem in _block(graph, block)]
    return problems + _unreachable(graph)


def _block(graph: Graph, block: Block) -> list[str]:
    count = len(graph.blocks)
    problems = [f"leads to block {target}" for target in block.successors if not 0 <= target < count]
    if not 0 <= block.handler < count:
        problems.append(f"has handler {block.handler}")
    problems += [f"goes on after {op}" for op in block.ops[:-1] if isinstance(op, (Test, Iterate, Return, Raise))]
    last = block.ops[-1] if block.ops else None
    match last:
        case Test() | Iterate():
            expected = 2
        case Raise():
            expected = 0
        case _:
            expected = 1
    if len(block.successors) != expected:
        problems.append(f"has {len(block.successors)} successors behind {last}")
    if isinstance(last, Return) and block.successors != (graph.exit,):
        problems.append("returns to somewhere else than the exit")
    return problems


def _unreachable(graph: Graph) -> list[str]:
    reached = {graph.entry, graph.exit, graph.raised}
    stack = [graph.entry]
    while stack:
        block = graph.blocks[stack.pop()]
        for target in (*block.successors, *((block.handler,) if block.ops else ())):
            if 0 <= target < len(graph.blocks) and target not in reached:
                reached.add(target)
                stack.append(target)
    return [f"block {number} cannot be reached" for number in range(len(graph.blocks)) if number not in reached]
