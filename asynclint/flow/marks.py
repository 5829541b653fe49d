"""Marks: flags, counters, entries and events that a task sets and takes back, op by op."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from asynclint.flow.cursor import Cursor
from asynclint.flow.staleness import Solved
from asynclint.flow.transfer import constant_of
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import FALSE, excludes
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import MODULE, Key, Path

Deed = Literal["store", "plus", "minus", "put", "take", "clear", "set", "acquire", "release", "other", "call"]
OPPOSITE: dict[Deed, Deed] = {"plus": "minus", "minus": "plus", "put": "take", "clear": "set", "acquire": "release"}
PUTTING = frozenset(("add", "append", "appendleft", "setdefault"))
TAKING = frozenset(("remove", "discard", "pop"))
LATCH = re.compile(r"initiali[sz]ed|(^|_)(loaded|setup|set_up|prepared|subscribed)$", re.IGNORECASE)
"""Names of flags that stand for work which has to have been done: not for a message that is told once."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What an op does to state that could be a mark, or a call that may do so: then `callee` is its dotted name.

    `value` is the constant that a store leaves, empty if it is no constant; `item` the source of the key or element
    that is put into a container or taken out. `check`: every way here has passed this check, and it lets nobody else
    pass from now on.
    """

    path: Path
    deed: Deed
    at: int
    value: str = ""
    container: Path | None = None
    item: str = ""
    check: Guard | None = None
    callee: str = ""

    @property
    def sets(self) -> bool:
        """Tell whether this can be the beginning of something that has to be taken back."""
        return self.deed in OPPOSITE or (self.deed == "store" and self.value not in FALSE)

    def takes_back(self, mark: Mark) -> bool:
        """Tell whether this undoes a mark."""
        if mark.deed == self.deed == "store":
            other = bool(self.value and mark.value) and self.value != mark.value
            return self.path == mark.path and (self.value in FALSE or other)
        if OPPOSITE.get(mark.deed) != self.deed:
            return False
        if self.deed == "take":
            return self.container == mark.container and bool(self.item) and self.item == mark.item
        return self.path == mark.path

    def touches(self, mark: Mark) -> bool:
        """Tell whether this may change what a mark is about."""
        path = self.path
        return path.root == mark.path.root and mark.path.steps[: len(path.steps)] == path.steps


def marks(solved: Solved) -> dict[tuple[int, int], Mark]:
    """Return what each op does to marks, by block and place in the block."""
    return dict(_marks(solved))


def _marks(solved: Solved) -> Iterator[tuple[tuple[int, int], Mark]]:
    for number, _, moments in solved.blocks():
        for place, (op, cursor, wrote) in enumerate(moments):
            if wrote is not None:
                yield (number, place), _made(cursor, wrote, op)
            elif isinstance(op, ops.Call):
                receiver = cursor.value(op.receiver).place if op.receiver else None
                where = receiver if receiver is not None else Path("global", MODULE)
                callee = f"{receiver}.{op.method}" if receiver is not None else op.callee
                deed: Deed = "set" if op.method == "set" and receiver is not None and not op.args else "call"
                yield (number, place), Mark(where, deed, op.at, callee=callee)


def _made(cursor: Cursor, wrote: Written, op: ops.Op) -> Mark:
    deed = _deed(wrote)
    constant = "None" if wrote.how == "delete" else constant_of(wrote.value) if deed == "store" else ""
    last = wrote.path.steps[-1] if wrote.path.steps else None
    item = last.text if isinstance(last, Key) else ""
    if not item and isinstance(op, ops.Mutate) and op.call.texts:
        item = op.call.texts[0]
    checks = [
        (not settled, guard.reading.at, guard.test, guard)
        for guard in cursor.guards
        if _is_about(guard, wrote) and excludes(guard, constant)
        if (settled := cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)) or _lets_in(cursor, guard)
    ]
    check = min(checks, key=lambda one: one[:-1])[-1] if checks else None
    return Mark(wrote.path, deed, wrote.at, constant, wrote.container, item, check)


def _is_about(guard: Guard, wrote: Written) -> bool:
    """Tell whether a check is of what is written, or of how much is in its container: not of whether that is there."""
    path = guard.reading.path
    return path == wrote.path or (path == wrote.container and guard.form not in ("in", "not in"))


def _lets_in(cursor: Cursor, guard: Guard) -> bool:
    """Tell whether a check is one condition of an `or` under which the write stands: `if not self.loaded or force`."""
    deciding, block = cursor.scope.deciding, cursor.block
    ways = deciding.graph.blocks[guard.test].successors
    if len(ways) != 2 or not deciding.depends(block, guard.test, guard.edge):
        return False
    inner = ways[0 if guard.edge else 1]
    return declining(deciding.graph, guard) is not None and (inner == block or deciding.dominates(inner, block))


def declining(graph: Graph, guard: Guard) -> int | None:
    """Return where a run goes for which a check comes out the other way, past the other conditions of its `or`."""
    ways = graph.blocks[guard.test].successors
    if len(ways) != 2:
        return None
    inner, other = ways if guard.edge else ways[::-1]
    for _ in graph.blocks:
        block = graph.blocks[other]
        last = block.ops[-1] if block.ops else None
        if not isinstance(last, ops.Test) or inner not in block.successors or any(map(_matters, block.ops)):
            return other
        other = block.successors[0 if block.successors[1] == inner else 1]
    return None


def _matters(op: ops.Op) -> bool:
    """Tell whether an op in a condition does more than to look."""
    return isinstance(op, (ops.Suspend, ops.StoreAttr, ops.StoreItem, ops.Mutate))


def _deed(wrote: Written) -> Deed:
    match wrote.how:
        case "store" | "delete":
            return "store"
        case "augmented":
            return "plus" if wrote.value.form == "+" else "minus" if wrote.value.form == "-" else "other"
        case "item":
            return "put"
        case "delete item":
            return "take"
        case "mutate":
            if wrote.method == "clear":
                return "clear"
            return "put" if wrote.method in PUTTING else "take" if wrote.method in TAKING else "other"
