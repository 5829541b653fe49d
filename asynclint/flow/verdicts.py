"""What the outcome of a check says by itself: nothing was there, something was, and whether others pass it later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from asynclint.flow.agreement import comparison
from asynclint.flow.values import Guard, Reading
from asynclint.ir.places import Path

FALSE = frozenset(("None", "False", "0", "''", "0.0", "b''"))
ASKS = "asks"
"""The first word of the form of a check that asks an object how it is; the second one is what it is asked for."""
LOOKED_UP = frozenset(("get", "item"))
"""The forms of checks of the truth of what stands under a key."""
COUNTING = frozenset(("len", "<", ">", "<=", ">=", "==", "!="))


def asks(guard: Guard) -> bool:
    """Tell whether a check asks an object how it is."""
    return guard.form.startswith(ASKS)


def empty(guard: Guard) -> bool:
    """Tell whether a check found nothing: None, false, zero, no such key."""
    if guard.form in ("in", "not in"):
        return guard.edge == (guard.form == "not in")
    operator, wanted = comparison(guard.form)
    if operator:
        return wanted in FALSE and guard.edge == (operator in ("is", "=="))
    return guard.form in ("", "not") and guard.edge == (guard.form == "not")


def filled(guard: Guard) -> bool:
    """Tell whether a check found something: set, not empty, more than so many, such a key."""
    if guard.form in ("in", "not in"):
        return guard.edge == (guard.form == "in")
    operator, wanted = comparison(guard.form)
    if operator:
        return (wanted in FALSE) == (guard.edge == (operator in ("is not", "!=")))
    return asks(guard) or guard.edge != (guard.form == "not")


def excludes(guard: Guard, constant: str) -> bool:
    """Tell whether a check that has let this task through keeps others out once this constant is set, or what is none.

    Of a value that is not known, it is taken to be neither None nor false, and it can equal anything. What is compared
    with a variable may be None in the next task, which then finds the None that was set, and passes.
    """
    operator, wanted = comparison(guard.form)
    if operator:
        if not wanted and constant in FALSE:
            return False
        found = guard.edge == (operator in ("==", "is"))
        return (constant != wanted) == found if constant else found and operator in ("is", "is not")
    if guard.form in ("", "not", *LOOKED_UP):
        return (constant not in FALSE) != (guard.edge == (guard.form != "not"))
    return not asks(guard)


def contradicted(guard: Guard, told: Mapping[Path, Sequence[Guard]]) -> Iterator[Guard]:
    """Yield those of some checks, by what they are about, that cannot have come out so if this one did.

    They put one question in one turn, and differ.
    """
    if guard.reading.path in told and _is_now(guard.reading):
        question, said = _answer(guard.form, guard.edge)
        for other in told[guard.reading.path] if question else ():
            if _is_now(other.reading) and _answer(other.form, other.edge) == (question, not said):
                yield other


def _is_now(reading: Reading) -> bool:
    return reading.slept is None and not reading.rewritten


@lru_cache(maxsize=1024)
def _answer(form: str, edge: bool) -> tuple[str, bool]:
    """Return what a check asks, and whether the answer was yes; nothing where that depends on a variable."""
    operator, wanted = comparison(form)
    if operator:
        asked = "is" if operator in ("is", "is not") else "=="
        return (f"{asked} {wanted}" if wanted else ""), edge == (operator == asked)
    if form in ("in", "not in"):
        return "in", edge == (form == "in")
    return ("true", edge == (form == "")) if form in ("", "not") else ("", False)
