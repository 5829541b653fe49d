"""What is begun late: something is stored under a check of a flag that the task has slept on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asynclint.flow.cursor import Cursor
from asynclint.flow.staleness import Solved
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import empty, filled
from asynclint.flow.windows import Window
from asynclint.flow.writes import Written

ADDING = frozenset(("append", "appendleft", "add", "extend", "insert", "setdefault", "update"))


def late(solved: Solved, flags: Mapping[str, frozenset[tuple[str, bool]]]) -> Iterator[Window]:
    """Yield the stores into attributes of the object that a stale check of a flag decides.

    `flags` has for each attribute the flags that go with it, each with the value that it must not have.
    """
    for _, _, moments in solved.blocks():
        for _, before, wrote in moments:
            if wrote is None or not _begins(wrote):
                continue
            for name, value in sorted(flags.get(wrote.path.shape[0], ())):
                guard = _stale(before, name, value)
                if guard is not None:
                    yield Window("control", wrote.path, guard.reading, wrote.at, wrote, guard)


def _begins(wrote: Written) -> bool:
    """Tell whether something new is put into an attribute of the object, or into the container there."""
    if wrote.path.kind != "self" or wrote.path.shape[1:] not in ((), ("[]",)):
        return False
    if wrote.how == "mutate":
        return wrote.method in ADDING
    return wrote.how in ("store", "item") and not wrote.value.constant


def _stale(cursor: Cursor, name: str, value: bool) -> Guard | None:
    """Return the check that has found a flag without a value, if all that were made of it are older than a suspension.

    A check that is made again on any way here counts: it is there for this. So does one under a lock that is held.
    """
    about = [
        guard for guard in cursor.guards if guard.reading.path.kind == "self" and guard.reading.path.shape == (name,)
    ]
    held, deciding = {hold.acquired for hold in cursor.held}, cursor.scope.deciding
    if any(guard.reading.slept is None or guard.reading.spans & held for guard in about):
        return None
    for guard in sorted(about, key=lambda one: (one.test, one.edge, one.reading.at, one.reading.slept or 0)):
        if deciding.settles(guard.test, guard.edge, cursor.block) and (empty(guard) if value else filled(guard)):
            return guard
    return None
