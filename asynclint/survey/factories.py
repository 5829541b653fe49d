"""Which new objects a function returns, and when anybody else gets to know them before that."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from asynclint.survey.scope import FunctionNode
from asynclint.survey.visiting import parts

_APART = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOKING = (ast.Attribute, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.If, ast.IfExp, ast.Assert)
"""What does no more with a name than look at what it stands for, or go through its attributes."""


def returned(node: FunctionNode, names: frozenset[str]) -> tuple[tuple[str, int], ...]:
    """Return those of some locals that a function returns, with the first line that hands them on otherwise, or 0."""
    back: set[str] = set()
    handed: dict[str, int] = {}
    for statement in node.body:
        for name, line in _uses(statement, names):
            if line:
                handed[name] = min(line, handed.get(name, line))
            else:
                back.add(name)
    return tuple((name, handed.get(name, 0)) for name in sorted(back))


def _uses(top: ast.AST, names: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Yield the names that are handed on, with the line, or with 0 where they are returned."""
    pending: list[tuple[ast.AST, ast.AST]] = [(top, top)]
    while pending:
        node, above = pending.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                if name in names and isinstance(above, ast.Return):
                    yield name, 0
                elif name in names and not isinstance(above, _LOOKING):
                    yield name, node.lineno
            case ast.Return(value=ast.Tuple(elts=elements)):
                pending.extend((element, node) for element in elements)
            case ast.Return(value=ast.Call(func=ast.Attribute() as func) as call) if (name := _root(func)) in names:
                yield name, 0  # nobody has it before, whatever its method answers
                pending.extend((argument, call) for argument in (*call.args, *call.keywords))
            case _ if isinstance(node, _APART):
                inside = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                yield from ((name, node.lineno) for name in names & inside)
            case _:
                pending.extend((child, node) for child in parts(node))


def _root(node: ast.expr) -> str:
    """Return the name at which a chain of attributes and calls begins; empty if it begins with anything else."""
    while isinstance(node, (ast.Attribute, ast.Call)):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""
