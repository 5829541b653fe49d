"""Lowering of definitions inside a function: what they evaluate at once, and what they take along."""

from __future__ import annotations

import libcst as cst

from asynclint.ir.ops import Capture, Var
from asynclint.lower.builder import Builder
from asynclint.lower.calls import apply
from asynclint.lower.dispatch import evaluate, evaluate_all, expression, statement
from asynclint.lower.keys import dotted
from asynclint.lower.names import parameters, taken
from asynclint.lower.targets import store_name


@expression(cst.Lambda)
def lambda_expression(b: Builder, node: cst.Lambda) -> Var:
    """Lower a lambda: its defaults, then the capture."""
    _defaults(b, node.params)
    return _capture(b, node, "<lambda>")


@statement(cst.FunctionDef)
def function_definition(b: Builder, node: cst.FunctionDef) -> None:
    """Lower a nested function: decorators, defaults, the capture, then the decorators' calls from the inside out."""
    decorators = _decorators(b, node)
    _defaults(b, node.params)
    _bind(b, node, _capture(b, node, node.name.value), decorators)


@statement(cst.ClassDef)
def class_definition(b: Builder, node: cst.ClassDef) -> None:
    """Lower a nested class: decorators, bases, the capture; its body is not looked into."""
    decorators = _decorators(b, node)
    evaluate_all(b, [arg.value for arg in (*node.bases, *node.keywords)])
    _bind(b, node, _capture(b, node, node.name.value), decorators)


def _decorators(b: Builder, node: cst.FunctionDef | cst.ClassDef) -> list[tuple[Var, cst.BaseExpression]]:
    return [(evaluate(b, item.decorator), item.decorator) for item in node.decorators]


def _bind(
    b: Builder,
    node: cst.FunctionDef | cst.ClassDef,
    value: Var,
    decorators: list[tuple[Var, cst.BaseExpression]],
) -> None:
    for function, decorator in reversed(decorators):
        value = apply(b, function, dotted(decorator) or "%", value, decorator)
    store_name(b, node.name, value)


def _defaults(b: Builder, params: cst.Parameters) -> None:
    for parameter in parameters(params):
        if parameter.default is not None:
            evaluate(b, parameter.default)


def _capture(b: Builder, node: cst.FunctionDef | cst.Lambda | cst.ClassDef, name: str) -> Var:
    into = b.temp()
    variables = (b.scope_of(used) for used in taken(node))
    names = frozenset(variable for variable in variables if not variable.startswith("%"))
    b.ops.append(Capture(into, f"{b.function}.{name}", names, b.at(node)))
    return into
