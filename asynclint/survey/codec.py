"""Module facts as plain tuples and back: what caches hold and processes pass on. Data only, fit for `marshal`.

The places of a file are written once, in a table; everything else points into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from sys import intern

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
    PlaceKind,
    WithItem,
    Write,
    WriteHow,
    attribute_facts,
)
from asynclint.survey.functions import place_of
from asynclint.survey.resolve import FlatPlace

FORMAT = 8
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
]


class _Table:
    """Places by number, in the order in which they were first met."""

    __slots__ = ("numbers",)

    def __init__(self) -> None:
        self.numbers: dict[FlatPlace, int] = {}

    def number(self, kind: PlaceKind, root: str, steps: tuple[str, ...]) -> int:
        return self.numbers.setdefault((kind, root, *steps), len(self.numbers))


def to_data(facts: ModuleFacts) -> ModuleData:
    """Return the facts as nested tuples of strings, numbers and None."""
    table = _Table()
    functions = tuple([_function(one, table) for one in facts.functions])
    return (
        FORMAT,
        facts.path,
        tuple(table.numbers),
        facts.imports,
        tuple([_class(one) for one in facts.classes]),
        functions,
        tuple([_attribute(name, one) for name, one in facts.globals]),
        tuple([_call(one) for one in facts.top_level_calls]),
    )


def _call(call: CallSite) -> CallData:
    return (call.callee, call.line, call.awaited, call.in_loop, call.arguments)


def _attribute(name: str, facts: AttributeFacts) -> AttributeData:
    return (name, tuple(sorted(facts.constructors)), facts.annotation)


def _class(facts: ClassFacts) -> ClassData:
    attributes = tuple([_attribute(name, one) for name, one in facts.attributes])
    return (facts.name, facts.bases, facts.decorators, facts.methods, attributes, facts.line, facts.end_line)


def _write(one: Write, table: _Table) -> WriteData:
    place = table.number(one.place.kind, one.place.root, one.place.steps)
    return (place, one.how, one.detail, one.line, one.column, one.end_line, one.end_column)


def _in_order(places: Iterable[Place]) -> list[Place]:
    """Return places in one order, whatever order the interpreter keeps its sets in: equal facts are equal data."""
    return sorted(places, key=lambda place: (place.kind, place.root, place.steps))


def _writes_in_order(writes: Iterable[Write]) -> Iterator[Write]:
    """Yield writes in their order; those of one target, that may be several places, in the order of these."""
    for _, group in groupby(writes, key=lambda one: (one.line, one.column, one.end_line, one.end_column, one.how)):
        yield from sorted(group, key=lambda one: (one.place.kind, one.place.root, one.place.steps, one.detail))


def _function(facts: FunctionFacts, table: _Table) -> FunctionData:
    number = table.number
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
    loads = _in_order(facts.loads)
    body: BodyData = (
        tuple(sorted(facts.bindings)),
        tuple(sorted(facts.free)),
        tuple([number(one.kind, one.root, one.steps) for one in loads]),
        tuple([facts.loads[one] for one in loads]),
        tuple([_write(one, table) for one in _writes_in_order(facts.writes)]),
        tuple([_call(one) for one in facts.calls]),
        tuple([(one.text, one.line, one.end_line, one.is_async) for one in facts.withs]),
        facts.suspensions,
        tuple([number(one.kind, one.root, one.steps) for one in _in_order(facts.iterates)]),
        tuple([number(one.kind, one.root, one.steps) for one in _in_order(facts.lingers)]),
        facts.sources,
        facts.pauses,
        facts.spans,
        facts.returns,
        facts.owned,
        tuple(sorted(facts.looped)),
        facts.made,
    )
    return (name, body)


def from_data(data: ModuleData) -> ModuleFacts:
    """Return the facts that `to_data` made the tuples of; raise `ValueError` for those of another format."""
    if not isinstance(data, tuple) or not data or data[0] != FORMAT:
        raise ValueError("facts of another format")
    _, path, flat, imports, classes, functions, variables, calls = data
    places = tuple([place_of(one) for one in flat])
    return ModuleFacts(
        path=path,
        imports=imports,
        classes=tuple([_class_facts(one) for one in classes]),
        functions=tuple([_function_facts(name, body, places) for name, body in functions]),
        globals=_attributes(variables),
        top_level_calls=tuple(map(_call_site, calls)),
    )


def _call_site(data: CallData) -> CallSite:
    """Return a call; its names, which many files share, are kept once in a process."""
    callee, line, awaited, in_loop, arguments = data
    return CallSite(intern(callee), line, awaited, in_loop, tuple(map(intern, arguments)) if arguments else arguments)


def _function_facts(name: NameData, body: BodyData, places: tuple[Place, ...]) -> FunctionFacts:
    (
        bindings,
        free,
        loads,
        lines,
        writes,
        calls,
        withs,
        suspensions,
        iterates,
        lingers,
        sources,
        pauses,
        spans,
        returns,
        owned,
        looped,
        made,
    ) = body
    take = places.__getitem__
    return FunctionFacts(
        *name,
        frozenset(map(intern, bindings)) if bindings else NO_NAMES,
        frozenset(free) if free else NO_NAMES,
        dict(zip(map(take, loads), lines, strict=True)),
        tuple([Write(places[one[0]], *one[1:]) for one in writes]),
        tuple(map(_call_site, calls)),
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
    )


def _class_facts(data: ClassData) -> ClassFacts:
    name, bases, decorators, methods, attributes, line, end_line = data
    return ClassFacts(name, bases, decorators, methods, _attributes(attributes), line, end_line)


def _attributes(data: tuple[AttributeData, ...]) -> tuple[tuple[str, AttributeFacts], ...]:
    return tuple([(name, attribute_facts(frozenset(known), annotation)) for name, known, annotation in data])
