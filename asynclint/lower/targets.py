"""Lowering of what is assigned to and deleted."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from asynclint.ir.ops import Compute, DeleteAttr, DeleteItem, Forget, Move, StoreAttr, StoreItem, Var
from asynclint.ir.places import CLOSURE, MODULE
from asynclint.lower.builder import Builder
from asynclint.lower.dispatch import evaluate
from asynclint.lower.expressions import compute, index, load_attribute, load_item
from asynclint.lower.keys import elements_key
from asynclint.lower.operators import AUGMENTED


def store_name(b: Builder, node: cst.Name, value: Var, *, augmented: bool = False, outside: bool = False) -> None:
    """Bind a name; `outside` passes over the scopes of comprehensions."""
    name = node.value
    variable = b.scope_of(name)
    if outside and not variable.startswith("%"):
        variable = name
    if variable.startswith("%"):
        b.ops.append(StoreAttr(variable, name, value, b.at(node), augmented))
    else:
        b.ops.append(Move(variable, value, b.at(node)))


def assign(b: Builder, target: cst.CSTNode, value: Var) -> None:
    """Store a value, already evaluated, in a target."""
    match target:
        case cst.Name():
            store_name(b, target, value)
        case cst.Attribute():
            base = evaluate(b, target.value)
            b.ops.append(StoreAttr(base, target.attr.value, value, b.at(target)))
        case cst.Subscript():
            base = evaluate(b, target.value)
            key = index(b, target.slice, target)
            text, names = elements_key(b, target.slice)
            b.ops.append(StoreItem(base, key, text, names, value, b.at(target)))
        case cst.Tuple() | cst.List():
            for element in target.elements:
                assign(b, element.value, compute(b, "item", (value,), element.value))
        case cst.StarredElement():
            assign(b, target.value, value)


def assign_elements(b: Builder, targets: Sequence[cst.BaseElement], values: Sequence[cst.BaseElement]) -> None:
    """Lower `a, b = x, y` element by element: all values first, then the targets from left to right."""
    found: list[Var] = []
    for element in values:
        value = evaluate(b, element.value)
        if not value.startswith("%"):
            # `a, b = b, a`: the local may be rebound before it is stored.
            kept = b.temp()
            b.ops.append(Move(kept, value, b.at(element.value)))
            value = kept
        found.append(value)
    for target, value in zip(targets, found, strict=True):
        assign(b, target.value, value)


def same_shape(target: cst.CSTNode, value: cst.CSTNode) -> bool:
    """Tell whether both are displays of the same length without stars."""
    if not isinstance(target, (cst.Tuple, cst.List)) or not isinstance(value, (cst.Tuple, cst.List)):
        return False
    if len(target.elements) != len(value.elements):
        return False
    return not any(isinstance(element, cst.StarredElement) for element in (*target.elements, *value.elements))


def augment(b: Builder, node: cst.AugAssign) -> None:
    """Lower `T op= E`: the target is read before `E` is evaluated."""
    target = node.target
    kind = AUGMENTED.get(type(node.operator), "?")
    match target:
        case cst.Name():
            value = _operate(b, kind, evaluate(b, target), node)
            store_name(b, target, value, augmented=True)
        case cst.Attribute():
            base, name = evaluate(b, target.value), target.attr.value
            value = _operate(b, kind, load_attribute(b, base, name, target), node)
            b.ops.append(StoreAttr(base, name, value, b.at(target), augmented=True))
        case cst.Subscript():
            base = evaluate(b, target.value)
            key = index(b, target.slice, target)
            text, names = elements_key(b, target.slice)
            value = _operate(b, kind, load_item(b, base, key, text, names, target), node)
            b.ops.append(StoreItem(base, key, text, names, value, b.at(target), augmented=True))
        case _:
            _operate(b, kind, evaluate(b, target), node)


def _operate(b: Builder, kind: str, old: Var, node: cst.AugAssign) -> Var:
    other = evaluate(b, node.value)
    into = b.temp()
    b.ops.append(Compute(into, kind, (old, other), b.at(node)))
    return into


def delete(b: Builder, target: cst.CSTNode) -> None:
    """Lower one target of `del`."""
    match target:
        case cst.Name(value=name):
            variable = b.scope_of(name)
            if variable in (MODULE, CLOSURE):
                b.ops.append(DeleteAttr(variable, name, b.at(target)))
            else:
                b.ops.append(Forget(variable, b.at(target)))
        case cst.Attribute():
            base = evaluate(b, target.value)
            b.ops.append(DeleteAttr(base, target.attr.value, b.at(target)))
        case cst.Subscript():
            base = evaluate(b, target.value)
            key = index(b, target.slice, target)
            text, names = elements_key(b, target.slice)
            b.ops.append(DeleteItem(base, key, text, names, b.at(target)))
        case cst.Tuple() | cst.List():
            for element in target.elements:
                delete(b, element.value)
