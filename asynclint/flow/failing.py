"""Calls that fail: whoever then puts something else where the object stood decides by that call, as if it had asked.

`try: await self.link.send(m)`, `except ConnectionError: await self.connect()` is as good as
`if self.link.is_closed(): await self.connect()`: another task for which it has failed as well does the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from asynclint.flow.cursor import Cursor
from asynclint.flow.values import Guard, Guards, Value, merge_guards, slept
from asynclint.flow.verdicts import ASKS
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph

RAISES = "raises"
FORM = f"{ASKS} {RAISES}"
WRAPPING = frozenset(("wait_for", "shield"))
"""Calls whose await is that of the call that they are given."""
UNFAILING = frozenset(("set", "clear", "is_set", "done", "cancel", "cancelled", "locked"))
"""Methods of events, futures and locks that never fail."""


def says_nothing(guard: Guard) -> bool:
    """Tell whether a check is such a call: that it went well or failed does not say whether the object still stands."""
    return guard.form == FORM


def failed(
    graph: Graph, handler: int, guards: Guards, moments: Sequence[tuple[ops.Op, Cursor, Written | None]]
) -> Guards:
    """Return the checks that hold where an error in a block leads: the calls in it that may fail are such checks.

    What failed in an earlier round of a loop is over.
    """
    test = _taker(graph, handler)
    found = list(_failing(moments, test)) if test is not None else []
    return merge_guards((*(guard for guard in guards if guard.test != test), *found)) if found else guards


def _failing(moments: Iterable[tuple[ops.Op, Cursor, Written | None]], test: int) -> Iterator[Guard]:
    waits: dict[ops.Var, int] = {}
    for op, cursor, _ in reversed(list(moments)):
        match op:
            case ops.Suspend(_, str() as value, _, at):
                waits[value] = at
            case ops.Call(into, _, _, method, args) if method in WRAPPING and into in waits:
                waits.update(dict.fromkeys(args[:1], waits[into]))
            case ops.Call(into, _, str() as receiver, method) if method not in UNFAILING:
                yield from _on(cursor, cursor.value(receiver), waits.get(into), test)
            case _:
                pass


def _on(cursor: Cursor, held: Value, at: int | None, test: int) -> Iterator[Guard]:
    for one in held.readings:
        if one.path == held.place:
            late = slept(one, at) if at is not None and one.slept is None else one
            yield cursor.scope.pool.guard(test, True, FORM, late)


def caught(graph: Graph, guards: Guards, test: int) -> tuple[Guards, Guards]:
    """Return what is known where an `except` takes an error, and where it leaves it to the next one."""
    left = frozenset(guard for guard in guards if guard.test != test)
    errors = [guard for guard in guards if guard.test == test]
    if not errors:
        return guards, guards
    other = _taker(graph, graph.blocks[test].successors[1])
    if other is None:
        return guards, left
    moved = (guard.reading.pool.guard(other, True, guard.form, guard.reading) for guard in errors)
    return guards, merge_guards((*left, *moved))


def _taker(graph: Graph, number: int) -> int | None:
    """Return the `except` that an error comes to next; None if nobody asks what it is."""
    seen: set[int] = set()
    while number not in (graph.exit, graph.raised) and number not in seen:
        seen.add(number)
        block = graph.blocks[number]
        match block.ops[-1:]:
            case (ops.Test(_, "except"),):
                return number
            case (ops.Raise(),):
                number = block.handler
            case _ if len(block.successors) == 1:
                number = block.successors[0]
            case _:
                return None
    return None
