"""Whether what a function answers is made of what it was given."""

from __future__ import annotations

from asynclint.flow.drains import LOGGING
from asynclint.flow.staleness import solved
from asynclint.flow.values import Pool, State, Value
from asynclint.ir import ops
from asynclint.ir.places import Path
from asynclint.link.giving import TRANSPARENT
from asynclint.link.program import Function
from asynclint.lower import Lowered


def is_of_its_own(function: Function, lowered: Lowered) -> bool:
    """Tell whether nothing that is handed to a function goes into its answer, or decides which of several it gives.

    What it hands on to an object, or stores somewhere, may come back by what that object is asked for later.
    """
    if any(name.rpartition(".")[2] not in TRANSPARENT for name in function.facts.decorators):
        return False
    pool, params = Pool(), [param.name for param in lowered.ir.params if param.kind == "param"]
    env = {name: Value(readings=frozenset((pool.reading(Path("param", name), at),))) for at, name in enumerate(params)}
    done = solved(lowered.ir.graph, State(env), frozenset())
    return not any(
        isinstance(op, ops.Capture) or cursor.readings(_told(op))
        for _, _, moments in done.blocks()
        for op, cursor, _ in moments
    )


def _told(op: ops.Op) -> tuple[ops.Var, ...]:
    """Return what an op answers with, decides by, hands to an object or stores."""
    match op:
        case ops.Return(value, _) | ops.Raise(value, _):
            return () if value is None else (value,)
        case ops.Test(value, _, _, _) | ops.Iterate(_, value, _, _):
            return (value,)
        case ops.StoreAttr(base, _, value, _, _):
            return (base, value)
        case ops.StoreItem(base, key, _, _, value, _, _):
            return (base, key, value)
        case ops.Call(_, _, receiver, method, args, keywords) if receiver is not None and method not in LOGGING:
            return (receiver, *args, *(var for _, var in keywords))
        case _:
            return ()
