"""What the outcome of a check says by itself: nothing was there, something was, and whether others pass it later."""

from __future__ import annotations

from asynclint.flow.agreement import comparison
from asynclint.flow.values import Guard, Reading

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


def rules_out(one: Guard, two: Guard) -> bool:
    """Tell whether two checks cannot both have come out so: they put one question in one turn, and differ."""
    if one.reading.path != two.reading.path or not (_is_now(one.reading) and _is_now(two.reading)):
        return False
    question, said = _answer(one)
    return bool(question) and _answer(two) == (question, not said)


def _is_now(reading: Reading) -> bool:
    return reading.slept is None and not reading.rewritten


def _answer(guard: Guard) -> tuple[str, bool]:
    """Return what a check asks, and whether the answer was yes; nothing where that depends on a variable."""
    operator, wanted = comparison(guard.form)
    if operator:
        asked = "is" if operator in ("is", "is not") else "=="
        return (f"{asked} {wanted}" if wanted else ""), guard.edge == (operator == asked)
    if guard.form in ("in", "not in"):
        return "in", guard.edge == (guard.form == "in")
    return ("true", guard.edge == (guard.form == "")) if guard.form in ("", "not") else ("", False)
