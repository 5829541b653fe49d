"""What may be moved across an await: expressions that do nothing, and state that nobody writes meanwhile."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from asynclint.fixes.edits import RefusedError
from asynclint.fixes.reach import calls_in, calls_may_write
from asynclint.fixes.scene import Scene
from asynclint.fixes.site import Site
from asynclint.fixes.state import State, parse_state
from asynclint.survey.facts import CallSite

# fmt: off
PURE = (
    cst.Name, cst.Attribute, cst.Subscript, cst.Integer, cst.Float, cst.SimpleString, cst.ConcatenatedString,
    cst.FormattedString, cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation, cst.Comparison, cst.IfExp,
    cst.Tuple, cst.List, cst.Dict, cst.Set, cst.Imaginary, cst.Ellipsis,
)
QUIET = frozenset({
    "len", "bool", "int", "str", "float", "list", "tuple", "dict", "set", "frozenset", "sorted", "min", "max", "sum",
    "isinstance", "hasattr", "getattr", "any", "all", "abs", "round",
})
"""Built-in functions that do nothing but answer, as long as what they are given does."""
ASKING = frozenset({
    "get", "keys", "items", "values", "done", "is_set", "locked", "empty", "closed", "is_closing", "cancelled", "copy",
})
"""Methods that do nothing but answer."""
# fmt: on


def is_pure(node: cst.CSTNode) -> bool:
    """Tell whether evaluating an expression does nothing: it may be done earlier, later, twice or never."""
    if isinstance(node, cst.Call):
        called = node.func
        if isinstance(called, cst.Name) and called.value in QUIET:
            return all(is_pure(argument.value) for argument in node.args)
        asked = isinstance(called, cst.Attribute) and called.attr.value in ASKING and is_pure(called.value)
        return asked and all(is_pure(argument.value) for argument in node.args)
    if isinstance(node, cst.BaseExpression):
        return isinstance(node, PURE) and all(map(is_pure, _inner(node)))
    return True


def _inner(node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """Yield the expressions that an expression is directly made of."""
    for child in node.children:
        if isinstance(child, cst.BaseExpression):
            yield child
        else:
            yield from _inner(child)


def unconditional_awaits(scene: Scene, node: cst.CSTNode) -> list[cst.Await]:
    """Return the outermost awaits in an expression; a `RefusedError` where one of them may not be reached."""
    found: list[cst.Await] = []
    _collect(scene, node, found)
    return found


def _collect(scene: Scene, node: cst.CSTNode, found: list[cst.Await]) -> None:
    if isinstance(node, cst.Await):
        found.append(node)
        return
    if isinstance(node, cst.BooleanOperation):
        # The left side is always evaluated, and first.
        _collect(scene, node.left, found)
        _refuse_awaits(scene, node.right)
    elif isinstance(node, cst.IfExp | cst.BaseComp | cst.NamedExpr | cst.Yield | cst.Lambda):
        _refuse_awaits(scene, node)
    else:
        for child in node.children:
            _collect(scene, child, found)


def _refuse_awaits(scene: Scene, node: cst.CSTNode) -> None:
    for one in scene.within(node):
        if isinstance(one, cst.Await | cst.Yield) or (isinstance(one, cst.CompFor) and one.asynchronous is not None):
            raise RefusedError("what is awaited is awaited in some cases only, or bound within the expression")


def states_in(site: Site, nodes: Iterator[cst.CSTNode]) -> list[State]:
    """Return the state that expressions mention: attributes of anything, and variables that are not the function's."""
    found: list[State] = []
    for node in nodes:
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
            text = f"{node.value.value}.{node.attr.value}"
        elif isinstance(node, cst.Name) and node.value not in site.function.bindings:
            text = node.value
        else:
            continue
        found.append(parse_state(text, site.function))
    return [one for one in found if one.steps]


def disturbed(site: Site, states: list[State], lines: tuple[int, int]) -> bool:
    """Tell whether what is called on some lines of the function may write one of some states."""
    calls: list[CallSite] = calls_in(site.function, lines)
    return any(calls_may_write(site.document, calls, state) for state in states)


def as_expression(text: str) -> str:
    """Return source that can stand alone on the right of an assignment: in brackets where it goes over lines."""
    try:
        ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        return f"({text})"
    return text


def names_in(scene: Scene, node: cst.CSTNode) -> set[str]:
    """Return all names that a node mentions, those within functions inside of it too."""
    found: set[str] = set()
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, cst.Name):
            found.add(one.value)
        pending.extend(one.children)
    return found
