"""Lowering of plain expressions: names, attributes, subscripts, operators, constants, strings, awaits and yields."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from asynclint.ir.ops import Compute, Const, LoadAttr, LoadItem, New, Suspend, Test, Var
from asynclint.lower.builder import Builder
from asynclint.lower.dispatch import evaluate, expression
from asynclint.lower.keys import elements_key
from asynclint.lower.operators import BINARY, UNARY

_CONSTANTS = frozenset(("None", "True", "False"))
_LONGEST_NUMBER = 40


def compute(b: Builder, kind: str, args: tuple[Var, ...], node: cst.CSTNode) -> Var:
    """Emit a `Compute` and return its variable."""
    into = b.temp()
    b.ops.append(Compute(into, kind, args, b.at(node)))
    return into


def load_attribute(b: Builder, base: Var, name: str, node: cst.CSTNode) -> Var:
    """Emit the load of an attribute, with the branch for a missing one that the enclosing `try` makes."""
    into = b.temp()
    b.ops.append(LoadAttr(into, base, name, b.at(node)))
    if b.caught.attribute is not None and not base.startswith(("%module", "%closure")):
        found_or(b, into, b.caught.attribute)
    return into


def load_item(b: Builder, base: Var, key: Var, text: str, names: frozenset[str], node: cst.CSTNode) -> Var:
    """Emit the load of an element, with the branch for a missing one that the enclosing `try` makes."""
    into = b.temp()
    b.ops.append(LoadItem(into, base, key, text, names, b.at(node)))
    if b.caught.item is not None:
        found_or(b, into, b.caught.item)
    return into


def found_or(b: Builder, value: Var, otherwise: int) -> None:
    """Branch on whether a load found something."""
    b.ops.append(Test(value, "found", len(b.nodes) - 1))
    after = b.block()
    b.branch(after, otherwise)
    b.start(after)


@expression(cst.Name)
def name(b: Builder, node: cst.Name) -> Var:
    """Lower a name: a local is its own variable, anything else is a load."""
    text = node.value
    if text in _CONSTANTS:
        return constant(b, node, text)
    variable = b.scope_of(text)
    return load_attribute(b, variable, text, node) if variable[0] == "%" else variable


def constant(b: Builder, node: cst.CSTNode, text: str) -> Var:
    """Emit a constant."""
    into = b.temp()
    b.ops.append(Const(into, text, b.at(node)))
    return into


@expression(cst.Integer, cst.Float, cst.Imaginary, cst.SimpleString)
def literal(b: Builder, node: cst.Integer | cst.Float | cst.Imaginary | cst.SimpleString) -> Var:
    """Lower a literal; however it is spelled, an equal one has the same text."""
    if isinstance(node, cst.SimpleString):
        return constant(b, node, _string(node))
    plain = node.value.isdecimal() or len(node.value) > _LONGEST_NUMBER
    return constant(b, node, node.value if plain else repr(node.evaluated_value))


def _string(node: cst.SimpleString) -> str:
    raw = node.raw_value
    if "\\" in raw and "r" not in node.prefix:
        return node.value
    return f"{'b' if 'b' in node.prefix else ''}{raw!r}"


@expression(cst.Ellipsis)
def ellipsis(b: Builder, node: cst.Ellipsis) -> Var:
    """Lower `...`."""
    return constant(b, node, "...")


@expression(cst.Attribute)
def attribute(b: Builder, node: cst.Attribute) -> Var:
    """Lower `a.b`."""
    return load_attribute(b, evaluate(b, node.value), node.attr.value, node)


@expression(cst.Subscript)
def subscript(b: Builder, node: cst.Subscript) -> Var:
    """Lower `a[k]`."""
    base = evaluate(b, node.value)
    key = index(b, node.slice, node)
    text, names = elements_key(b, node.slice)
    return load_item(b, base, key, text, names, node)


def index(b: Builder, elements: Sequence[cst.SubscriptElement], node: cst.CSTNode) -> Var:
    """Lower what stands between the brackets of a subscript."""
    parts = [_index(b, element.slice) for element in elements]
    if len(parts) == 1:
        return parts[0]
    into = b.temp()
    b.ops.append(New(into, "tuple", tuple(parts), b.at(node)))
    return into


def _index(b: Builder, node: cst.BaseSlice) -> Var:
    if isinstance(node, cst.Index):
        value = evaluate(b, node.value)
        return value if node.star is None else compute(b, "star", (value,), node.value)
    if isinstance(node, cst.Slice):
        bounds = tuple([evaluate(b, bound) for bound in (node.lower, node.upper, node.step) if bound is not None])
        return compute(b, "slice", bounds, node)
    return compute(b, "?", (), node)


@expression(cst.BinaryOperation)
def binary(b: Builder, node: cst.BinaryOperation) -> Var:
    """Lower `a + b`."""
    left = evaluate(b, node.left)
    right = evaluate(b, node.right)
    return compute(b, BINARY.get(type(node.operator), "?"), (left, right), node)


@expression(cst.UnaryOperation)
def unary(b: Builder, node: cst.UnaryOperation) -> Var:
    """Lower `-a` and `not a` where its value is wanted."""
    return compute(b, UNARY.get(type(node.operator), "?"), (evaluate(b, node.expression),), node)


@expression(cst.ConcatenatedString)
def concatenated(b: Builder, node: cst.ConcatenatedString) -> Var:
    """Lower adjacent strings."""
    parts: list[cst.CSTNode] = []
    rest: cst.CSTNode = node
    while isinstance(rest, cst.ConcatenatedString):
        parts.append(rest.left)
        rest = rest.right
    parts.append(rest)
    return compute(b, "fstring", tuple([evaluate(b, part) for part in parts]), node)


@expression(cst.FormattedString)
def formatted(b: Builder, node: cst.FormattedString) -> Var:
    """Lower an f-string."""
    return compute(b, "fstring", _string_parts(b, node.parts), node)


@expression(cst.TemplatedString)
def templated(b: Builder, node: cst.TemplatedString) -> Var:
    """Lower a t-string."""
    return compute(b, "fstring", _string_parts(b, node.parts), node)


def _string_parts(b: Builder, parts: Sequence[cst.CSTNode]) -> tuple[Var, ...]:
    values: list[Var] = []
    for part in parts:
        if isinstance(part, (cst.FormattedStringExpression, cst.TemplatedStringExpression)):
            values.append(evaluate(b, part.expression))
            values.extend(_string_parts(b, part.format_spec or ()))
    return tuple(values)


@expression(cst.StarredElement)
def starred(b: Builder, node: cst.StarredElement) -> Var:
    """Lower `*a` in a display."""
    return compute(b, "star", (evaluate(b, node.value),), node)


@expression(cst.Yield)
def yielded(b: Builder, node: cst.Yield) -> Var:
    """Lower `yield`, which gives way in an async generator only."""
    inner = node.value
    value: Var | None = None
    if isinstance(inner, cst.From):
        value = evaluate(b, inner.item)
    elif inner is not None:
        value = evaluate(b, inner)
    if not b.in_async_generator:
        kind = "yield from" if isinstance(inner, cst.From) else "yield"
        return compute(b, kind, () if value is None else (value,), node)
    into = b.temp()
    b.ops.append(Suspend("yield", value, into, b.at(node)))
    return into
