"""Rounds: what the body of a loop does to the very container that the loop goes over, and then comes back for more."""

from __future__ import annotations

from asynclint.flow.staleness import Solved
from asynclint.flow.ways import pause_between, round_of
from asynclint.flow.windows import Window
from asynclint.ir import ops

SHRINKING = frozenset(("pop", "popitem", "popleft", "clear", "remove", "discard"))


def own_removal(solved: Solved, window: Window) -> int | None:
    """Return the first op by which the body of a loop takes something out of its container, if the loop then goes on.

    It takes no other task: the next round finds that the container has changed.
    """
    graph = solved.graph
    head = next(number for number, block in enumerate(graph.blocks) if any(op.at == window.at for op in block.ops))
    inside = round_of(graph, head)
    found = [
        wrote.at
        for number, _, moments in solved.blocks()
        if number in inside and head in graph.going_on([number])
        for _, _, wrote in moments
        if wrote is not None
        and wrote.container == window.path
        and (wrote.how == "delete item" or (wrote.how == "mutate" and wrote.method in SHRINKING))
    ]
    return min(found, default=None)


def gone_through(solved: Solved, window: Window) -> bool:
    """Tell whether what is read is the container itself, gone over to its end, and nothing gives way before the write.

    What others have put behind the end of a list meanwhile, the loop has come to as well.
    """
    for _, _, moments in solved.blocks():
        for op, cursor, _ in moments[-1:]:
            if not isinstance(op, ops.Iterate) or op.is_async:
                continue
            source = cursor.value(op.iterable)
            if source.live == window.path and any(one.at == window.reading.at for one in source.readings):
                return pause_between(solved.graph, op.at, window.at) is None
    return False
