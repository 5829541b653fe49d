"""Reading statements: control flow, assignments, imports, and the definitions that are read later."""

from __future__ import annotations

import ast
from typing import TypeGuard

from asynclint.survey.expressions import iterate, linger, source
from asynclint.survey.names import dotted
from asynclint.survey.patterns import match_pattern
from asynclint.survey.scope import OF, Scope, Value, bind_name, spelled
from asynclint.survey.targets import assign, augment, bind, delete
from asynclint.survey.visiting import HANDLERS, note_span, run

_DISPLAYS = (ast.Tuple, ast.List)
With = ast.With | ast.AsyncWith
For = ast.For | ast.AsyncFor
Try = ast.Try  # and `ast.TryStar`, which has the same fields


def _expr(node: ast.Expr, scope: Scope) -> Value:
    value = node.value
    if value.__class__ is not ast.Constant:
        HANDLERS[value.__class__](value, scope)
    return None


def _return(node: ast.Return, scope: Scope) -> Value:
    value = node.value
    if value is not None and value.__class__ is not ast.Constant:
        HANDLERS[value.__class__](value, scope)
    return None


def _raise(node: ast.Raise, scope: Scope) -> Value:
    for part in (node.exc, node.cause):
        if part is not None:
            HANDLERS[part.__class__](part, scope)
    return None


def _assign(node: ast.Assign, scope: Scope) -> Value:
    assign(node.targets, node.value, scope)
    if scope.kind == "function":
        if node.value.__class__ is ast.Call:
            _note_made(node.targets, node.value, scope)
    else:
        for target in node.targets:
            _note_assigned(target, node.value, scope)
    return None


