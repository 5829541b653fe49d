"""Which names a target binds, which a nested definition takes from outside, which are declared global."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

_SKIPPED = frozenset(
    ("lpar", "rpar", "comma", "semicolon", "equal", "colon", "lbracket", "rbracket", "lbrace", "rbrace", "header",
     "footer", "leading_lines", "lines_after_decorators", "operator", "annotation", "returns", "asynchronous",
     "type_parameters", "start", "end", "keyword", "attr")
)  # fmt: skip
_FIELDS: dict[type[cst.CSTNode], tuple[str, ...]] = {}
_NESTED = (cst.FunctionDef, cst.Lambda, cst.ClassDef)


def names_in_target(target: cst.CSTNode) -> list[str]:
    """Return the plain names that an assignment to this target binds."""
    match target:
        case cst.Name(value=name):
            return [name]
        case cst.Tuple() | cst.List():
            return [name for element in target.elements for name in names_in_target(element.value)]
        case cst.StarredElement():
            return names_in_target(target.value)
    return []


def declared(body: cst.CSTNode) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a function body itself declares `global` and `nonlocal`."""
    outer: set[str] = set()
    enclosing: set[str] = set()
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Global):
            outer.update(item.name.value for item in node.names)
        elif isinstance(node, cst.Nonlocal):
            enclosing.update(item.name.value for item in node.names)
        elif not isinstance(node, (*_NESTED, cst.BaseExpression)):
            stack.extend(fields(node))
    return frozenset(outer), frozenset(enclosing)


def fields(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the children of a node that can hold names, without visiting whitespace and punctuation."""
    kind = type(node)
    names = _FIELDS.get(kind)
    if names is None:
        names = tuple(
            name for name in node.__dataclass_fields__ if not name.startswith(("white", "trailing", "__"))
            and name not in _SKIPPED
        )  # fmt: skip
        _FIELDS[kind] = names
    for name in names:
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from (child for child in value if isinstance(child, cst.CSTNode))


def taken(node: cst.FunctionDef | cst.Lambda | cst.ClassDef) -> frozenset[str]:
    """Return the names that the body of a nested definition uses and does not bind itself."""
    params = () if isinstance(node, cst.ClassDef) else parameters(node.params)
    return _taken([node.body], {parameter.name.value for parameter in params})


def _taken(stack: list[cst.CSTNode], bound: set[str]) -> frozenset[str]:
    used: set[str] = set()
    not_bound: set[str] = set()
    while stack:
        inner = stack.pop()
        if isinstance(inner, cst.Name):
            used.add(inner.value)
        elif isinstance(inner, (cst.FunctionDef, cst.ClassDef)):
            bound.add(inner.name.value)
            used |= taken(inner)
            stack.extend(evaluated_outside(inner))
        elif isinstance(inner, cst.Lambda):
            used |= taken(inner)
            stack.extend(evaluated_outside(inner))
        elif isinstance(inner, cst.BaseComp):
            # Its targets are names of its own; a walrus in it, which binds outside, is taken for one of them too.
            used |= _taken(list(fields(inner)), set())
        elif isinstance(inner, (cst.Global, cst.Nonlocal)):
            not_bound.update(item.name.value for item in inner.names)
            used.update(item.name.value for item in inner.names)
        else:
            bound.update(_binds(inner))
            stack.extend(fields(inner))
    return frozenset(used - (bound - not_bound))


def parameters(params: cst.Parameters) -> list[cst.Param]:
    """Return the parameters in the order in which they stand."""
    found = [*params.posonly_params, *params.params]
    if isinstance(params.star_arg, cst.Param):
        found.append(params.star_arg)
    found.extend(params.kwonly_params)
    if params.star_kwarg is not None:
        found.append(params.star_kwarg)
    return found


def evaluated_outside(node: cst.FunctionDef | cst.Lambda | cst.ClassDef) -> list[cst.BaseExpression]:
    """Return what the definition itself evaluates: decorators, then defaults or bases."""
    found: list[cst.BaseExpression] = []
    if not isinstance(node, cst.Lambda):
        found.extend(decorator.decorator for decorator in node.decorators)
    if isinstance(node, cst.ClassDef):
        found.extend(arg.value for arg in (*node.bases, *node.keywords))
    else:
        found.extend(parameter.default for parameter in parameters(node.params) if parameter.default is not None)
    return found


def _binds(node: cst.CSTNode) -> Iterable[str]:
    match node:
        case cst.AssignTarget() | cst.AnnAssign() | cst.AugAssign() | cst.For() | cst.CompFor() | cst.NamedExpr():
            return names_in_target(node.target)
        case cst.AsName():
            return names_in_target(node.name)
        case cst.ImportAlias(asname=None):
            return (imported_name(node),)
        case cst.MatchAs(name=cst.Name(value=name)) | cst.MatchStar(name=cst.Name(value=name)):
            return (name,)
    return ()


def imported_name(alias: cst.ImportAlias) -> str:
    """Return the name that an import binds."""
    if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    first: cst.BaseExpression = alias.name
    while isinstance(first, cst.Attribute):
        first = first.value
    return first.value if isinstance(first, cst.Name) else ""
