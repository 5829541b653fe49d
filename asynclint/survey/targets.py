"""Reading targets: assignment, augmented assignment and deletion."""

from __future__ import annotations

import ast
from collections.abc import Callable

from asynclint.survey.names import literal_text
from asynclint.survey.scope import (
    ITEM,
    Located,
    RawWrite,
    Scope,
    Value,
    bind_name,
    elements,
    step_on,
)
from asynclint.survey.visiting import HANDLERS

_EMPTY_CALLS = {"dict": "{}", "list": "[]", "tuple": "()", "set": "set()"}
_LONGEST_CONSTANT = 40
_DISPLAYS = (ast.Tuple, ast.List)
_CONSTANT = (ast.Call, ast.Dict, ast.List, ast.Tuple, ast.UnaryOp)
"""What, beside a constant, may have the text of one."""


def write(value: Value, how: str, detail: str, node: Located, scope: Scope) -> None:
    """Note a write to what `value` may denote."""
    if value is not None:
        for chain in (value,) if isinstance(value, tuple) else value:
            scope.writes.append(RawWrite(chain, how, detail, node))


def constant_text(node: ast.expr | None) -> str:
    """Return the source of a constant or empty display; empty for anything else."""
    if isinstance(node, ast.Constant):
        text = literal_text(node.value)
        return text if len(text) <= _LONGEST_CONSTANT else ""
    if node.__class__ not in _CONSTANT:
        return ""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return f"-{number}"
        case ast.Dict(keys=[]):
            return "{}"
        case ast.List(elts=[]):
            return "[]"
        case ast.Tuple(elts=[]):
            return "()"
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return _EMPTY_CALLS.get(name, "")
        case _:
            return ""


def bind(target: ast.expr, value: Value, source: ast.expr | None, scope: Scope) -> None:
    """Assign `value`, whose expression is `source` where it has one, to a target."""
    _BINDERS[target.__class__](target, value, source, scope)


def _bind_name(target: ast.Name, value: Value, source: ast.expr | None, scope: Scope) -> None:
    scope.times[target.id] = scope.times.get(target.id, 0) + 1
    if value is None and not scope.declared:
        scope.bound.add(target.id)
    else:
        bind_name(scope, target.id, value, target, constant_text(source) if scope.declared else "")


def _bind_attribute(target: ast.Attribute, _value: Value, source: ast.expr | None, scope: Scope) -> None:
    base = HANDLERS[target.value.__class__](target.value, scope)
    if base is None:
        return
    write(step_on(base, target.attr), "store", constant_text(source), target, scope)
    if len(base) == 1 and base[0] == scope.self_name:
        scope.assigned.append((target.attr, source, None))


def _bind_item(target: ast.Subscript, _value: Value, source: ast.expr | None, scope: Scope) -> None:
    base = HANDLERS[target.value.__class__](target.value, scope)
    HANDLERS[target.slice.__class__](target.slice, scope)
    write(step_on(base, ITEM), "item", constant_text(source), target, scope)


def _bind_many(target: ast.Tuple | ast.List, value: Value, source: ast.expr | None, scope: Scope) -> None:
    if isinstance(source, _DISPLAYS) and _matches(target, source):
        for one, part in zip(target.elts, source.elts, strict=True):
            bind(one, HANDLERS[part.__class__](part, scope), part, scope)
        return
    element = step_on(value, ITEM)
    for one in target.elts:
        bind(one, element, None, scope)


def _matches(target: ast.Tuple | ast.List, source: ast.Tuple | ast.List) -> bool:
    if len(target.elts) != len(source.elts):
        return False
    return not any(isinstance(one, ast.Starred) for one in (*target.elts, *source.elts))


def _bind_star(target: ast.Starred, value: Value, _source: ast.expr | None, scope: Scope) -> None:
    bind(target.value, elements(value), None, scope)


_Binder = Callable[..., None]
_BINDERS: dict[type[ast.AST], _Binder] = {
    ast.Name: _bind_name,
    ast.Attribute: _bind_attribute,
    ast.Subscript: _bind_item,
    ast.Tuple: _bind_many,
    ast.List: _bind_many,
    ast.Starred: _bind_star,
}


def assign(targets: list[ast.expr], source: ast.expr, scope: Scope) -> None:
    """Assign an expression to targets, element by element where both sides are displays of one length."""
    if isinstance(source, _DISPLAYS) and len(targets) == 1:
        target = targets[0]
        if isinstance(target, _DISPLAYS) and _matches(target, source):
            _bind_many(target, None, source, scope)
            return
    value = HANDLERS[source.__class__](source, scope) if source.__class__ is not ast.Constant else None
    for target in targets:
        kind = target.__class__
        _BINDERS[kind](target, value, None if kind in _DISPLAYS else source, scope)


def augment(node: ast.AugAssign, scope: Scope) -> Value:
    """Read `target op= value`: a load and a write of the target."""
    target = node.target
    place: Value = None
    if isinstance(target, ast.Name):
        scope.names.add(target.id)
        scope.bound.add(target.id)
        place = (target.id,) if target.id in scope.declared else None
    else:
        place = HANDLERS[target.__class__](target, scope)
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice):
            place = step_on(place, ITEM)
    write(place, "augmented", "", target, scope)
    if node.value.__class__ is not ast.Constant:
        HANDLERS[node.value.__class__](node.value, scope)
    return None


def delete(target: ast.expr, scope: Scope) -> None:
    """Read one target of `del`."""
    match target:
        case ast.Name(id=name):
            scope.bound.add(name)
            if name in scope.declared:
                write((name,), "delete", "", target, scope)
        case ast.Attribute(value=base, attr=attr):
            write(step_on(HANDLERS[base.__class__](base, scope), attr), "delete", "", target, scope)
        case ast.Subscript(value=base, slice=key):
            place = step_on(HANDLERS[base.__class__](base, scope), ITEM)
            HANDLERS[key.__class__](key, scope)
            write(place, "delete item", "", target, scope)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                delete(part, scope)
        case _:
            HANDLERS[target.__class__](target, scope)
