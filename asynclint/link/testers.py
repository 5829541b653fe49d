"""Who asks for state: the tests, waits and early ways out of a function that depend on an attribute."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.leaks import idle
from asynclint.ir import ops
from asynclint.ir.graph import FunctionIR

WAITING = frozenset(("wait", "wait_for"))


def asks(ir: FunctionIR, name: str) -> int | None:
    """Return the op at which a function decides or waits by an attribute or global of this name."""
    derived: set[ops.Var] = set()
    for block in ir.graph.blocks:
        for op in block.ops:
            match op:
                case ops.LoadAttr(into, _, loaded, _) if loaded == name:
                    derived.add(into)
                case ops.Test(value, kind, at) if value in derived and kind != "except":
                    return at
                case ops.Call(_, _, receiver, method, _, _, _, _, True, at) if receiver in derived:
                    if method in WAITING:
                        return at
                case _:
                    made = getattr(op, "into", None)
                    if made is not None and derived.intersection(_inputs(op)):
                        derived.add(made)
    return None


def gives_up(ir: FunctionIR, name: str) -> int | None:
    """Return the op at which a function does nothing more, or waits, because an attribute is true.

    The value is followed through `not` and through locals of one block; a comparison is not followed.
    """
    for block in ir.graph.blocks:
        truth: dict[ops.Var, bool] = {}
        for op in block.ops:
            match op:
                case ops.LoadAttr(into, _, loaded, _) if loaded == name:
                    truth[into] = True
                case ops.Move(into, source, _) if source in truth:
                    truth[into] = truth[source]
                case ops.Compute(into, "not", (source,), _) if source in truth:
                    truth[into] = not truth[source]
                case ops.Test(value, kind, at) if value in truth and kind != "except" and len(block.successors) == 2:
                    taken, other = block.successors if truth[value] else block.successors[::-1]
                    if idle(ir.graph, taken) and not idle(ir.graph, other):
                        return at
                case _:
                    pass
    return None


def _inputs(op: ops.Op) -> Iterator[ops.Var]:
    match op:
        case ops.Move(_, source, _):
            yield source
        case ops.Compute(_, _, args, _):
            yield from args
        case ops.LoadItem(_, base, _, _, _, _):
            yield base
        case ops.Call(_, _, receiver, _, args):
            yield from args
            if receiver is not None:
                yield receiver
        case _:
            return
