"""The normalised source of keys and callees, and the variables that they are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from asynclint.lower.builder import Builder

_MODULE = cst.Module([])
_SPACE = re.compile(r"\s+")
_OPAQUE = (
    cst.Await, cst.Yield, cst.Lambda, cst.List, cst.Dict, cst.Set,
    cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp, cst.NamedExpr,
)  # fmt: skip
ANY = "*"
_UNNAMABLE = "\0"
"""Stands in the text of a key for a part that nobody can name."""
NO_NAMES: frozenset[str] = frozenset()


def key_of(b: Builder, node: cst.BaseExpression) -> tuple[str, frozenset[str]]:
    """Return the normalised text of a key and the variables it is made of; `*` for what nobody can name."""
    if type(node) is cst.Name:
        variable = b.scope_of(node.value)
        return (node.value, NO_NAMES) if variable.startswith("%") else (variable, frozenset((variable,)))
    names: set[str] = set()
    text = _text(b, node, names)
    return (ANY, NO_NAMES) if _UNNAMABLE in text else (text, frozenset(names))


def dotted(node: cst.BaseExpression) -> str | None:
    """Return the source of a plain dotted name, `None` for anything else."""
    parts: list[str] = []
    while type(node) is cst.Attribute:
        parts.append(node.attr.value)
        node = node.value
    if type(node) is not cst.Name:
        return None
    parts.append(node.value)
    return ".".join(reversed(parts))


def elements_key(b: Builder, elements: Sequence[cst.SubscriptElement]) -> tuple[str, frozenset[str]]:
    """Return text and variables of what stands between the brackets of a subscript."""
    if len(elements) == 1:
        index = elements[0].slice
        if type(index) is cst.Index and index.star is None:
            return key_of(b, index.value)
    names: set[str] = set()
    text = _subscript_text(b, elements, names)
    return (ANY, NO_NAMES) if _UNNAMABLE in text else (text, frozenset(names))


def _text(b: Builder, node: cst.BaseExpression, names: set[str]) -> str:
    match node:
        case cst.Name(value=name):
            variable = b.scope_of(name)
            if variable.startswith("%"):
                return name
            names.add(variable)
            return variable
        case cst.SimpleString():
            return repr(node.evaluated_value)
        case cst.Integer() | cst.Float() | cst.Imaginary():
            return node.value
        case cst.Attribute():
            return f"{_text(b, node.value, names)}.{node.attr.value}"
        case cst.Tuple():
            return "(" + ",".join(_text(b, element.value, names) for element in node.elements) + ")"
        case cst.Subscript():
            return f"{_text(b, node.value, names)}[{_subscript_text(b, node.slice, names)}]"
        case cst.Call():
            return f"{_text(b, node.func, names)}({','.join(_argument(b, arg, names) for arg in node.args)})"
    if isinstance(node, _OPAQUE):
        return _UNNAMABLE
    _collect(b, node, names)
    source = _MODULE.code_for_node(node)
    return source if isinstance(node, cst.BaseString) else _tight(source)


def _argument(b: Builder, arg: cst.Arg, names: set[str]) -> str:
    name = f"{arg.keyword.value}=" if arg.keyword is not None else arg.star
    return name + _text(b, arg.value, names)


def _subscript_text(b: Builder, elements: Sequence[cst.SubscriptElement], names: set[str]) -> str:
    texts = [_index_text(b, element.slice, names) for element in elements]
    return texts[0] if len(texts) == 1 else f"({','.join(texts)})"


def _index_text(b: Builder, index: cst.BaseSlice, names: set[str]) -> str:
    if isinstance(index, cst.Index):
        return (index.star or "") + _text(b, index.value, names)
    if isinstance(index, cst.Slice):
        bounds = [index.lower, index.upper] if index.step is None else [index.lower, index.upper, index.step]
        return ":".join("" if bound is None else _text(b, bound, names) for bound in bounds)
    return _UNNAMABLE


def _tight(source: str) -> str:
    """Remove the whitespace that does not separate two words."""
    return _SPACE.sub(lambda space: " " if _between_words(source, *space.span()) else "", source)


def _between_words(source: str, start: int, end: int) -> bool:
    return f"_{source[start - 1 : start]}".isidentifier() and f"_{source[end : end + 1]}".isidentifier()


def _collect(b: Builder, node: cst.CSTNode, names: set[str]) -> None:
    match node:
        case cst.Name(value=name):
            variable = b.scope_of(name)
            if not variable.startswith("%"):
                names.add(variable)
        case cst.Attribute():
            _collect(b, node.value, names)
        case cst.Arg():
            _collect(b, node.value, names)
        case _:
            for child in node.children:
                _collect(b, child, names)
