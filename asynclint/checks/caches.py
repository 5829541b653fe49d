"""What is kept to be handed out again: who is told that it is out of date, and who goes over all that is kept."""

from __future__ import annotations

import re

from asynclint.checks.naming import GONE
from asynclint.checks.sharing import hands_out
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView

STALE = re.compile(r"invalidat|expire|uncache|evict|purge|forget|(clear|reset|drop|flush|empty)_\w*cache")
"""Names of functions that are told that what is kept is out of date."""
ALL = frozenset(("items", "values"))
"""Methods that give every value of a dictionary."""


def invalidates(view: FunctionView, window: Window, rival: Rival) -> bool:
    """Tell whether a rival forgets what is kept because it is out of date: to put it back is to keep it for good.

    What the function keeps, it hands out. One key is forgotten for a reason; all of it, only if a name says so.
    """
    write = rival.write
    if write is None or rival.is_self or GONE.search(rival.function.short) or not _hands_out(view, window):
        return False
    if window.path.shape[-1:] == ("[]",):
        one = write.how == "delete item" or (write.how == "mutate" and write.detail in ("pop", "discard", "remove"))
        return one or bool(STALE.search(rival.function.short))
    return write.detail == "None" and bool(STALE.search(rival.function.short))


def is_gone_over(view: FunctionView, window: Window) -> bool:
    """Tell whether somebody awaits something for each value that is kept, such as that it is saved or closed.

    Who was handed a value that another has replaced is then left out: it is not kept to save work alone.
    """
    spelled = re.match(r"self\.(\w+)", view.written(window))
    names = {window.path.attribute, spelled.group(1) if spelled is not None else ""}
    if window.path.kind != "self" or view.cls is None or not _hands_out(view, window):
        return False
    for other in view.rivals.tasks.resolver.program.members(view.cls):
        facts = other.facts
        looped = any(place.kind == "self" and place.steps and place.steps[0] in names for place in facts.iterates)
        awaited = any(
            site.awaited and not facts.looped.isdisjoint((site.callee.split(".")[0], *site.arguments))
            for site in facts.calls
        )
        if looped and awaited and _takes_values(view.lowered(other).ir.graph, names):
            return True
    return False


def _hands_out(view: FunctionView, window: Window) -> bool:
    return hands_out(view.lowered(view.function).ir.graph, window.path) or _returns_stored(view, window)


def _returns_stored(view: FunctionView, window: Window) -> bool:
    """Tell whether a function returns the variable that it stores, by whatever name the place goes."""
    every = [op for block in view.assembled.graph.blocks for op in block.ops]
    stored = {op.value for op in every if isinstance(op, ops.StoreItem | ops.StoreAttr) and op.at == window.at}
    return any(isinstance(op, ops.Return) and op.value in stored for op in every)


def _takes_values(graph: Graph, names: set[str]) -> bool:
    """Tell whether a loop goes over all values of what an attribute holds."""
    every = [op for block in graph.blocks for op in block.ops]
    held = {op.into for op in every if isinstance(op, ops.LoadAttr) and op.name in names}
    held |= {op.call.into for op in every if isinstance(op, ops.Mutate) and op.call.receiver in held}
    given = {op.into for op in every if isinstance(op, ops.Call) and op.receiver in held and op.method in ALL}
    copies = {op.into for op in every if isinstance(op, ops.Call) and given.intersection(op.args)}
    copies |= {op.into for op in every if isinstance(op, ops.Compute) and given.intersection(op.args)}
    return any(isinstance(op, ops.Iterate) and op.iterable in given | copies for op in every)
