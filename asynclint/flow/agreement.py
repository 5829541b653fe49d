"""Comparisons: whether a check found equal, and what was found to be still there."""

from __future__ import annotations

from collections.abc import Iterable

from asynclint.flow.control import Control
from asynclint.flow.cursor import Cursor
from asynclint.flow.values import Guard, Reading
from asynclint.flow.ways import in_one_turn, place_of, sleeps_before
from asynclint.ir.places import Path


def comparison(form: str) -> tuple[str, str]:
    """Return the operator of a form that compares, and the constant on its right; empty where there is none."""
    for operator in ("is not", "is", "==", "!="):
        if form == operator or form.startswith(f"{operator} "):
            return operator, form.removeprefix(operator).strip()
    return "", ""


def differing(guard: Guard) -> bool:
    """Tell whether a comparison came out as unequal."""
    operator, _ = comparison(guard.form)
    return operator in (("!=", "is not") if guard.edge else ("==", "is"))


def _is_equal(guard: Guard) -> bool:
    operator, _ = comparison(guard.form)
    return operator in (("==", "is") if guard.edge else ("!=", "is not"))


def is_the_one(guard: Guard) -> bool:
    """Tell whether a check has found that it is one object, or one number, that stands there: it may be another."""
    return _is_equal(guard) and comparison(guard.form)[1] == ""


def agreed(cursor: Cursor, path: Path, at: int) -> frozenset[int]:
    """Return where state was read that a check since the last suspension, on every way here, found there again.

    What this task itself has put there meanwhile is no news of what others left. `at` is the op where that is asked.
    """
    return _compared(cursor, path) | _alone(cursor, path, at)


def _alone(cursor: Cursor, path: Path, at: int) -> frozenset[int]:
    """Return where state was read that can have been one value alone, which it has just been found to be again."""
    if not any(guard.reading.path == path and guard.reading.slept is not None for guard in cursor.guards):
        return frozenset()
    valid = [guard for guard in _fresh(cursor, path) if _settles(cursor, guard)]
    if not valid:
        return frozenset()
    return frozenset(one.at for one in _old(cursor, path) if pinned(cursor, valid, one, at))


def pinned(cursor: Cursor, valid: Iterable[Guard], stale: Reading, at: int) -> bool:
    """Tell whether one check let a stale reading be one value alone, and is made again: what was read is there now.

    Where the first check came out otherwise, the task must not have given way: the reading is fresh there. Where the
    value is made of the reading on some ways only, it is as good as any other on the others.
    """
    now = {sole(guard) for guard in valid if guard.reading.path == stale.path} - {""}
    return bool(now) and any(
        guard.reading.path == stale.path
        and guard.reading.slept == stale.slept
        and sole(guard) in now
        and _first_checked(cursor.scope.deciding, guard, stale, at)
        for guard in cursor.guards
    )


def _first_checked(deciding: Control, guard: Guard, stale: Reading, at: int) -> bool:
    """Tell whether every way from a reading to a write that gives way had passed a check before it did."""
    block, _ = place_of(deciding.graph, stale.at)
    if block != guard.test and deciding.settles(guard.test, guard.edge, block):
        return True
    return not sleeps_before(deciding.graph, stale.at, guard.test, guard.edge, at)


def _compared(cursor: Cursor, path: Path) -> frozenset[int]:
    """Return where state was read that a comparison has found there again."""
    stale = {guard.test: guard for guard in cursor.guards if _is_old(guard, path)}
    if not stale:
        return frozenset()
    fresh = {
        guard.test
        for guard in _fresh(cursor, path)
        if guard.test in stale and _is_equal(guard) and _settles(cursor, guard)
    }
    found = {guard.reading for guard in cursor.guards if guard.test in fresh and _is_old(guard, path)}
    alike = (one for one in _old(cursor, path) if any(is_alike(cursor, one, other) for other in found))
    return frozenset(one.at for one in (*found, *alike))


def _fresh(cursor: Cursor, path: Path) -> list[Guard]:
    """Return the checks of a path of which the task has not given way on any way here since it looked."""
    about = [guard for guard in cursor.guards if guard.reading.path == path]
    slept = {(guard.test, guard.reading.at) for guard in about if guard.reading.slept is not None}
    return [one for one in about if one.reading.slept is None and (one.test, one.reading.at) not in slept]


def _settles(cursor: Cursor, guard: Guard) -> bool:
    return cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)


def is_alike(cursor: Cursor, one: Reading, two: Reading) -> bool:
    """Tell whether two readings of one path gave the same: they are one, or were made in one turn of this task."""
    if one.at == two.at:
        return True
    return one.rewritten == two.rewritten and in_one_turn(cursor.scope.deciding.graph, one.at, two.at)


def _old(cursor: Cursor, path: Path) -> set[Reading]:
    """Return the readings of a path that are older than a suspension, and not than a write of this task."""
    return {
        one
        for value in cursor.env.values()
        for one in value.readings
        if one.path == path and one.slept is not None and not one.rewritten
    }


def _is_old(guard: Guard, path: Path) -> bool:
    return guard.reading.path == path and guard.reading.slept is not None and guard.reading.rewritten != 3


def sole(guard: Guard) -> str:
    """Return the one value that state can have had where a check came out so, empty if it can have had several."""
    if guard.form in ("in", "not in"):
        return "None" if missing(guard, guard.reading.path) else ""
    operator, wanted = comparison(guard.form)
    return wanted if guard.edge == (operator in ("is", "==")) else ""


def missing(guard: Guard, path: Path) -> bool:
    """Tell whether a check has found that there is no such key."""
    return guard.reading.path == path and guard.form in ("in", "not in") and guard.edge == (guard.form == "not in")
