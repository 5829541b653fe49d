"""Reading the arguments of a call: what they load, and the dotted names among them."""

from __future__ import annotations

from ast import Attribute, Constant, Dict, List, Name, Set, Starred, Tuple, expr
from ast import Call as CallNode

from asynclint.survey.names import dotted
from asynclint.survey.scope import OF, Scope, Value, spelled
from asynclint.survey.visiting import HANDLERS

_DISPLAYS = (List, Tuple, Set)
_MOST = 64


def read_arguments(node: CallNode, scope: Scope) -> tuple[tuple[str, ...], list[Value]]:
    """Read the arguments; return the dotted names among them, and what each positional one may denote.

    The names are those of the arguments themselves, of what displays among them hold, and of the calls in them that are
    not awaited, with the names among their arguments.
    """
    before = len(scope.calls)
    names: list[str] = []
    values: list[Value] = []
    for argument in node.args:
        if isinstance(argument, Name):
            scope.names.add(argument.id)
            names.append(argument.id)
            values.append((argument.id,))
        else:
            values.append(None if isinstance(argument, Constant) else _argument(argument, names, scope))
    for keyword in node.keywords:
        argument = keyword.value
        if isinstance(argument, Name):
            scope.names.add(argument.id)
            names.append(argument.id)
        elif not isinstance(argument, Constant):
            _argument(argument, names, scope)
    if len(scope.calls) > before:
        for callee, _line, awaited, _loop, inner in scope.calls[before:]:
            if not awaited:
                names.append(callee)
                names.extend(inner)
    return (tuple(names) if len(names) < 2 else tuple(dict.fromkeys(names))[:_MOST]), values


def _argument(node: expr, names: list[str], scope: Scope) -> Value:
    """Read an argument that is neither a name nor a constant."""
    value = HANDLERS[node.__class__](node, scope)
    if isinstance(node, Attribute):
        if isinstance(value, tuple) and value[-1] is not OF:
            names.append(spelled(value))
    elif isinstance(node, _DISPLAYS):
        names.extend([text for part in node.elts if (text := dotted(part))])
    elif isinstance(node, Starred):
        if text := dotted(node.value):
            names.append(text)
    elif isinstance(node, Dict):
        names.extend([text for part in node.values if (text := dotted(part))])
    return value
