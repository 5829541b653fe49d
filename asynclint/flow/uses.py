"""Uses: state that was checked before a suspension, and is taken for what it was behind it."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.agreement import comparison
from asynclint.flow.cursor import Cursor
from asynclint.flow.outcomes import forgiven
from asynclint.flow.staleness import Solved
from asynclint.flow.transfer import extend, key_of
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import filled
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.places import Path

GONE = ("AttributeError", "TypeError", "KeyError", "LookupError", "IndexError", "Exception")
"""What is raised, or caught, where the object is gone."""


def uses(solved: Solved) -> Iterator[Window]:
    """Yield the uses of an object that only a check from before a suspension says is there."""
    for _, block, moments in solved.blocks():
        if forgiven(solved.graph, block.handler, GONE):
            continue
        for op, cursor, _ in moments:
            path = used(cursor, op) if cursor.guards else None
            if path is not None:
                guard = _stale(cursor, path)
                if guard is not None:
                    yield Window("use", path, guard.reading, op.at, guard=guard)


def used(cursor: Cursor, op: ops.Op) -> Path | None:
    """Return the state whose object, read since the last suspension, an op uses as if it were there."""
    match op:
        case ops.LoadAttr(_, base, _, _) | ops.StoreAttr(base, _, _, _):
            var = base
        case ops.Call(_, _, str() as receiver, _, _):
            var = receiver
        case ops.LoadItem(_, base, key, text, names, _) if ":" not in text:
            return extend(cursor.value(base).place, key_of(text, names, key, cursor))
        case _:
            return None
    value = cursor.value(var)
    path = value.place
    if path is None or not path.steps:
        return None
    read = [reading for reading in value.readings if reading.path == path]
    return path if read and all(reading.slept is None for reading in read) else None


def _stale(cursor: Cursor, path: Path) -> Guard | None:
    """Return the check that says that state is there, where all such checks are older than a suspension."""
    deciding, block = cursor.scope.deciding, cursor.block
    about = [guard for guard in cursor.guards if guard.reading.path == path]
    stale = {(guard.test, guard.reading.at) for guard in about if guard.reading.slept is not None}
    if any((guard.test, guard.reading.at) not in stale for guard in about):
        return None  # it is asked again, here or on some way
    held = {hold.acquired for hold in cursor.held}
    for guard in sorted(about, key=_order):
        if (
            guard.reading.slept is None
            or not deciding.settles(guard.test, guard.edge, block)
            or guard.reading.spans & held
            or guard.reading.weak
        ):
            continue  # what an awaited call answers that was handed the object does not say that the object is there
        if _present(guard, path):
            return guard
    return None


def _order(guard: Guard) -> tuple[int, bool, int, int]:
    """Return where a check stands among others: which of several is told must not hang on the order of a set."""
    return guard.test, guard.edge, guard.reading.at, guard.reading.slept or 0


def _present(guard: Guard, path: Path) -> bool:
    """Tell whether a check found the object there."""
    if guard.form in ("in", "not in"):
        return guard.edge == (guard.form == "in")
    operator, wanted = comparison(guard.form)
    if operator and wanted != "None":
        return False
    return guard.form in ("", "not", "get", "item", "is None", "is not None", "== None", "!= None") and filled(guard)
