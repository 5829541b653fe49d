"""The dispatch of the walk: one handler for each node class, entered here by the modules that define them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Sequence

from asynclint.survey.scope import Scope, Value

Handler = Callable[..., Value]


_LEAVING = (ast.Break, ast.Return, ast.Raise)
_TRIES = (ast.Try, ast.TryStar) if sys.version_info >= (3, 11) else (ast.Try,)


def parts(node: ast.AST) -> list[ast.AST]:
    """Return the nodes right below a node, in order; whether a name is loaded or stored is none."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found.extend([one for one in value if isinstance(one, ast.AST)])
        elif isinstance(value, ast.AST) and name != "ctx":
            found.append(value)
    return found


def children(node: ast.AST, scope: Scope) -> Value:
    """Read what is below a node that has no handler of its own."""
    for child in parts(node):
        HANDLERS[child.__class__](child, scope)
    return None


def _classes(above: type[ast.AST]) -> Iterator[type[ast.AST]]:
    """Yield all classes of nodes that this Python has."""
    yield above
    for one in above.__subclasses__():
        yield from _classes(one)


# A plain dictionary, which the interpreter looks into fastest; a class that nobody handles has its children read.
HANDLERS: dict[type[ast.AST], Handler] = dict.fromkeys(_classes(ast.AST), children)


def nothing(_node: ast.AST, _scope: Scope) -> Value:
    """Read nothing."""
    return None


def run(body: Sequence[ast.stmt], scope: Scope) -> None:
    """Read statements in order; those that end with a way out of a loop run once, for all that the loop does."""
    left, handlers, ordered = scope.left, HANDLERS, scope.ordered
    if scope.loop and body and body[-1].__class__ in _LEAVING:
        scope.left = max(left, 1 if body[-1].__class__ is ast.Break else scope.loop)
    for statement in body:
        scope.line = line = statement.lineno
        if ordered and statement.end_lineno != line:
            _long(statement, scope)
        handlers[statement.__class__](statement, scope)
    scope.left = left


def note_span(scope: Scope, first: int, last: int | None) -> None:
    """Note lines that may run in any order, unless a loop around them was noted."""
    if scope.ordered and last is not None and last > first and not scope.loop:
        scope.spans.append((first, last))


def _long(statement: ast.stmt, scope: Scope) -> None:
    """Note which lines of a statement over several lines are no sequence."""
    first, last = statement.lineno, statement.end_lineno
    match statement:
        case ast.If(test=header) | ast.Match(subject=header):
            last = header.end_lineno
        case ast.With(items=items) | ast.AsyncWith(items=items):
            last = max((one.optional_vars or one.context_expr).end_lineno or first for one in items)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            first = min([first, *(one.lineno for one in statement.decorator_list)])
            last = max(statement.lineno, statement.body[0].lineno - 1)
        case _ if isinstance(statement, _TRIES):
            return
    note_span(scope, first, last)


for _leaf in (ast.Constant, ast.Pass, ast.Break, ast.Continue, ast.Load, ast.Store, ast.Del):
    HANDLERS[_leaf] = nothing
