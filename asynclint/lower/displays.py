"""Lowering of displays and comprehensions: what makes a new container."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import libcst as cst

from asynclint.ir.ops import Forget, Iterate, Move, New, Suspend, Var
from asynclint.lower.builder import Builder
from asynclint.lower.conditions import decide
from asynclint.lower.dispatch import evaluate, expression
from asynclint.lower.expressions import compute
from asynclint.lower.names import names_in_target
from asynclint.lower.targets import assign

NewKind = Literal["list", "dict", "set", "tuple", "generator", "lambda"]


def new(b: Builder, kind: NewKind, parts: Sequence[Var], node: cst.CSTNode, over: Var | None = None) -> Var:
    """Emit a `New` and return its variable."""
    into = b.temp()
    b.ops.append(New(into, kind, tuple(parts), b.at(node), over))
    return into


@expression(cst.List)
def list_display(b: Builder, node: cst.List) -> Var:
    """Lower `[a, b]`."""
    return new(b, "list", _elements(b, node.elements), node)


@expression(cst.Set)
def set_display(b: Builder, node: cst.Set) -> Var:
    """Lower `{a, b}`."""
    return new(b, "set", _elements(b, node.elements), node)


@expression(cst.Tuple)
def tuple_display(b: Builder, node: cst.Tuple) -> Var:
    """Lower `a, b`."""
    return new(b, "tuple", _elements(b, node.elements), node)


def _elements(b: Builder, elements: Sequence[cst.BaseElement]) -> list[Var]:
    return [evaluate(b, element if isinstance(element, cst.StarredElement) else element.value) for element in elements]


@expression(cst.Dict)
def dict_display(b: Builder, node: cst.Dict) -> Var:
    """Lower `{k: v}`: each key before its value."""
    parts: list[Var] = []
    for element in node.elements:
        if isinstance(element, cst.DictElement):
            parts.append(evaluate(b, element.key))
            parts.append(evaluate(b, element.value))
        else:
            parts.append(compute(b, "star", (evaluate(b, element.value),), element.value))
    return new(b, "dict", parts, node)


@expression(cst.ListComp)
def list_comprehension(b: Builder, node: cst.ListComp) -> Var:
    """Lower `[e for x in it]` as a loop."""
    return _comprehension(b, "list", (node.elt,), node)


@expression(cst.SetComp)
def set_comprehension(b: Builder, node: cst.SetComp) -> Var:
    """Lower `{e for x in it}` as a loop."""
    return _comprehension(b, "set", (node.elt,), node)


@expression(cst.GeneratorExp)
def generator_expression(b: Builder, node: cst.GeneratorExp) -> Var:
    """Lower `(e for x in it)` as a loop that runs where it is written."""
    return _comprehension(b, "generator", (node.elt,), node)


@expression(cst.DictComp)
def dict_comprehension(b: Builder, node: cst.DictComp) -> Var:
    """Lower `{k: v for x in it}` as a loop."""
    return _comprehension(b, "dict", (node.key, node.value), node)


@expression(cst.StarredDictComp)
def unpacking_dict_comprehension(b: Builder, node: cst.StarredDictComp) -> Var:
    """Lower `{**e for x in it}` as a loop."""
    return _comprehension(b, "dict", (node.value,), node)


def _comprehension(b: Builder, kind: NewKind, elements: Sequence[cst.CSTNode], node: cst.BaseComp) -> Var:
    """Lower the loops of a comprehension, and what it makes."""
    clause: cst.CompFor | None = node.for_in
    over: Var | None = None
    outermost = clause
    done = b.block()
    back = done
    depth, outside = len(b.scopes), b.names_made
    while clause is not None:
        # The first iterable is evaluated outside the new scope; the later ones see the targets before them.
        iterable = keep(b, evaluate(b, clause.iter), clause.iter)
        if clause is outermost and not isinstance(clause.iter, cst.List | cst.Tuple | cst.Set):
            over = iterable  # of a display it is written down how many elements there are
        b.scopes.append({name: b.scoped(name) for name in names_in_target(clause.target)})
        back = _clause(b, clause, iterable, back)
        clause = clause.inner_for_in
    parts = [evaluate(b, element) for element in elements]
    b.jump(back)
    del b.scopes[depth:]
    b.start(done)
    made = new(b, kind, parts, node, over)
    # In the next round of a loop around it there may be no element, and so nothing of what the last one was made of.
    b.ops.extend(Forget(part, b.at(node)) for part in dict.fromkeys(parts) if b.is_newer(part, outside))
    return made


def _clause(b: Builder, clause: cst.CompFor, iterable: Var, exhausted: int) -> int:
    head, body = b.block(), b.block()
    b.jump(head)
    b.start(head)
    element = iterate(b, iterable, clause.asynchronous is not None, clause.iter)
    b.branch(body, exhausted)
    b.start(body)
    assign(b, clause.target, element)
    for condition in clause.ifs:
        passed = b.block()
        decide(b, condition.test, passed, head, "comprehension")
        b.start(passed)
    return head


def keep(b: Builder, value: Var, node: cst.CSTNode) -> Var:
    """Copy a local into a temporary, so that rebinding it in a body does not change what was entered or iterated."""
    if value.startswith("%"):
        return value
    kept = b.temp()
    b.ops.append(Move(kept, value, b.at(node)))
    return kept


def iterate(b: Builder, iterable: Var, is_async: bool, node: cst.CSTNode) -> Var:
    """Emit one step of an iteration; the caller branches to (body, exhausted)."""
    at = b.at(node)
    if is_async:
        b.ops.append(Suspend("async for", iterable, None, at))
    into = b.temp()
    b.ops.append(Iterate(into, iterable, is_async, at))
    return into
