"""Whether several tasks are likely to be in a method at once, where nobody in sight calls it so.

A public method can be called twice at once by whoever has the object; most never are. Two things tell those that are:
other methods, which have purposes of their own, make sure of something through it (`await self._ensure_connected()`),
or it hands out what it looks for (`return self._session`), as a cache does.
"""

from __future__ import annotations

import re

from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path
from asynclint.link.view import FunctionView

UNIT_OF_WORK = re.compile(
    r"\w*(Request|Response|Interaction|Context|Message|Transaction|Cursor|Iterator|Query|Search|Command|Exchange|Upload|"
    r"Download|Invocation|WebSocket|Stream|File)"
)
"""Names of classes whose objects belong to one piece of work, which one task does."""
GETTERS = frozenset(("get", "setdefault", "pop"))
PASSING = frozenset(("item", "and", "or"))
"""Kinds of computed values that are one of their operands, or a part of it."""


def in_common_use(view: FunctionView, path: Path) -> bool:
    """Tell whether a method that nobody in sight is seen to call twice at once is one that many go through."""
    return hands_out(view.lowered(view.function).ir.graph, path) or _serves_others(view)


def is_unit_of_work(view: FunctionView) -> bool:
    """Tell by the name of its class that an object belongs to one piece of work."""
    cls = view.function.facts.cls
    return cls is not None and UNIT_OF_WORK.fullmatch(cls.rsplit(".", 1)[-1]) is not None


def _serves_others(view: FunctionView) -> bool:
    """Tell whether public methods with another purpose than this one's lead to it."""
    return any(
        root.multiplicity in ("public", "many", "callback") and root.function is not view.function
        for root in view.rivals.tasks.roots(view.function)
    )


def hands_out(graph: Graph, path: Path) -> bool:
    """Tell whether a function returns what stands at a path, or what it puts there."""
    names = [step for step in path.shape if step != "[]"]
    if not names:
        return False
    held = _holders(graph, names[-1])
    return any(isinstance(op, ops.Return) and op.value in held for block in graph.blocks for op in block.ops)


def _holders(graph: Graph, name: str) -> set[ops.Var]:
    """Return the variables that hold an attribute, an element of it, or what is stored there; order is ignored."""
    every = [op for block in graph.blocks for op in block.ops]
    held: set[ops.Var] = set()
    before = -1
    while len(held) != before:
        before = len(held)
        for op in every:
            held.update(_loaded(op, name, held))
            held.update(_handed_on(op, held))
    return held


def _loaded(op: ops.Op, name: str, held: set[ops.Var]) -> tuple[ops.Var, ...]:
    """Return the variables that an op connects with an attribute or with an element of it."""
    match op:
        case ops.LoadAttr() if op.name == name:
            return (op.into,)
        case ops.StoreAttr() if op.name == name:
            return (op.value,)
        case ops.LoadItem() if op.base in held:
            return (op.into,)
        case ops.StoreItem() if op.base in held:
            return (op.value,)
        case ops.Call() if op.receiver in held and op.method in GETTERS:
            return (op.into,)
        case _:
            return ()


def _handed_on(op: ops.Op, held: set[ops.Var]) -> tuple[ops.Var, ...]:
    """Return the variables that hold the same as one that is held, or what it is made of."""
    match op:
        case ops.New() if op.into in held:
            return op.parts
        case ops.Compute() if op.kind in PASSING and held.intersection(op.args):
            return (op.into,)
        case ops.Move() if op.source in held or op.into in held:
            return (op.source, op.into)
        case _:
            return ()
