"""Constants that a caller passes: a test of one in the helper goes one way only."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph

EQUAL = {"==": True, "is": True, "!=": False, "is not": False}
PLAIN = ("'", '"', "True", "False", "None")
"""How constants begin that are equal only if they are spelled alike; numbers are not among them."""


def decided(graph: Graph) -> Graph:
    """Return the graph without the ways that tests of constants cannot take."""
    made = _made(graph)
    blocks = tuple(_without_other_way(block, made) for block in graph.blocks)
    return replace(graph, blocks=blocks) if blocks != graph.blocks else graph


def _made(graph: Graph) -> dict[ops.Var, ops.Op]:
    """Return what makes each variable that is a constant, another variable or a comparison, and is made only once."""
    times: Counter[ops.Var] = Counter()
    made: dict[ops.Var, ops.Op] = {}
    for block in graph.blocks:
        for op in block.ops:
            into = getattr(op, "into", None)
            if into is not None:
                times[into] += 1
                if isinstance(op, ops.Const | ops.Move | ops.Compute):
                    made[into] = op
    return {var: op for var, op in made.items() if times[var] == 1}


def _without_other_way(block: Block, made: dict[ops.Var, ops.Op]) -> Block:
    last = block.ops[-1] if block.ops else None
    if not isinstance(last, ops.Test) or last.kind not in ("if", "while", "assert") or len(block.successors) != 2:
        return block
    outcome = _outcome(last.value, made)
    if outcome is None:
        return block
    return replace(block, ops=block.ops[:-1], successors=block.successors[0 if outcome else 1 :][:1])


def _outcome(var: ops.Var, made: dict[ops.Var, ops.Op]) -> bool | None:
    """Return the truth of a comparison of two constants, of which one was passed; None for anything else."""
    op = made.get(var)
    if not isinstance(op, ops.Compute) or op.kind not in EQUAL or len(op.args) != 2:
        return None
    one, two = (_constant(arg, made) for arg in op.args)
    if one is None or two is None:
        return None
    return (one == two) == EQUAL[op.kind]


def _constant(var: ops.Var, made: dict[ops.Var, ops.Op]) -> str | None:
    """Return the constant that a variable is, as it is spelled, if constants that differ are spelled unlike."""
    seen: set[ops.Var] = set()
    while var not in seen:
        seen.add(var)
        match made.get(var):
            case ops.Move(_, source, _):
                var = source
            case ops.Const(_, text, _) if text.startswith(PLAIN):
                return text
            case _:
                break
    return None
