"""What a check is about, and which of several is told."""

from __future__ import annotations

from asynclint.flow.agreement import comparison
from asynclint.flow.lists import lists
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import asks
from asynclint.flow.writes import Written

IDENTITY = ("is None", "is not None", "is", "is not")


def nearest(guard: Guard) -> tuple[bool, int, int, bool, int]:
    """Return where a check stands among others: which of several is told must not hang on the order of a set."""
    reading, compares = guard.reading, comparison(guard.form)[0] in ("==", "!=")
    return compares, -guard.test, -reading.at, guard.edge, -(reading.slept or 0)


def decides(guard: Guard, wrote: Written) -> bool:
    """Tell whether a check is about what is written: the same path, or the container of an element."""
    path = guard.reading.path
    if asks(guard):
        # Who asks an object whether it is good still decides by that whether another one takes its place.
        return path == wrote.path and wrote.how == "store" and not wrote.value.constant
    if path == wrote.path or lists(guard, wrote.method, wrote.path):
        return not (wrote.how == "mutate" and wrote.container == path and guard.form in IDENTITY)
    return path == wrote.container and guard.form not in IDENTITY
