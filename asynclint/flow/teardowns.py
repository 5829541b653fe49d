"""Teardowns: state whose object is ended over a suspension, and that is then emptied whatever stands there now."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asynclint.flow.cursor import Cursor
from asynclint.flow.drains import Drain, emptyings
from asynclint.flow.staleness import Solved
from asynclint.ir import ops
from asynclint.ir.places import Key, Path

ENDS = re.compile(
    r"(^|_)a?(close[ds]?|stop|disconnect|shutdown|terminate|kill|cancel|quit|unsubscribe|clean_?up|tear_?down|dispose|detach|"
    r"log_?out|unload|abort|destroy|finali[sz]e|release|delete|end)(_|$)|shut_down",
    re.IGNORECASE,
)
"""Methods that end the life of an object, or of what they are given."""
AWAITING = frozenset(("wait", "wait_for", "gather", "shield"))


def teardowns(solved: Solved) -> Iterator[Drain]:
    """Yield for each write that empties state how it was reached from where its object was ended."""
    return emptyings(solved, _ended)


def _ended(cursor: Cursor, op: ops.Op, starred: dict[ops.Var, ops.Var]) -> Iterator[Path]:
    """Yield the state whose object, or elements, an op ends or awaits, or goes over, new ones too."""
    for var in _used(op):
        value = cursor.value(starred.get(var, var))
        place = value.live if isinstance(op, ops.Iterate) else value.place or value.live
        if place is not None:
            yield place
            if isinstance(place.steps[-1] if place.steps else None, Key):
                yield place.parent
        elif isinstance(op, ops.Call) and var == op.receiver and value.source is None:
            yield from dict.fromkeys(reading.path for reading in value.readings)  # an element of a copy


def _used(op: ops.Op) -> tuple[ops.Var, ...]:
    match op:
        case ops.Iterate(_, iterable, _, _):
            return (iterable,)
        case ops.Suspend("await", str() as value, _, _):
            return (value,)
        case ops.Call() if ENDS.search(op.method):
            given = (*op.args, *(var for _, var in op.keywords)) if op.awaited else ()
            return given if op.receiver is None else (op.receiver, *given)
        case ops.Call() if op.method in AWAITING:
            return op.args
        case _:
            return ()