def _note_assigned(target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
    """Note what a name of a class or module is given."""
    if isinstance(target, ast.Name):
        scope.assigned.append((target.id, value, None))
    elif isinstance(target, _DISPLAYS):
        parts = value.elts if isinstance(value, _DISPLAYS) and len(value.elts) == len(target.elts) else []
        for index, one in enumerate(target.elts):
            _note_assigned(one, parts[index] if parts else None, scope)


def _note_made(targets: list[ast.expr], call: ast.expr, scope: Scope) -> None:
    """Note which name a call's result is kept under, if it is one name alone."""
    if len(targets) == 1 and isinstance(target := targets[0], ast.Name):
        scope.made.append((target.id, call.lineno, scope.last if isinstance(call, ast.Call) else ""))


def _annotated(node: ast.AnnAssign, scope: Scope) -> Value:
    target = node.target
    if node.value is not None:
        assign([target], node.value, scope)
        if isinstance(node.value, ast.Call):
            _note_made([target], node.value, scope)
    elif isinstance(target, ast.Name):
        scope.bound.add(target.id)
    if isinstance(target, ast.Name):
        if scope.kind != "function":
            scope.assigned.append((target.id, node.value, node.annotation))
    elif _is_own(target, scope):
        scope.assigned.append((target.attr, None, node.annotation))
    return None


def _is_own(target: ast.Attribute | ast.Subscript, scope: Scope) -> TypeGuard[ast.Attribute]:
    """Tell whether a target is an attribute of `self`."""
    if not isinstance(target, ast.Attribute):
        return False
    return isinstance(target.value, ast.Name) and target.value.id == scope.self_name


def _delete(node: ast.Delete, scope: Scope) -> Value:
    for target in node.targets:
        delete(target, scope)
    return None


def _if(node: ast.If, scope: Scope) -> Value:
    while True:
        HANDLERS[node.test.__class__](node.test, scope)
        run(node.body, scope)
        orelse = node.orelse
        if not orelse:
            return None
        if len(orelse) > 1 or not isinstance(arm := orelse[0], ast.If):
            run(orelse, scope)
            return None
        node = arm
        scope.line = node.lineno
        note_span(scope, node.lineno, node.test.end_lineno)


def _while(node: ast.While, scope: Scope) -> Value:
    scope.loop += 1
    HANDLERS[node.test.__class__](node.test, scope)
    run(node.body, scope)
    scope.loop -= 1
    run(node.orelse, scope)
    return None


def _for(node: For, scope: Scope) -> Value:
    over = source(node.iter, scope)
    iterate(node.target, over[0], scope)
    before = scope.suspensions + scope.yields
    if isinstance(node, ast.AsyncFor):
        scope.suspensions += 1
        scope.pauses.append(scope.line)
    scope.loop += 1
    run(node.body, scope)
    scope.loop -= 1
    linger((over,), before, scope)
    run(node.orelse, scope)
    return None


def _with(node: With, scope: Scope) -> Value:
    is_async = isinstance(node, ast.AsyncWith)
    for item in node.items:
        context = item.context_expr
        value = HANDLERS[context.__class__](context, scope)
        text = _context_text(context, value, scope)
        if text:
            scope.withs.append((text, context.lineno, node.end_lineno or node.lineno, is_async))
        if item.optional_vars is not None:
            bind(item.optional_vars, value, None, scope)
            _note_made([item.optional_vars], context, scope)
        if is_async:
            scope.suspensions += 1
            scope.pauses.append(scope.line)
    run(node.body, scope)
    if is_async:
        scope.pauses.append(node.end_lineno or node.lineno)
    return None


def _context_text(context: ast.expr, value: Value, scope: Scope) -> str:
    if isinstance(value, tuple) and value[-1] is not OF:
        return spelled(value)
    if isinstance(context, ast.Call):
        return f"{scope.last}()" if scope.last else dotted(context)
    return dotted(context)


def _try(node: Try, scope: Scope) -> Value:
    run(node.body, scope)
    for handler in node.handlers:
        if handler.type is not None:
            HANDLERS[handler.type.__class__](handler.type, scope)
        if handler.name is not None:
            bind_name(scope, handler.name, None, node)
        run(handler.body, scope)
    run(node.orelse, scope)
    run(node.finalbody, scope)
    return None


def _match(node: ast.Match, scope: Scope) -> Value:
    subject = HANDLERS[node.subject.__class__](node.subject, scope)
    for case in node.cases:
        scope.line = case.pattern.lineno
        if case.guard is not None:
            note_span(scope, scope.line, case.guard.end_lineno)
        match_pattern(case.pattern, subject, scope)
        if case.guard is not None:
            HANDLERS[case.guard.__class__](case.guard, scope)
        run(case.body, scope)
    return None


def _global(node: ast.Global, scope: Scope) -> Value:
    scope.declared.update(node.names)
    return None


def _nonlocal(node: ast.Nonlocal, scope: Scope) -> Value:
    scope.declared.update(node.names)
    scope.nonlocals.update(node.names)
    return None


def _import(node: ast.Import, scope: Scope) -> Value:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        bind_name(scope, name, None, node)
        scope.modules.add(name)
        scope.imported[name] = alias.name if alias.asname else name
    return None


def _import_from(node: ast.ImportFrom, scope: Scope) -> Value:
    origin = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            scope.imported[f"*{origin}"] = origin
            continue
        name = alias.asname or alias.name
        bind_name(scope, name, None, node)
        scope.imported[name] = f"{origin}{alias.name}" if origin.endswith(".") else f"{origin}.{alias.name}"
    return None


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Value:
    spec = node.args
    _decorators(node, scope)
    for part in (*spec.defaults, *spec.kw_defaults):
        if part is not None and part.__class__ is not ast.Constant:
            HANDLERS[part.__class__](part, scope)
    bind_name(scope, node.name, None, node)
    scope.pending.append(node)
    return None


def _class(node: ast.ClassDef, scope: Scope) -> Value:
    _decorators(node, scope)
    for part in (*node.bases, *(keyword.value for keyword in node.keywords)):
        HANDLERS[part.__class__](part, scope)
    bind_name(scope, node.name, None, node)
    scope.pending.append(node)
    return None


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: Scope) -> None:
    """Read decorators; in a function each is a call with what it decorates."""
    for decorator in node.decorator_list:
        HANDLERS[decorator.__class__](decorator, scope)
        if scope.kind == "function" and (text := dotted(decorator)):
            scope.calls.append((text, decorator.lineno, False, scope.loop > 0, (node.name,)))


HANDLERS.update(
    {
        ast.Expr: _expr,
        ast.Return: _return,
        ast.Raise: _raise,
        ast.Assign: _assign,
        ast.AnnAssign: _annotated,
        ast.AugAssign: augment,
        ast.Delete: _delete,
        ast.If: _if,
        ast.While: _while,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.Try: _try,
        ast.Match: _match,
        ast.Global: _global,
        ast.Nonlocal: _nonlocal,
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.ClassDef: _class,
    }
)
if hasattr(ast, "TryStar"):
    HANDLERS[ast.TryStar] = _try
