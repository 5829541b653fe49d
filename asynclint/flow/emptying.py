"""What holds nothing: empty containers, None, zero; and what a write leaves empty."""

from __future__ import annotations

from asynclint.flow.verdicts import FALSE
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Key, Path

MAKERS = frozenset(("list", "dict", "set", "deque", "OrderedDict", "bytearray", "bytes", "str", "Counter", "StringIO"))
KEYWORD_MADE = frozenset(("deque", "defaultdict"))
MAKING = (ops.Const, ops.New, ops.Call)
EMPTY = FALSE | {'""', "()"}


def may_empty(op: ops.Op, empty: frozenset[ops.Var]) -> bool:
    """Tell whether an op may empty some state, where some temporaries hold nothing."""
    match op:
        case ops.StoreAttr(_, _, value, _, False) | ops.StoreItem(_, _, _, _, value, _, False):
            return value in empty or not value.startswith("%")
        case ops.Mutate(call, _):
            return call.method == "clear"
        case _:
            return isinstance(op, ops.DeleteAttr | ops.DeleteItem)


def nothing(graph: Graph) -> frozenset[ops.Var]:
    """Return the temporaries that hold nothing: a new empty container, None, zero."""
    found: set[ops.Var] = set()
    for block in graph.blocks:
        for op in block.ops:
            if op.__class__ not in MAKING:
                continue
            match op:
                case ops.Const(into, text, _) if text in EMPTY:
                    found.add(into)
                case ops.New(into, kind, (), _) if kind in ("list", "dict", "set"):
                    found.add(into)
                case ops.Call(into, _, _, method, (), keywords) if into.startswith("%"):
                    if method in MAKERS and (not keywords or method in KEYWORD_MADE):
                        found.add(into)
                case ops.Call(into, _, _, "defaultdict", _, ()) if into.startswith("%"):
                    found.add(into)
                case _:
                    pass
    return frozenset(found)


def emptied_by(wrote: Written, empty: bool) -> Path | None:
    """Return the path that a write leaves empty; None for any other write."""
    last = wrote.path.steps[-1] if wrote.path.steps else None
    if isinstance(last, Key) and last.text == ":" and (wrote.how == "delete item" or empty):
        return wrote.container
    match wrote.how:
        case "store" | "item" if empty or wrote.value.constant in EMPTY:
            return wrote.path
        case "delete" | "delete item":
            return wrote.path
        case "mutate" if wrote.method == "clear":
            return wrote.path
        case _:
            return None
