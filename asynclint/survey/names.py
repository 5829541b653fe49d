"""Expressions as text: dotted names, annotations, constructors."""

from __future__ import annotations

import ast

_LONGEST_INTEGER = 128
_DISPLAY_TYPES: dict[type[ast.AST], str] = {
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
    ast.JoinedStr: "str",
    ast.Lambda: "function",
    ast.GeneratorExp: "generator",
}


def dotted(node: ast.expr) -> str:
    """Return `a.b.c`, with `[]` for a subscript and `()` for a call; empty for anything else."""
    text = ""
    while True:
        if isinstance(node, ast.Name):
            return node.id + text
        if isinstance(node, ast.Attribute):
            text = f".{node.attr}{text}"
            node = node.value
        elif isinstance(node, ast.Subscript):
            text = f"[]{text}"
            node = node.value
        elif isinstance(node, ast.Call):
            text = f"(){text}"
            node = node.func
        else:
            return ""


def class_name(node: ast.expr) -> str:
    """Return the dotted name of a base, callee or decorator, without subscripts and calls around it."""
    while isinstance(node, (ast.Subscript, ast.Call)):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return dotted(node)


def literal_text(value: object) -> str:
    """Return the source of a literal's value; empty for an integer that is too long for Python to write it."""
    return "" if isinstance(value, int) and value.bit_length() > _LONGEST_INTEGER else repr(value)


def annotation_text(node: ast.expr | None) -> str:
    """Return the source of an annotation; a string annotation without its quotes."""
    if node is None:
        return ""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant):
        value = node.value
        return value if isinstance(value, str) else "..." if value is ... else literal_text(value)
    if isinstance(node, ast.Attribute):
        return f"{annotation_text(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript):
        key = node.slice
        many = isinstance(key, ast.Tuple) and key.elts
        return (
            f"{annotation_text(node.value)}[{', '.join(map(annotation_text, many)) if many else annotation_text(key)}]"
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return f"{annotation_text(node.left)} | {annotation_text(node.right)}"
    return ast.unparse(node)


def constructors(node: ast.expr) -> list[str]:
    """Return the dotted callees and types of constants that an assigned expression may make."""
    if isinstance(node, ast.Constant):
        return ["None" if node.value is None else type(node.value).__name__]
    match node:
        case ast.Call(func=func):
            factory = next((one.value for one in node.keywords if one.arg == "default_factory"), None)
            if factory is not None:
                made = ast.Call(factory, [], [])
                return [_counted(name, made)] if (name := class_name(factory)) else []
            return [_counted(name, node)] if (name := _callee(func)) else []
        case ast.Await(value=value) | ast.NamedExpr(value=value):
            return constructors(value)
        case ast.BoolOp(values=values):
            return [name for value in values for name in constructors(value)]
        case ast.IfExp(body=body, orelse=orelse):
            return constructors(body) + constructors(orelse)
        case ast.BinOp(left=left) | ast.UnaryOp(operand=left):
            return constructors(left) if isinstance(left, ast.Constant) else []
        case _:
            return [name] if (name := _DISPLAY_TYPES.get(node.__class__, "")) else []


_COUNTED = {
    "Semaphore": 1,
    "BoundedSemaphore": 1,
    "CapacityLimiter": 1,
    "Queue": 0,
    "PriorityQueue": 0,
    "LifoQueue": 0,
}
"""What is made with a count, and the count where none is given."""
_COUNTS = ("value", "initial_value", "total_tokens", "maxsize")


def _counted(name: str, call: ast.Call) -> str:
    """Return the callee of a semaphore, limiter or queue with its count in brackets, where that is a constant."""
    default = _COUNTED.get(name.rpartition(".")[2])
    if default is None:
        return name
    given = [*call.args, *(one.value for one in call.keywords if one.arg in _COUNTS)]
    if not given:
        return name if call.keywords else f"{name}({default})"
    count = given[0]
    return f"{name}({count.value!r})" if isinstance(count, ast.Constant) else name


def _callee(func: ast.expr) -> str:
    return class_name(func) if isinstance(func, ast.Subscript) else dotted(func)
