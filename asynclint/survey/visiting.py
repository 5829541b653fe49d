"""The dispatch of the walk: one handler for each node class, entered here by the modules that define them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from asynclint.survey.scope import Scope, Value

Handler = Callable[..., Value]


class _Handlers(dict[type[ast.AST], Handler]):
    """Handlers by node class; a class that nobody handles has its children read."""

    def __missing__(self, node_class: type[ast.AST]) -> Handler:
        self[node_class] = children
        return children


HANDLERS: dict[type[ast.AST], Handler] = _Handlers()


def children(node: ast.AST, scope: Scope) -> Value:
    """Read what is below a node that has no handler of its own."""
    for child in ast.iter_child_nodes(node):
        HANDLERS[child.__class__](child, scope)
    return None


def nothing(_node: ast.AST, _scope: Scope) -> Value:
    """Read nothing."""
    return None


def run(body: Iterable[ast.stmt], scope: Scope) -> None:
    """Read statements in order."""
    for statement in body:
        HANDLERS[statement.__class__](statement, scope)


for _leaf in (ast.Constant, ast.Pass, ast.Break, ast.Continue, ast.Load, ast.Store, ast.Del):
    HANDLERS[_leaf] = nothing
