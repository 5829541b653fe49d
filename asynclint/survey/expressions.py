"""Reading expressions: what they load, and which chain each may denote."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from asynclint.survey.scope import (
    ITEM,
    Scope,
    Value,
    bind_name,
    chains_of,
    container_of,
    elements,
    merge,
    step_on,
)
from asynclint.survey.targets import bind
from asynclint.survey.visiting import HANDLERS

_DISPLAYS = (ast.Tuple, ast.List)
_INSIDE = (ast.In, ast.NotIn)
Source = tuple[Value, list[str]]
"""What a loop goes over, and the callees of the calls in it."""
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


def load(value: Value, scope: Scope) -> Value:
    """Note that a value was read."""
    if isinstance(value, tuple):
        scope.loads.setdefault(value, scope.line)
    elif value is not None:
        for chain in value:
            scope.loads.setdefault(chain, scope.line)
    return value


def _name(node: ast.Name, scope: Scope) -> Value:
    scope.names.add(node.id)
    scope.bare.add(node.id)
    return (node.id,)


def _attribute(node: ast.Attribute, scope: Scope) -> Value:
    base = node.value
    if base.__class__ is ast.Name:
        name: str = base.id
        scope.names.add(name)
        chain = (name, node.attr)
        scope.loads.setdefault(chain, scope.line)
        return chain
    value = HANDLERS[base.__class__](base, scope)
    return load(step_on(value, node.attr), scope) if value is not None else None


def _subscript(node: ast.Subscript, scope: Scope) -> Value:
    value = HANDLERS[node.value.__class__](node.value, scope)
    key = node.slice
    if key.__class__ is not ast.Constant:
        HANDLERS[key.__class__](key, scope)
        if key.__class__ is ast.Slice:
            return load(elements(value), scope)
    if value is None:
        return None
    return load(step_on(value, ITEM), scope)


def _await(node: ast.Await, scope: Scope) -> Value:
    scope.suspensions += 1
    value = node.value
    if isinstance(value, ast.Call):
        HANDLERS[ast.Call](value, scope, True)
        if not scope.last or scope.last == "super":
            scope.pauses.append(scope.line)
    else:
        HANDLERS[value.__class__](value, scope)
        scope.last = ""
        scope.pauses.append(scope.line)
    return None


def _yield(node: ast.Yield | ast.YieldFrom, scope: Scope) -> Value:
    scope.yields += 1
    scope.pauses.append(scope.line)
    if node.value is not None:
        HANDLERS[node.value.__class__](node.value, scope)
    return None


def _walrus(node: ast.NamedExpr, scope: Scope) -> Value:
    value = HANDLERS[node.value.__class__](node.value, scope)
    bind_name(scope, node.target.id, value, node.target)
    name = node.target.id
    scope.times[name] = scope.times.get(name, 0) + 1
    if isinstance(node.value, ast.Call):
        scope.made.append((name, node.value.lineno, scope.last))
        scope.bare.add(name)  # it is a value where it is made
    return merge([value, (node.target.id,)])


def _conditional(node: ast.IfExp, scope: Scope) -> Value:
    HANDLERS[node.test.__class__](node.test, scope)
    first = HANDLERS[node.body.__class__](node.body, scope)
    second = HANDLERS[node.orelse.__class__](node.orelse, scope)
    if first is None:
        return second
    return first if second is None else merge([first, second])


def _bool(node: ast.BoolOp, scope: Scope) -> Value:
    return merge([HANDLERS[value.__class__](value, scope) for value in node.values])


def _binary(node: ast.BinOp, scope: Scope) -> Value:
    left: ast.expr = node
    values: list[Value] = []
    while isinstance(left, ast.BinOp):
        right = left.right
        if right.__class__ is not ast.Constant:
            values.append(elements(HANDLERS[right.__class__](right, scope)))
        left = left.left
    values.append(elements(HANDLERS[left.__class__](left, scope)))
    return merge(values)


def _unary(node: ast.UnaryOp, scope: Scope) -> Value:
    HANDLERS[node.operand.__class__](node.operand, scope)
    return None


def _compare(node: ast.Compare, scope: Scope) -> Value:
    left = node.left
    if left.__class__ is not ast.Constant:
        HANDLERS[left.__class__](left, scope)
    for number, right in enumerate(node.comparators):
        if right.__class__ is not ast.Constant:
            value = HANDLERS[right.__class__](right, scope)
            if value is not None and node.ops[number].__class__ in _INSIDE:
                load(step_on(value, ITEM), scope)
    return None


def _display(node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Value:
    values: list[Value] = []
    for element in node.elts:
        if element.__class__ is not ast.Constant:
            value = HANDLERS[element.__class__](element, scope)
            if value is not None:
                values.append(elements(value) if element.__class__ is ast.Starred else container_of(value))
    return merge(values) if values else None


def _starred(node: ast.Starred, scope: Scope) -> Value:
    return HANDLERS[node.value.__class__](node.value, scope)


def _dict(node: ast.Dict, scope: Scope) -> Value:
    for key in node.keys:
        if key is not None and key.__class__ is not ast.Constant:
            HANDLERS[key.__class__](key, scope)
    values: list[Value] = []
    for key, item in zip(node.keys, node.values, strict=True):
        if item.__class__ is not ast.Constant:
            value = HANDLERS[item.__class__](item, scope)
            if value is not None:
                values.append(elements(value) if key is None else container_of(value))
    return merge(values) if values else None


def iterate(target: ast.expr, value: Value, scope: Scope) -> None:
    """Bind a loop target to an element, and note what is iterated over."""
    if value is not None:
        scope.iterates.update(chains_of(value))
        load(step_on(value, ITEM), scope)
    bind(target, step_on(value, ITEM), None, scope)
    scope.looped.update(_names(target))


def _names(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    return [one.id for one in target.elts if isinstance(one, ast.Name)] if isinstance(target, _DISPLAYS) else []


def source(node: ast.expr, scope: Scope) -> Source:
    """Read what a loop goes over."""
    before = len(scope.calls)
    value = HANDLERS[node.__class__](node, scope)
    if isinstance(node, ast.Name):  # what was made further up
        return value, [callee for name, _, callee in scope.made if name == node.id and callee]
    return value, [call[0] for call in scope.calls[before:]]


def linger(sources: Iterable[Source], before: int, scope: Scope) -> None:
    """Note what a loop went over, if it gave way since there were `before` suspensions and yields."""
    if scope.suspensions + scope.yields > before:
        for value, callees in sources:
            scope.lingers.update(chains_of(value))
            scope.sources.extend(callees)


def _comprehension(node: Comprehension, scope: Scope) -> Value:
    loop = scope.loop
    before = scope.suspensions + scope.yields
    sources: list[Source] = []
    for generator in node.generators:
        sources.append(source(generator.iter, scope))
        value = sources[-1][0]
        scope.loop += 1
        if generator.is_async:
            scope.suspensions += 1
            scope.pauses.append(scope.line)
        outer = scope.bound
        scope.bound = scope.inner
        iterate(generator.target, value, scope)
        scope.bound = outer
        for test in generator.ifs:
            HANDLERS[test.__class__](test, scope)
    if isinstance(node, ast.DictComp):
        HANDLERS[node.key.__class__](node.key, scope)
        element = node.value
    else:
        element = node.elt
    result = container_of(HANDLERS[element.__class__](element, scope))
    scope.loop = loop
    linger(sources, before, scope)
    return result


def _lambda(node: ast.Lambda, scope: Scope) -> Value:
    spec = node.args
    for default in (*spec.defaults, *spec.kw_defaults):
        if default is not None:
            HANDLERS[default.__class__](default, scope)
    names = [arg.arg for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
    names.extend(arg.arg for arg in (spec.vararg, spec.kwarg) if arg is not None)
    scope.inner.update(names)
    yields, pauses = scope.yields, len(scope.pauses)
    HANDLERS[node.body.__class__](node.body, scope)
    scope.yields = yields
    del scope.pauses[pauses:]
    return None


def _joined(node: ast.JoinedStr, scope: Scope) -> Value:
    for part in node.values:
        if part.__class__ is not ast.Constant:
            HANDLERS[part.__class__](part, scope)
    return None


def _formatted(node: ast.FormattedValue, scope: Scope) -> Value:
    HANDLERS[node.value.__class__](node.value, scope)
    if node.format_spec is not None:
        HANDLERS[node.format_spec.__class__](node.format_spec, scope)
    return None


def _slice(node: ast.Slice, scope: Scope) -> Value:
    for part in (node.lower, node.upper, node.step):
        if part is not None and part.__class__ is not ast.Constant:
            HANDLERS[part.__class__](part, scope)
    return None


HANDLERS.update(
    {
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.Await: _await,
        ast.Yield: _yield,
        ast.YieldFrom: _yield,
        ast.NamedExpr: _walrus,
        ast.IfExp: _conditional,
        ast.BoolOp: _bool,
        ast.BinOp: _binary,
        ast.UnaryOp: _unary,
        ast.Compare: _compare,
        ast.List: _display,
        ast.Tuple: _display,
        ast.Set: _display,
        ast.Starred: _starred,
        ast.Dict: _dict,
        ast.ListComp: _comprehension,
        ast.SetComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.DictComp: _comprehension,
        ast.Lambda: _lambda,
        ast.JoinedStr: _joined,
        ast.FormattedValue: _formatted,
        ast.Slice: _slice,
    }
)
