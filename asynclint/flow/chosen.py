"""Checks that do not decide whether state is written, but what with: what stands there already, or something new.

`conn = self.conns.get(key)`, `if conn is None: conn = await connect()`, then `self.conns[key] = conn` on either way:
who has found one puts it back where it stood, and else this is the same as a store under the check.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from asynclint.flow.control import Control
from asynclint.flow.cursor import Cursor
from asynclint.flow.looks import decides, nearest
from asynclint.flow.moves import aliases, carried, origins
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import filled
from asynclint.flow.writes import Written, as_it_was
from asynclint.ir import ops
from asynclint.ir.graph import Graph

LOOKUPS = frozenset(("get", "setdefault", "pop"))


def chosen(graph: Graph, cursor: Cursor, op: ops.Op, wrote: Written) -> Iterator[tuple[Guard, Written]]:
    """Yield the stale check under which what is stored was made anew, where else what stands there is put back.

    With it goes the write of what was made anew.
    """
    if not isinstance(op, ops.StoreAttr | ops.StoreItem) or op.augmented:
        return
    there = [one for one in wrote.value.readings if one.path == wrote.path]
    # What was found and has been slept on is put back over what others have left: that is told as such.
    if not there or any(one.slept is not None for one in there) or as_it_was(wrote):
        return
    deciding = cursor.scope.deciding
    about = [guard for guard in cursor.guards if decides(guard, wrote) and not filled(guard)]
    if any(_holds(guard, cursor) and deciding.settles(guard.test, guard.edge, cursor.block) for guard in about):
        return  # it has looked again, whatever it had made by then
    for made in _defined(graph, deciding, op):
        settled = [guard for guard in about if deciding.settles(guard.test, guard.edge, made)]
        stale = [guard for guard in settled if not _holds(guard, cursor)]
        if stale and len(stale) == len(settled):
            anew = wrote.value._replace(readings=wrote.value.readings.difference(there))
            yield min(stale, key=nearest), replace(wrote, value=anew)
            return


def _holds(guard: Guard, cursor: Cursor) -> bool:
    """Tell whether nobody else can have changed what a check found."""
    return guard.reading.slept is None or any(hold.acquired in guard.reading.spans for hold in cursor.held)


def _defined(graph: Graph, deciding: Control, store: ops.StoreAttr | ops.StoreItem) -> Iterator[int]:
    """Yield the blocks in which a variable that is stored, or moved to it, is given something new for good."""
    held = origins(graph, store.value)
    for number, block in enumerate(graph.blocks):
        made = [op for op in block.ops if _makes(op, held) and not _given_again(graph, deciding, number, op, held)]
        if any(carried(graph, number, op, store) for op in made):
            yield number


def _makes(op: ops.Op, held: frozenset[ops.Var]) -> bool:
    """Tell whether an op gives one of some variables what it has awaited or called for, and has not looked up."""
    match op:
        case ops.Suspend("await", _, str() as into, _):
            return into in held
        case ops.Call():
            return op.into in held and op.method not in LOOKUPS
        case _:
            return False


def _given_again(graph: Graph, deciding: Control, number: int, made: ops.Op, held: frozenset[ops.Var]) -> bool:
    """Tell whether one of some variables is given something else behind an op, where only that leads."""
    same = aliases(graph, (getattr(made, "into", ""),))
    return any(
        getattr(op, "into", None) in held and not (isinstance(op, ops.Move) and op.source in same)
        for block, one in enumerate(graph.blocks)
        if block == number or deciding.dominates(number, block)
        for op in one.ops
        if op.at > made.at
    )
