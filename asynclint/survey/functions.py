"""From what was written down of a function to its facts."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from sys import intern

from asynclint.survey.factories import returned
from asynclint.survey.facts import (
    NO_NAMES,
    NO_PLACES,
    CallSite,
    FunctionFacts,
    FunctionKind,
    Place,
    WithItem,
    Write,
    WriteHow,
)
from asynclint.survey.joins import joins_of
from asynclint.survey.names import annotation_text, class_name
from asynclint.survey.positions import Columns
from asynclint.survey.resolve import FlatPlace, FunctionNames, iterated
from asynclint.survey.scope import ITEM, OF, Chain, FunctionNode, Located, RawCall, Scope, spelled
from asynclint.survey.wrapping import class_wrapped

_IMPLICIT_CLASSMETHODS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
_PLACES: dict[FlatPlace, Place] = {}
_SITE: Callable[[RawCall], CallSite] = partial(tuple.__new__, CallSite)
"""Makes a call of a row that has all that it has: without a step of Python code."""


def place_of(flat: FlatPlace) -> Place:
    """Return the one `Place` of a flat place."""
    found = _PLACES.get(flat)
    if found is None:
        kind, root, *steps = flat
        found = _PLACES[flat] = Place(kind, root, tuple(steps))  # type: ignore[arg-type]  # made by resolve only
    return found


def kind_of(node: FunctionNode, in_class: bool, decorators: tuple[str, ...]) -> FunctionKind:
    """Return what a function is to its class."""
    if not in_class:
        return "function"
    if "staticmethod" in decorators:
        return "staticmethod"
    if "classmethod" in decorators or node.name in _IMPLICIT_CLASSMETHODS:
        return "classmethod"
    return "method"


def params_of(node: FunctionNode) -> tuple[tuple[str, str], ...]:
    """Return names and annotations of all parameters, in the order of the signature."""
    spec = node.args
    found = [*spec.posonlyargs, *spec.args]
    if spec.vararg is not None:
        found.append(spec.vararg)
    found.extend(spec.kwonlyargs)
    if spec.kwarg is not None:
        found.append(spec.kwarg)
    return tuple([(arg.arg, annotation_text(arg.annotation) if arg.annotation else "") for arg in found])


class Read:
    """A function that was read: its node, its scope, and what can be said before names are resolved."""

    __slots__ = ("cls", "decorators", "kind", "names", "node", "params", "scope")

    def __init__(self, node: FunctionNode, scope: Scope) -> None:
        self.node = node
        self.scope = scope
        self.decorators = tuple([class_name(one) for one in node.decorator_list])
        self.kind = kind_of(node, _in_class(scope), self.decorators)
        self.params = params_of(node)
        self.names: FunctionNames | None = None
        self.cls = scope.parent.name if scope.parent is not None and _in_class(scope) else None
        scope.given = tuple([name for name, _ in self.params])
        _inherit_self(self)


def _in_class(scope: Scope) -> bool:
    return scope.parent is not None and scope.parent.kind == "class"


def _inherit_self(read: Read) -> None:
    """Find out which name is `self` in here, if any, and whose."""
    scope, parent = read.scope, read.scope.parent
    if parent is None:
        return
    if parent.kind == "class":
        spec = read.node.args
        if read.kind in ("method", "classmethod") and (spec.posonlyargs or spec.args):
            scope.self_name = read.params[0][0]
            scope.self_kind = read.kind
            scope.self_class = parent
    elif wrapped := class_wrapped(read.node, scope):
        read.kind, read.cls = "method", wrapped
        scope.self_name, scope.self_kind = read.params[0][0], read.kind
    elif parent.self_name and all(name != parent.self_name for name, _ in read.params):
        scope.self_name = parent.self_name
        scope.self_kind = parent.self_kind
        scope.self_class = parent.self_class


def enclosing_function(scope: Scope) -> Scope | None:
    """Return the scope of the function around a scope."""
    outer = scope.parent
    while outer is not None and outer.kind != "function":
        outer = outer.parent
    return outer


def facts_of(read: Read, names: FunctionNames, free: frozenset[str], columns: Columns) -> FunctionFacts:
    """Put together the facts of one function."""
    node, scope = read.node, read.scope
    enclosing = enclosing_function(scope)
    is_async = isinstance(node, ast.AsyncFunctionDef)
    rename = scope.self_name if scope.self_name not in ("", "self") else ""
    return FunctionFacts(
        name=scope.name,
        cls=read.cls,
        kind=read.kind,
        parent=enclosing.name if enclosing is not None else None,
        is_async=is_async,
        is_generator=scope.yields > 0,
        params=read.params,
        decorators=read.decorators,
        first_line=node.decorator_list[0].lineno if node.decorator_list else node.lineno,
        line=node.lineno,
        end_line=node.end_lineno or node.lineno,
        column=node.col_offset,
        bindings=frozenset(names.local) if names.local else NO_NAMES,
        free=free,
        loads=_loads(scope, names, node.lineno),
        writes=_writes(scope, names, columns),
        calls=_calls(scope, rename),
        withs=_withs(scope, rename),
        suspensions=scope.suspensions + (scope.yields if is_async else 0),
        iterates=_containers(scope.iterates, names),
        lingers=_containers(scope.lingers, names) if is_async else NO_PLACES,
        sources=tuple([_renamed(one, rename) if rename else one for one in dict.fromkeys(scope.sources)]),
        pauses=tuple(scope.pauses) if is_async else (),
        spans=tuple(scope.spans) if is_async else (),
        returns=annotation_text(node.returns) if node.returns else "",
        owned=_owned(scope),
        made=(*(_made(scope, rename) if scope.made else ()), *(_named(scope, rename) if scope.aliases else ())),
        looped=frozenset(scope.looped) if scope.looped else NO_NAMES,
        joins=joins_of(node) if is_async and scope.suspensions and _may_start(scope) else (),
        returned=_returned(read),
    )


def _may_start(scope: Scope) -> bool:
    """Tell by the names of what a function calls whether it may start tasks."""
    return any(callee.endswith(("_task", "ensure_future", "spawn")) for callee, *_ in scope.calls)


def _returned(read: Read) -> tuple[tuple[str, int], ...]:
    """Return the locals that are made by classes, by their names, and returned."""
    scope = read.scope
    makers = (scope.self_name, "cls") if read.kind == "classmethod" else ()
    made = {name for name, _, callee in scope.made if callee in makers or callee.rsplit(".", 1)[-1][:1].isupper()}
    return returned(read.node, frozenset(made)) if made else ()


def _owned(scope: Scope) -> tuple[tuple[str, int], ...]:
    """Return the local names, with the lines of the calls that made them, which are only used through attributes."""
    if not scope.made:
        return ()
    shared = scope.bare | scope.declared
    found = [(name, line) for name, line, _ in scope.made if name not in shared]
    if found:
        given = {argument.partition(".")[0] for call in scope.calls for argument in call[4]}
        found = [(name, line) for name, line in found if name not in given]
    return tuple(found)


def _made(scope: Scope, rename: str) -> tuple[tuple[str, str], ...]:
    """Return the local names, with the callees, of which each assignment is the result of a call."""
    counts = Counter(name for name, _, callee in scope.made if callee)
    found = [
        (name, _renamed(callee, rename) if rename else callee)
        for name, _, callee in scope.made
        if callee and counts[name] == scope.times.get(name) and name not in scope.declared
    ]
    return tuple(dict.fromkeys(found))


def _named(scope: Scope, rename: str) -> list[tuple[str, str]]:
    """Return the local names that only ever stand for one place, with that place after an equals sign.

    What a loop goes through, if that is written down in a list, stands for each of several in turn: `=self.a|self.b`.
    """
    chains: dict[str, list[Chain]] = {}
    for name, chain in scope.aliases:
        chains.setdefault(name, []).append(chain)
    found = []
    for name, known in chains.items():
        if name in scope.declared:
            continue
        places = {spelled(chain) for chain in known}
        if len(known) != scope.times.get(name) or len(places) != 1:
            places = _listed(name, chains) if name in scope.looped else set()
        if places:
            found.append((name, "=" + "|".join(_renamed(one, rename) if rename else one for one in sorted(places))))
    return found


def _listed(name: str, chains: dict[str, list[Chain]]) -> set[str]:
    """Return the places that stand in the lists which a name goes through, as far as they are of the object."""
    places: set[str] = set()
    for chain in chains[name]:
        elements = chains.get(chain[0], ()) if chain[1:] == (ITEM,) else ()
        places.update(spelled(one[:-1]) for one in elements if one[-1] is OF and len(one) > 2)
        if len(chain) > 1 and chain[0] not in chains:
            places.add(spelled(chain))
    return places


def _loads(scope: Scope, names: FunctionNames, line: int) -> dict[Place, int]:
    """Return the places that are read with the first line of each; of a mere name it is not known: that is `line`."""
    flat = names.read(scope.loads)
    flat.update(dict.fromkeys(names.bare(scope.names), line))
    return {_PLACES.get(place) or place_of(place): first for place, first in flat.items() if place[-1] is not OF}


def _writes(scope: Scope, names: FunctionNames, columns: Columns) -> tuple[Write, ...]:
    found = []
    for raw in scope.writes:
        in_container = raw.chain[-1] == ITEM and raw.how != "mutate"
        for flat in names.elements(raw.chain) if in_container else names.places(raw.chain):
            if flat[-1] is OF or (len(flat) == 2 and raw.how != "mutate"):
                continue
            found.append(_write(place_of(flat), raw.how, raw.detail, raw.node, columns))  # type: ignore[arg-type]  # a how
    return tuple(found)


def _write(place: Place, how: WriteHow, detail: str, node: Located, columns: Columns) -> Write:
    line, end_line = node.lineno, node.end_lineno or node.lineno
    end = columns.at(end_line, node.end_col_offset or node.col_offset)
    return Write(place, how, detail, line, columns.at(line, node.col_offset), end_line, end)


def _renamed(text: str, name: str) -> str:
    if text == name:
        return "self"
    return f"self{text[len(name) :]}" if text.startswith((f"{name}.", f"{name}[", f"{name}(")) else text


def _calls(scope: Scope, rename: str) -> tuple[CallSite, ...]:
    if not rename:
        return call_sites(scope.calls)
    return tuple(
        [
            CallSite(
                intern(_renamed(callee, rename)),
                line,
                awaited,
                loop,
                tuple([intern(_renamed(one, rename)) for one in arguments]),
            )
            for callee, line, awaited, loop, arguments in scope.calls
        ]
    )


def call_sites(calls: Iterable[RawCall]) -> tuple[CallSite, ...]:
    """Return calls as facts; their names, which many files share, are kept once in a process."""
    return tuple(
        [
            _SITE((intern(callee), line, awaited, loop, tuple(map(intern, arguments)) if arguments else ()))
            for callee, line, awaited, loop, arguments in calls
        ]
    )


def _withs(scope: Scope, rename: str) -> tuple[WithItem, ...]:
    return tuple([WithItem(_renamed(one[0], rename) if rename else one[0], *one[1:]) for one in scope.withs])


def _containers(chains: set[Chain], names: FunctionNames) -> frozenset[Place]:
    flat: set[FlatPlace] = set()
    for chain in chains:
        for place in names.places(chain):
            container = iterated(place)
            if container is not None and container[-1] is not OF:
                flat.add(container)
    return frozenset([place_of(place) for place in flat]) if flat else NO_PLACES
