"""Lowering of calls and of what is awaited."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from asynclint.ir.ops import Call, DeleteAttr, StoreAttr, Suspend, Var
from asynclint.lower.builder import Builder
from asynclint.lower.dispatch import evaluate, expression
from asynclint.lower.expressions import compute, constant, load_attribute
from asynclint.lower.keys import ANY, NO_NAMES, dotted, key_of

CALLED_VALUE = "__call__"
"""The `method` of a call whose callee is itself a value: that value is the `receiver`."""


@expression(cst.Await)
def awaited(b: Builder, node: cst.Await) -> Var:
    """Lower `await e`."""
    inner = node.expression
    value = call(b, inner, is_awaited=True) if isinstance(inner, cst.Call) else evaluate(b, inner)
    into = b.temp()
    b.ops.append(Suspend("await", value, into, b.at(node)))
    return into


@expression(cst.Call)
def call(b: Builder, node: cst.Call, is_awaited: bool = False) -> Var:
    """Lower a call: the callee, then the positional arguments, then the keywords."""
    function = node.func
    if isinstance(function, cst.Name):
        name = function.value
        special = _ATTRIBUTE_BUILTINS.get(name)
        if special is not None and b.scope_of(name) == "%module":
            value = special(b, node)
            if value is not None:
                return value
        variable = b.scope_of(name)
        return _emit(b, node, name if variable[0] == "%" else variable, None, name, is_awaited)
    if isinstance(function, cst.Attribute):
        method = function.attr.value
        if _is_super(function.value):
            return _emit(b, node, f"super().{method}", None, method, is_awaited)
        receiver = evaluate(b, function.value)
        return _emit(b, node, dotted(function) or "%", receiver, method, is_awaited)
    return _emit(b, node, "%", evaluate(b, function), CALLED_VALUE, is_awaited)


def _is_super(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "super"


def _emit(b: Builder, node: cst.Call, callee: str, receiver: Var | None, method: str, is_awaited: bool) -> Var:
    args: list[Var] = []
    texts: list[str] = []
    names: list[frozenset[str]] = []
    keywords: list[tuple[str, Var]] = []
    for arg in node.args:
        if arg.keyword is None and arg.star != "**":
            args.append(_positional(b, arg))
            text, parts = key_of(b, arg.value) if not arg.star else (ANY, NO_NAMES)
            texts.append(text)
            names.append(parts)
    if len(args) < len(node.args):
        for arg in node.args:
            if arg.keyword is not None or arg.star == "**":
                keyword = arg.keyword.value if arg.keyword is not None else "**"
                keywords.append((keyword, evaluate(b, arg.value)))
    into = b.temp()
    b.ops.append(
        Call(
            into, callee, receiver, method, tuple(args), tuple(keywords), tuple(texts), tuple(names), is_awaited,
            b.at(node),
        )
    )  # fmt: skip
    return into


def _positional(b: Builder, arg: cst.Arg) -> Var:
    value = evaluate(b, arg.value)
    return compute(b, "star", (value,), arg.value) if arg.star else value


def apply(b: Builder, function: Var, callee: str, argument: Var, node: cst.CSTNode) -> Var:
    """Emit the call of a decorator, already evaluated, with what it decorates."""
    into = b.temp()
    receiver, method = (None, callee) if callee.isidentifier() else (function, CALLED_VALUE)
    b.ops.append(
        Call(into, callee, receiver, method, (argument,), (), ("",), (NO_NAMES,), awaited=False, at=b.at(node))
    )
    return into


def _named(node: cst.Call, counts: tuple[int, ...]) -> tuple[Sequence[cst.Arg], str] | None:
    args = node.args
    if len(args) not in counts or any(arg.star or arg.keyword is not None for arg in args):
        return None
    name = args[1].value
    if not isinstance(name, cst.SimpleString) or not isinstance(name.evaluated_value, str):
        return None
    return args, name.evaluated_value


def _getattr(b: Builder, node: cst.Call) -> Var | None:
    found = _named(node, (2, 3))
    if found is None:
        return None
    args, name = found
    base = evaluate(b, args[0].value)
    for default in args[2:]:
        evaluate(b, default.value)
    return load_attribute(b, base, name, node)


def _hasattr(b: Builder, node: cst.Call) -> Var | None:
    found = _named(node, (2,))
    if found is None:
        return None
    args, name = found
    base = evaluate(b, args[0].value)
    return compute(b, "hasattr", (load_attribute(b, base, name, node),), node)


def _setattr(b: Builder, node: cst.Call) -> Var | None:
    found = _named(node, (3,))
    if found is None:
        return None
    args, name = found
    base = evaluate(b, args[0].value)
    value = evaluate(b, args[2].value)
    b.ops.append(StoreAttr(base, name, value, b.at(node)))
    return constant(b, node, "None")


def _delattr(b: Builder, node: cst.Call) -> Var | None:
    found = _named(node, (2,))
    if found is None:
        return None
    args, name = found
    b.ops.append(DeleteAttr(evaluate(b, args[0].value), name, b.at(node)))
    return constant(b, node, "None")


_ATTRIBUTE_BUILTINS: dict[str, Callable[[Builder, cst.Call], Var | None]] = {
    "getattr": _getattr,
    "hasattr": _hasattr,
    "setattr": _setattr,
    "delattr": _delattr,
}
