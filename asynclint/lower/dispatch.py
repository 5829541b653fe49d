"""The tables from node types to the functions that lower them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar, cast

import libcst as cst

from asynclint.ir.ops import Compute, Var
from asynclint.lower.builder import Builder

_Expression = TypeVar("_Expression", bound=Callable[..., Var])
_Statement = TypeVar("_Statement", bound=Callable[..., None])
_ToVar = Callable[[Builder, cst.CSTNode], Var]
_ToNothing = Callable[[Builder, cst.CSTNode], None]

_EXPRESSIONS: dict[type[cst.CSTNode], _ToVar] = {}
_STATEMENTS: dict[type[cst.CSTNode], _ToNothing] = {}


def expression(*kinds: type[cst.CSTNode]) -> Callable[[_Expression], _Expression]:
    """Register the function that lowers expressions of these types."""

    def register(handler: _Expression) -> _Expression:
        for kind in kinds:
            _EXPRESSIONS[kind] = cast("_ToVar", handler)
        return handler

    return register


def statement(*kinds: type[cst.CSTNode]) -> Callable[[_Statement], _Statement]:
    """Register the function that lowers statements of these types."""

    def register(handler: _Statement) -> _Statement:
        for kind in kinds:
            _STATEMENTS[kind] = cast("_ToNothing", handler)
        return handler

    return register


def evaluate(b: Builder, node: cst.CSTNode) -> Var:
    """Lower an expression; return the variable that holds its value."""
    handler = _EXPRESSIONS.get(type(node))
    return handler(b, node) if handler is not None else _unknown(b, node)


def evaluate_all(b: Builder, nodes: Iterable[cst.CSTNode]) -> tuple[Var, ...]:
    """Lower expressions in order."""
    return tuple([evaluate(b, node) for node in nodes])


def execute(b: Builder, node: cst.CSTNode) -> None:
    """Lower a statement."""
    handler = _STATEMENTS.get(type(node))
    if handler is not None:
        handler(b, node)
    else:
        _unknown_statement(b, node)


def suite(b: Builder, body: cst.BaseSuite) -> None:
    """Lower the statements of a suite."""
    for node in body.body:
        execute(b, node)


def _unknown(b: Builder, node: cst.CSTNode) -> Var:
    parts = evaluate_all(b, _expressions_in(node))
    into = b.temp()
    b.ops.append(Compute(into, "?", parts, b.at(node)))
    return into


def _unknown_statement(b: Builder, node: cst.CSTNode) -> None:
    for child in node.children:
        if type(child) in _STATEMENTS:
            execute(b, child)
        elif isinstance(child, cst.BaseExpression):
            evaluate(b, child)
        elif isinstance(child, (cst.BaseStatement, cst.BaseSuite, cst.BaseSmallStatement)):
            _unknown_statement(b, child)


def _expressions_in(node: cst.CSTNode) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []
    for child in node.children:
        if isinstance(child, cst.BaseExpression):
            found.append(child)
        else:
            found.extend(_expressions_in(child))
    return found
