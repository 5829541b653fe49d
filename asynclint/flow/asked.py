"""Checks that ask an object how it is: they tell something of the state only as long as that object stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asynclint.flow.agreement import comparison
from asynclint.flow.cursor import Cursor
from asynclint.flow.values import Reading
from asynclint.flow.verdicts import ASKS
from asynclint.ir import ops

MAX_HOPS = 3
NOTHING: tuple[str, frozenset[Reading]] = ("", frozenset())


def asked(cursor: Cursor, before: Sequence[ops.Op], test: ops.Test) -> tuple[str, frozenset[Reading]]:
    """Return the form of a test that asks an object, and the readings by which the task has that object.

    `self.link.closed`, `self.link.is_closing()` and `await self.link.is_alive()` ask what stood at `self.link` when
    that was read. `before` are the ops of the test's block. The form ends with `not` where the answer is negated, with
    a comparison where it is compared.
    """
    made = {op.into: op for op in before if isinstance(op, ops.Compute | ops.Suspend | ops.Call | ops.LoadAttr)}
    answer, form = _answer(made, test.value)
    match made.get(answer):
        case ops.Call(_, _, str() as var, name, (), ()):
            pass
        case ops.LoadAttr(_, var, name):
            pass
        case _:
            return NOTHING
    for _ in range(MAX_HOPS):
        above = made.get(var)
        if cursor.value(var).readings or not isinstance(above, ops.LoadAttr):
            break
        var = above.base
    held = cursor.value(var)
    if held.place is None:
        return NOTHING
    return f"{ASKS} {name} {form}".rstrip(), frozenset(one for one in held.readings if one.path == held.place)


def _answer(made: Mapping[ops.Var | None, ops.Op], var: ops.Var) -> tuple[ops.Var, str]:
    """Return the variable that holds what was answered, and how the test looks at it."""
    form = ""
    for _ in range(len(made) + 1):
        match made.get(var):
            case ops.Compute(_, "not", (inner,)):
                var, form = inner, "" if form == "not" else form or "not"
            case ops.Compute(_, kind, (inner, _)) if comparison(kind)[0]:
                var, form = inner, kind
            case ops.Suspend("await", str() as inner):
                var = inner
            case _:
                break
    return var, form
