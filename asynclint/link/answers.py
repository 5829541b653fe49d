"""What is known of a call whose body does not stand in the graph: what its answer is made of, whether it raises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from asynclint.flow.drains import LOGGING
from asynclint.flow.staleness import solved
from asynclint.flow.values import Pool, State, Value
from asynclint.ir import ops
from asynclint.ir.places import Path
from asynclint.link.giving import TRANSPARENT
from asynclint.link.program import Function
from asynclint.lower import Lowered
from asynclint.lower.keys import ANY


def informed(call: ops.Call, function: Function, lowered: Lowered) -> ops.Call:
    """Return the call of a function with what the body tells of it."""
    if any(name.rpartition(".")[2] not in TRANSPARENT for name in function.facts.decorators):
        return call
    return replace(call, unused=_unused(call, lowered), quiet=call.quiet or lowered.ir.graph.is_quiet)


def _unused(call: ops.Call, lowered: Lowered) -> frozenset[ops.Var]:
    """Return the arguments of a call of a function of which nothing goes into its answer, or decides which it gives.

    What the function hands on to an object, or stores somewhere, may come back by what that object is asked for later.
    """
    params = [param for param in lowered.ir.params if param.kind == "param"]
    told = _telling([param.name for param in params], lowered)
    every = frozenset((*call.args, *(var for _, var in call.keywords)))
    if not told:
        return every
    plain = {param.name for param in params if not param.variadic}
    places = [param.name for param in params if not (param.variadic or param.keyword_only)]
    # How much stands in a starred argument is not known, nor which parameters take what comes behind it.
    certain = next((place for place, text in enumerate(call.texts) if text == ANY), len(call.texts))
    taken = [*zip(places, call.args[:certain], strict=False), *call.keywords]
    free = {var for name, var in taken if name in plain and name not in told}
    given = Counter((*call.args, *(var for _, var in call.keywords)))
    return frozenset(var for var in free if given[var] == 1)


def _telling(names: Sequence[str], lowered: Lowered) -> frozenset[str]:
    """Return the parameters that go into the answer of a function or decide it; all, where that cannot be told."""
    pool = Pool()
    env = {name: Value(readings=frozenset((pool.reading(Path("param", name), at),))) for at, name in enumerate(names)}
    done = solved(lowered.ir.graph, State(env), frozenset())
    found: set[str] = set()
    for _, _, moments in done.blocks():
        for op, cursor, _ in moments:
            if isinstance(op, ops.Capture):
                return frozenset(names) | {""}
            found.update(reading.path.root for reading in cursor.readings(_told(op)))
    return frozenset(found)


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
