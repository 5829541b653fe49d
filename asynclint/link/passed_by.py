"""Cancellations that a run may pass by: under a condition that is about something else than the task."""

from __future__ import annotations

from collections.abc import Collection

from asynclint.ir import ops
from asynclint.link.inlined import Inlined


def passes_by(body: Inlined, line: int, cancelled: Collection[tuple[str, int]]) -> bool:
    """Tell whether a run, from a write in a line, may give way or end well without any of some cancellations.

    Each is an attribute with a task, and the line of the call that cancels it. What is asked of the attribute itself
    tells whether there is a task at all, so the way past that is none.
    """
    about = _about(body, {name for name, _ in cancelled})
    lines = {at for _, at in cancelled}
    graph, assembled = body.assembled.graph, body.assembled
    seen: set[int] = set()
    pending = list(body.writes(line))
    while pending:
        number, begin = pending.pop()
        block = graph.blocks[number]
        if number == graph.exit:
            return True
        for op in block.ops[begin:]:
            if isinstance(op, ops.Suspend):
                return True
            if isinstance(op, ops.Call) and assembled.span(assembled.in_root(op.at)).line in lines:
                break
            if isinstance(op, ops.Test) and op.value in about:
                break
        else:
            pending.extend((way, 0) for way in block.successors if way not in seen)
            seen.update(block.successors)
    return False


def comes_uncancelled(body: Inlined, line: int, cancelled: Collection[tuple[str, int]]) -> bool:
    """Tell whether a run may come to a call in a line without any of some cancellations in the same turn."""
    about = _about(body, {name for name, _ in cancelled})
    lines = {at for _, at in cancelled}
    graph, assembled = body.assembled.graph, body.assembled
    seen: set[tuple[int, bool]] = set()
    pending = [(graph.entry, False)]
    while pending:
        number, done = pending.pop()
        block = graph.blocks[number]
        for op in block.ops:
            at = assembled.span(assembled.in_root(op.at)).line if isinstance(op, ops.Call) else 0
            done = (done or at in lines or (isinstance(op, ops.Test) and op.value in about)) and not (
                isinstance(op, ops.Suspend)
            )
            if at == line and not done:
                return True
        following = {(way, done) for way in (*block.successors, block.handler)} - seen
        seen |= following
        pending.extend(following)
    return False


def _about(body: Inlined, names: Collection[str]) -> frozenset[ops.Var]:
    """Return the variables that hold what stands in some attributes, or tell something of it; order is ignored."""
    every = [op for block in body.assembled.graph.blocks for op in block.ops]
    found = {op.into for op in every if isinstance(op, ops.LoadAttr) and op.name in names}
    before = -1
    while len(found) != before:
        before = len(found)
        for op in every:
            match op:
                case ops.Move(into, source, _) if source in found:
                    found.add(into)
                case ops.Compute(into, _, args, _) if found.intersection(args):
                    found.add(into)
                case ops.LoadAttr(into, base, _, _) | ops.LoadItem(into, base, _, _, _, _) if base in found:
                    found.add(into)
                case ops.Call() if op.receiver in found or found.intersection(op.args):
                    found.add(op.into)
                case _:
                    pass
    return frozenset(found)
