"""What kind of container a state is, as far as its assignments tell."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.document import Document
from asynclint.fixes.scene import Scene
from asynclint.fixes.state import State
from asynclint.survey.facts import FunctionFacts

BUILTIN = frozenset(("list", "dict", "set", "deque", "defaultdict", "OrderedDict"))
"""Containers that can be copied and cleared."""


def kinds_of(document: Document, function: FunctionFacts, state: State) -> frozenset[str]:
    """Return the types of what is assigned to the container of a state (`dict`, `set`), empty if that is not known."""
    names = [step for step in state.steps if step != "[]"]
    if len(names) != 1:
        return frozenset()
    cls = document.class_of(function)
    if state.kind in ("self", "cls", "class"):
        known = [pair for one in (document.family(cls) if cls else ()) for pair in one.attributes]
    else:
        known = list(document.facts.globals)
    found: set[str] = set()
    for name, facts in known:
        if name == names[0]:
            found.update(one.partition("(")[0].rpartition(".")[2] for one in facts.constructors)
            annotated = facts.annotation.partition("[")[0].rpartition(".")[2].lower()
            found.update({annotated} & {"dict", "set", "list", "deque"})
    return frozenset(found - {"None"})


def cleared(scene: Scene, line: cst.SimpleStatementLine) -> bool:
    """Tell whether a line is `rows.clear()`."""
    only = line.body[0]
    call = only.value if isinstance(only, cst.Expr) and len(line.body) == 1 else None
    method = call.func if isinstance(call, cst.Call) and not call.args else None
    return isinstance(method, cst.Attribute) and method.attr.value == "clear"


def container_of(line: cst.SimpleStatementLine) -> cst.BaseExpression:
    """Return what a line that empties something empties."""
    only = line.body[0]
    if isinstance(only, cst.Assign):
        return only.targets[0].target
    assert isinstance(only, cst.Expr)
    assert isinstance(only.value, cst.Call)
    assert isinstance(only.value.func, cst.Attribute)
    return only.value.func.value
