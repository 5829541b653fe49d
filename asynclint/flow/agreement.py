"""Comparisons: whether a check found equal, and what was found to be still there."""

from __future__ import annotations

from asynclint.flow.cursor import Cursor
from asynclint.flow.values import Guard
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


def agreed(cursor: Cursor, path: Path) -> frozenset[int]:
    """Return where state was read that a comparison since the last suspension, on every way here, found there again.

    What this task itself has put there meanwhile is no news of what others left.
    """
    stale = {guard.test: guard for guard in cursor.guards if _is_old(guard, path)}
    if not stale:
        return frozenset()
    fresh = {
        guard.test
        for guard in cursor.guards
        if guard.test in stale
        and guard.reading.path == path
        and guard.reading.slept is None
        and _is_equal(guard)
        and cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)
    }
    return frozenset(guard.reading.at for guard in cursor.guards if guard.test in fresh and _is_old(guard, path))


def _is_old(guard: Guard, path: Path) -> bool:
    return guard.reading.path == path and guard.reading.slept is not None and guard.reading.rewritten != 3
