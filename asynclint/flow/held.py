"""What a local holds, as far as tests care: None, false, true; and what a test of it asks, and says."""

from __future__ import annotations

from dataclasses import dataclass

from asynclint.flow.agreement import comparison
from asynclint.flow.verdicts import FALSE
from asynclint.ir import ops
from asynclint.ir.graph import Graph

NONE, FALSY, TRUTHY, SET, NOTHING, OTHER = "none", "falsy", "truthy", "set", "nothing", "other"
"""What a variable holds: None, another false value, a true one, what a call has given and hardly is None, one of the
first two, or anything."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a test asks: whether a variable holds anything, by which outcome it does; `none`: only None is nothing."""

    var: ops.Var
    something: bool
    none: bool

    def may(self, kind: str, edge: bool) -> bool:
        """Tell whether the test can come out so where the variable holds what is of this kind."""
        nothing = (NONE,) if self.none else (NONE, FALSY, NOTHING)
        sure = (FALSY, TRUTHY) if self.none else (TRUTHY,)
        return kind not in (nothing if edge == self.something else sure)

    def after(self, kind: str, edge: bool) -> str:
        """Return what the variable holds once the test has come out so."""
        if kind in (NONE, FALSY, TRUTHY):
            return kind
        if edge != self.something:
            return NONE if self.none else NOTHING
        return TRUTHY if not self.none else FALSY if kind == NOTHING else SET

    def is_filled(self, kind: str) -> bool:
        """Tell whether what is of this kind is something, in the sense of the test."""
        return kind in ((FALSY, TRUTHY, SET) if self.none else (TRUTHY, SET))


def asks_for(graph: Graph, test: int) -> Asked | None:
    """Return what a test asks of a variable, where it asks whether that holds anything."""
    block = graph.blocks[test]
    made = {op.into: op for op in block.ops if isinstance(op, ops.Compute | ops.Const)}
    last = block.ops[-1] if block.ops else None
    var, something = last.value if isinstance(last, ops.Test) else "%", True
    for _ in made:
        match made.get(var):
            case ops.Compute(_, "not", (inner,)):
                var, something = inner, not something
            case ops.Compute(_, kind, (inner, wanted)) if comparison(kind)[0]:
                nothing = made.get(wanted)
                if not isinstance(nothing, ops.Const) or nothing.text != "None" or inner.startswith("%"):
                    return None
                return Asked(inner, something == (kind in ("is not", "!=")), True)
            case _:
                break
    return None if var.startswith("%") else Asked(var, something, False)


def kind_of(op: ops.Op) -> str:
    """Return what an op gives."""
    match op:
        case ops.Const():
            return NONE if op.text == "None" else FALSY if op.text in FALSE else TRUTHY
        case ops.New(_, "list" | "dict" | "set" | "tuple", parts):
            return OTHER if op.over is not None else TRUTHY if parts else FALSY
        case ops.New():
            return TRUTHY
        case ops.Call() | ops.Mutate() | ops.Suspend("await") | ops.Compute(_, "fstring" | "+"):
            return SET
        case _:
            return OTHER


def into(op: ops.Op) -> ops.Var | None:
    """Return the variable that an op gives another value, or takes its value."""
    match op:
        case ops.Mutate(call):
            return call.into
        case ops.Forget(var):
            return var
        case _:
            return getattr(op, "into", None)
