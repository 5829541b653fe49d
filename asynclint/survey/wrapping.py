"""Functions that a decorator puts in the place of methods: their first parameter is the object, whatever its name."""

from __future__ import annotations

import ast

from asynclint.survey.names import class_name
from asynclint.survey.scope import FunctionNode, Scope


def class_wrapped(node: FunctionNode, scope: Scope) -> str:
    """Return the name of the class for whose methods a nested function stands; empty if it does not.

    It calls what the function around it was given, with its own first argument in front, and that function decorates
    methods of one class: the one that it stands in, or else one in the same file.
    """
    first = next(iter((*node.args.posonlyargs, *node.args.args)), None)
    outer = scope.parent
    if first is None or outer is None or outer.kind != "function" or not _passes_on(node, first.arg, outer.given):
        return ""
    while outer.parent is not None and outer.parent.kind == "function":
        outer = outer.parent
    around, short = outer.parent, outer.name.rpartition(".")[2]
    if around is None:
        return ""
    if around.kind == "class":
        return around.name if any(_decorates(short, one) for one in around.pending) else ""
    classes = [one for one in around.pending if isinstance(one, ast.ClassDef)]
    found = [one.name for one in classes if any(_decorates(short, inner) for inner in one.body)]
    return found[0] if len(found) == 1 else ""


def _passes_on(node: FunctionNode, first: str, given: tuple[str, ...]) -> bool:
    """Tell whether a function calls something that the one around it was given, on its own first argument."""
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in given
        and bool(call.args)
        and isinstance(call.args[0], ast.Name)
        and call.args[0].id == first
        for call in ast.walk(node)
    )


def _decorates(name: str, node: ast.stmt) -> bool:
    """Tell whether a definition is a method that a decorator of this name stands over, and that has an object."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    names = [class_name(one).rpartition(".")[2] for one in node.decorator_list]
    return name in names and not {"staticmethod", "classmethod"} & set(names)
