"""Reading calls: callee, arguments, mutations, and what the result may denote."""

from __future__ import annotations

import ast
import re
from sys import intern

from asynclint.survey import vocabulary
from asynclint.survey.arguments import read_arguments
from asynclint.survey.expressions import load
from asynclint.survey.names import dotted
from asynclint.survey.scope import (
    ITEM,
    LONGEST,
    OF,
    Scope,
    Value,
    elements,
    merge,
    spelled,
    step_on,
)
from asynclint.survey.targets import constant_text, write
from asynclint.survey.visiting import HANDLERS

_LONGEST_CALLEE = 200
_NO_VALUES: list[Value] = []
_GENERIC = re.compile(r"_*[A-Z]\w*[a-z]\w*")
"""Names of classes."""
_ATTRIBUTE_FUNCTIONS = frozenset({"getattr", "setattr", "delattr", "hasattr"})
_METHODS = vocabulary.MUTATORS.keys() | vocabulary.ELEMENT_METHODS | vocabulary.VIEW_METHODS | vocabulary.PAIR_METHODS
_FUNCTIONS = (
    vocabulary.COPY_FUNCTIONS
    | vocabulary.PAIR_FUNCTIONS
    | vocabulary.ELEMENT_FUNCTIONS
    | vocabulary.MUTATING_FUNCTIONS.keys()
    | _ATTRIBUTE_FUNCTIONS
    | {"cast", "typing.cast"}
)


def _call(node: ast.Call, scope: Scope, awaited: bool = False) -> Value:
    func = node.func
    receiver: Value = None
    method = ""
    if isinstance(func, ast.Name):
        callee = func.id
        scope.names.add(callee)
    elif isinstance(func, ast.Attribute):
        method = func.attr
        base = func.value
        if isinstance(base, ast.Name):
            name = base.id
            scope.names.add(name)
            receiver = (name,)
            callee = intern(f"{name}.{method}")
        else:
            receiver = HANDLERS[base.__class__](base, scope)
            callee = _callee(receiver, base, method, scope)
    else:
        HANDLERS[func.__class__](func, scope)
        callee = _parametrised(func)
    arguments, values = read_arguments(node, scope) if node.args or node.keywords else ((), _NO_VALUES)
    if callee != "super" and callee:
        scope.calls.append((callee, node.lineno, awaited, scope.loop > scope.left, arguments))
    result: Value = None
    if method in _METHODS:
        result = _method(receiver, method, node, awaited, scope)
    elif callee in _FUNCTIONS:
        result = _function(callee, node, values, scope)
    scope.last = callee
    return result


def _parametrised(func: ast.expr) -> str:
    """Return the dotted name of a generic class that is called with its parameters, `Box[int]()`; else nothing."""
    name = dotted(func.value) if isinstance(func, ast.Subscript) else ""
    return intern(name) if _GENERIC.fullmatch(name.rpartition(".")[2]) else ""


def _callee(receiver: Value, base: ast.expr, method: str, scope: Scope) -> str:
    if base.__class__ is ast.Call and scope.last:
        text = f"{scope.last}().{method}"
        return text if len(text) <= _LONGEST_CALLEE else ""
    if isinstance(receiver, tuple) and receiver[-1] is not OF:
        if len(receiver) < LONGEST:
            return f"{spelled(receiver)}.{method}"
        text = dotted(base)
        return f"{text}.{method}" if text else ""
    return ""


def _method(receiver: Value, method: str, node: ast.Call, awaited: bool, scope: Scope) -> Value:
    """Read what a method of a container does; an awaited call is never one."""
    if awaited or receiver is None:
        return None
    if method in vocabulary.MUTATORS:
        write(receiver, "mutate", method, node, scope)
    if method in vocabulary.ELEMENT_METHODS:
        return load(step_on(receiver, ITEM), scope)
    if method in vocabulary.VIEW_METHODS:
        return elements(receiver)
    if method in vocabulary.PAIR_METHODS:
        return elements(receiver, 2)
    return None


def _function(callee: str, node: ast.Call, values: list[Value], scope: Scope) -> Value:
    """Read what a known function does to its arguments and gives back."""
    if not values:
        return None
    if callee in _ATTRIBUTE_FUNCTIONS:
        return _attribute_function(callee, node, values, scope)
    if callee in vocabulary.COPY_FUNCTIONS:
        return elements(merge(values))
    if callee in vocabulary.PAIR_FUNCTIONS:
        return elements(merge(values), 2)
    if callee in vocabulary.ELEMENT_FUNCTIONS:
        return load(step_on(merge(values), ITEM), scope)
    if callee in vocabulary.MUTATING_FUNCTIONS:
        position = vocabulary.MUTATING_FUNCTIONS[callee]
        if position < len(values):
            write(values[position], "mutate", callee.rpartition(".")[2], node, scope)
        return step_on(values[0], ITEM)
    return values[-1] if callee.endswith("cast") else None


def _attribute_function(callee: str, node: ast.Call, values: list[Value], scope: Scope) -> Value:
    match node.args:
        case [_, ast.Constant(value=str() as name), *rest]:
            place = step_on(values[0], name)
        case _:
            return None
    if callee == "setattr":
        write(place, "store", constant_text(rest[0]) if rest else "", node, scope)
        if rest and _is_self(values[0], scope):
            scope.assigned.append((name, rest[0], None))
        return None
    if callee == "delattr":
        write(place, "delete", "", node, scope)
        return None
    load(place, scope)
    return merge([place, *values[2:]]) if callee == "getattr" else None


def _is_self(value: Value, scope: Scope) -> bool:
    return isinstance(value, tuple) and value == (scope.self_name,)


HANDLERS[ast.Call] = _call
