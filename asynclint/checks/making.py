"""What a write stores: a new object, which is not the same thing when it is made twice, or a plain value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asynclint.flow.transfer import ARITHMETIC, COPIERS
from asynclint.flow.windows import Window
from asynclint.flow.writes import Written, comparison
from asynclint.ir import ops
from asynclint.link.view import FunctionView

CLASS = re.compile(r"_*[A-Z]\w*[a-z]\w*(?<!Error)(?<!Exception)(?<!Timeout)(?<!Exit)")
CLOCKS = frozenset(("monotonic", "monotonic_ns", "time", "time_ns", "perf_counter", "now", "utcnow"))
"""Calls that read a clock."""
SCALARS = frozenset(("len", "sum", "any", "all", "bool", "int", "str", "float", "repr", "abs", "round", "hash", "id"))


def constructs(view: FunctionView, wrote: Written) -> bool:
    """Tell whether what is stored is a new object of a class."""
    return any(CLASS.fullmatch(call.callee.rsplit(".", 1)[-1]) for call in _calls(view, wrote))


def is_plain(view: FunctionView, wrote: Written) -> bool:
    """Tell whether what is stored is a number, a text, a truth or a time: nothing that could be left open."""
    form = wrote.value.form
    if form in ARITHMETIC or form in SCALARS & COPIERS or form == "not" or comparison(form)[0]:
        return True
    return any(call.method in CLOCKS for call in _calls(view, wrote))


def _calls(view: FunctionView, wrote: Written) -> Iterator[ops.Call]:
    """Yield the call whose result is stored in an attribute."""
    every = [op for block in view.assembled.graph.blocks for op in block.ops]
    stored = {op.value for op in every if isinstance(op, ops.StoreAttr) and op.at == wrote.at}
    yield from {op.into: op for op in every if isinstance(op, ops.Call) and op.into in stored}.values()


def waits_for_itself(view: FunctionView, window: Window) -> bool:
    """Tell whether a window waits for what stands in the state: for the end of that, which takes it away."""
    every = [op for block in view.assembled.graph.blocks for op in block.ops]
    var = next((op.value for op in every if isinstance(op, ops.Suspend) and op.at == window.slept), None)
    sources: dict[ops.Var, ops.Var] = {}
    named: set[ops.Var] = set()
    for op in every:
        match op:
            case ops.LoadAttr(into, _, name, _) if name == window.path.attribute:
                named.add(into)
            case ops.Move(into, source, _) | ops.LoadItem(into, source, _, _, _, _):
                sources[into] = source
            case _:
                pass
    seen: set[ops.Var] = set()
    while var is not None and var not in named and var not in seen:
        seen.add(var)
        var = sources.get(var)
    return var in named
