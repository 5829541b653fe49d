"""Module facts as plain tuples and back: what caches hold and processes pass on. Data only, fit for `marshal`.

The places of a file are written once, in a table; everything else points into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from sys import intern
from typing import cast

from asynclint.survey.facts import (
    NO_NAMES,
    NO_PLACES,
    AttributeFacts,
    CallSite,
    ClassFacts,
    FunctionFacts,
    FunctionKind,
    ModuleFacts,
    Place,
    WithItem,
    Write,
    WriteHow,
    attribute_facts,
)
from asynclint.survey.functions import place_of

FORMAT = 12
"""Grows with every change of the facts or of what the survey writes into them."""

PlaceData = tuple[str, ...]
WriteData = tuple[int, WriteHow, str, int, int, int, int]
CallData = tuple[str, int, bool, bool, tuple[str, ...]]
WithData = tuple[str, int, int, bool]
Pairs = tuple[tuple[str, str], ...]
AttributeData = tuple[str, tuple[str, ...], str]
ClassData = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[AttributeData, ...], int, int]
NameData = tuple[str, str | None, FunctionKind, str | None, bool, bool, Pairs, tuple[str, ...], int, int, int, int]
BodyData = tuple[
    tuple[str, ...],
    tuple[str, ...],
    tuple[int, ...],
    tuple[int, ...],
    tuple[WriteData, ...],
    tuple[CallData, ...],
    tuple[WithData, ...],
    int,
    tuple[int, ...],
    tuple[int, ...],
    tuple[str, ...],
    tuple[int, ...],
    tuple[tuple[int, int], ...],
    str,
    tuple[tuple[str, int], ...],
    tuple[str, ...],
    Pairs,
    tuple[tuple[int, int], ...],
    tuple[tuple[str, int], ...],
]
FunctionData = tuple[NameData, BodyData]
ModuleData = tuple[
    int,
    str,
    tuple[PlaceData, ...],
    Pairs,
    tuple[ClassData, ...],
    tuple[FunctionData, ...],
    tuple[AttributeData, ...],
    tuple[CallData, ...],
    Pairs,
]


class _Table(dict[Place, int]):
    """Places by number, in the order in which they were first met."""

    def __missing__(self, place: Place) -> int:
        number = self[place] = len(self)
        return number


def to_data(facts: ModuleFacts) -> ModuleData:
    """Return the facts as nested tuples of strings, numbers and None."""
    table = _Table()
    functions = tuple([_function(one, table) for one in facts.functions])
    return (
        FORMAT,
        facts.path,
        tuple([(kind, root, *steps) for kind, root, steps in table]),
        facts.imports,
        tuple([_class(one) for one in facts.classes]),
        functions,
        tuple([_attribute(name, one) for name, one in facts.globals]),
        _calls(facts.top_level_calls),
        facts.constants,
    )


def _calls(sites: tuple[CallSite, ...]) -> tuple[CallData, ...]:
    """Return calls as plain tuples: named ones are nothing to `marshal`."""
    return cast("tuple[CallData, ...]", tuple(map(tuple, sites)))


def _attribute(name: str, facts: AttributeFacts) -> AttributeData:
    return (name, tuple(sorted(facts.constructors)), facts.annotation)


def _class(facts: ClassFacts) -> ClassData:
    attributes = tuple([_attribute(name, one) for name, one in facts.attributes])
    return (facts.name, facts.bases, facts.decorators, facts.methods, attributes, facts.line, facts.end_line)


_TARGET = itemgetter(3, 4, 5, 6, 1)
_PLACE_AND_DETAIL = itemgetter(0, 2)


def _writes_in_order(writes: tuple[Write, ...]) -> Iterator[Write]:
    """Yield writes in their order; those of one target, that may be several places, in the order of these.

    Equal facts are equal data, whatever order the interpreter keeps its sets in.
    """
    if len(writes) < 2:
        yield from writes
        return
    for _, group in groupby(writes, key=_TARGET):
        yield from sorted(group, key=_PLACE_AND_DETAIL)


def _function(facts: FunctionFacts, table: _Table) -> FunctionData:
    number = table.__getitem__
    name: NameData = (
        facts.name,
        facts.cls,
        facts.kind,
        facts.parent,
        facts.is_async,
        facts.is_generator,
        facts.params,
        facts.decorators,
        facts.first_line,
        facts.line,
        facts.end_line,
        facts.column,
    )
    loads = sorted(facts.loads)
    body: BodyData = (
        tuple(sorted(facts.bindings)),
        tuple(sorted(facts.free)),
        tuple(map(number, loads)),
        tuple(map(facts.loads.__getitem__, loads)),
        tuple([(number(one[0]), *one[1:]) for one in _writes_in_order(facts.writes)]),
        _calls(facts.calls),
        cast("tuple[WithData, ...]", tuple(map(tuple, facts.withs))),
        facts.suspensions,
        tuple(map(number, sorted(facts.iterates))),
        tuple(map(number, sorted(facts.lingers))),
        facts.sources,
        facts.pauses,
        facts.spans,
        facts.returns,
        facts.owned,
        tuple(sorted(facts.looped)),
        facts.made,
        facts.joins,
        facts.returned,
    )
    return (name, body)


_SiteOf = Callable[[CallData], CallSite]


def from_data(data: ModuleData, interned: bool = False) -> ModuleFacts:
    """Return the facts that `to_data` made the tuples of; raise `ValueError` for those of another format.

    `interned`: the names in it are kept once in this process already, as `marshal` does with those of the survey.
    """
    if not isinstance(data, tuple) or not data or data[0] != FORMAT:
        raise ValueError("facts of another format")
    _, path, flat, imports, classes, functions, variables, calls, constants = data
    places = tuple(map(place_of, flat))
    site = _SAME_SITE if interned else _call_site
    return ModuleFacts(
        path=path,
        imports=imports,
        classes=tuple([_class_facts(one) for one in classes]),
        functions=tuple([_function_facts(name, body, places, site) for name, body in functions]),
        globals=_attributes(variables),
        top_level_calls=tuple(map(site, calls)),
        constants=constants,
    )


def _call_site(data: CallData) -> CallSite:
    """Return a call; its names, which many files share, are kept once in a process."""
    callee, line, awaited, in_loop, arguments = data
    return CallSite(intern(callee), line, awaited, in_loop, tuple(map(intern, arguments)) if arguments else arguments)


_SAME_SITE: _SiteOf = partial(tuple.__new__, CallSite)


def _function_facts(name: NameData, body: BodyData, places: tuple[Place, ...], site: _SiteOf) -> FunctionFacts:
    (
        bindings, free, loads, lines, writes, calls, withs, suspensions, iterates, lingers, sources, pauses, spans,
        returns, owned, looped, made, joins, returned,
    ) = body  # fmt: skip
    take = places.__getitem__
    return FunctionFacts(
        *name,
        frozenset(map(intern, bindings)) if bindings else NO_NAMES,
        frozenset(free) if free else NO_NAMES,
        dict(zip(map(take, loads), lines, strict=True)),
        tuple([Write(places[one[0]], *one[1:]) for one in writes]),
        tuple(map(site, calls)),
        tuple([WithItem(*one) for one in withs]),
        suspensions,
        frozenset(map(take, iterates)) if iterates else NO_PLACES,
        frozenset(map(take, lingers)) if lingers else NO_PLACES,
        sources,
        pauses,
        spans,
        returns,
        owned,
        frozenset(looped) if looped else NO_NAMES,
        made,
        joins,
        returned,
    )


def _class_facts(data: ClassData) -> ClassFacts:
    name, bases, decorators, methods, attributes, line, end_line = data
    return ClassFacts(name, bases, decorators, methods, _attributes(attributes), line, end_line)


def _attributes(data: tuple[AttributeData, ...]) -> tuple[tuple[str, AttributeFacts], ...]:
    return tuple([(name, attribute_facts(frozenset(known), annotation)) for name, known, annotation in data])
