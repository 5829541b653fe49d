"""When a function touches state: its own reads and writes and those of what it runs, by line, told from facts alone."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from asynclint.link.effects import Effects, can_stand_in, is_property, is_run
from asynclint.link.program import Function
from asynclint.link.spots import (
    ANYWHERE,
    PASSED,
    Prefix,
    Spot,
    argument_spot,
    attribute_of,
    last_name,
    name_inside,
    own_names,
    prefix_of,
    spot_inside,
    spot_of,
)
from asynclint.survey.facts import CallSite, Place

MAX_DEPTH = 4
OWN = -1
AFTER_ALL = 1 << 40
"""A line behind every line."""


@dataclass(frozen=True, slots=True)
class Event:
    """A read or write of a spot between two lines.

    `call` is the number of the call that makes it, `OWN` for what is made by the function itself or by a property;
    `again` tells that the call is made several times, `awaited` that a coroutine makes it. `how` and `detail` are those
    of a write.
    """

    spot: Spot
    first: int
    last: int
    call: int = OWN
    again: bool = False
    awaited: bool = False
    how: str = ""
    detail: str = ""

    def apart(self, other: Event) -> bool:
        """Tell whether two events are not both made by one run of one function."""
        return self.call != other.call or self.call == OWN or self.again


@dataclass(frozen=True, slots=True)
class Run:
    """A function that is run by a call, or by the load of a property, between two lines.

    `number` is that of the call, `OWN` for a property; `again` tells that the call is made several times. `callee` is
    as spelled, `passed` maps the last names of the arguments to what they are.
    """

    function: Function
    line: int
    end: int
    number: int
    callee: str
    again: bool = False
    passed: Mapping[str, tuple[Spot, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Names:
    """The attributes that are read and written; `PASSED` among them is what a parameter itself denotes."""

    reads: frozenset[str]
    writes: frozenset[str]


Inside = dict[str, list[tuple[Spot, str, str]]]
"""By name the spots of a function that is run and of what it runs, relative to its object, each with how and detail."""


@dataclass(slots=True)
class Events:
    """Answers about the functions of a program, remembered."""

    effects: Effects
    _names: dict[Function, Names] = field(default_factory=dict)
    _runs: dict[Function, tuple[Run, ...]] = field(default_factory=dict)
    _inside: dict[Function, tuple[Inside, Inside]] = field(default_factory=dict)
    _relevant: dict[Function, tuple[Run, ...]] = field(default_factory=dict)

    def touched_twice(self, function: Function) -> list[str]:
        """Return the names of what a function, with what it runs, reads and writes."""
        if not self.effects.followed(function):
            return []  # whoever follows no state runs nobody's body in its place
        facts = function.facts
        reads, writes = set(map(attribute_of, facts.loads)), {attribute_of(write.place) for write in facts.writes}
        for run in self.relevant(function):
            names = self.names(run.function)
            reads |= _named(names.reads, run.passed)
            writes |= _named(names.writes, run.passed)
        return sorted(reads & writes)

    def written(self, function: Function) -> list[str]:
        """Return the names of what a function, with what it runs, writes."""
        writes = {attribute_of(write.place) for write in function.facts.writes}
        if self.effects.followed(function):
            for run in self.relevant(function):
                writes |= _named(self.names(run.function).writes, run.passed)
        return sorted(writes)

    def inside(self, function: Function) -> Iterator[Function]:
        """Yield a function and all those whose bodies may be put in place of its calls."""
        yield from dict.fromkeys(
            (function, *(one for run in self.relevant(function) for one, _ in self._closure(run.function)))
        )

    def pauses(self, function: Function) -> list[int]:
        """Return the lines at which a function may give way, in order."""
        facts, suspends = function.facts, self.effects.resolver.suspends
        return sorted((*facts.pauses, *(s.line for s in facts.calls if s.awaited and suspends(function, s.callee))))

    def of(self, function: Function, names: Collection[str]) -> tuple[dict[str, list[Event]], dict[str, list[Event]]]:
        """Return the reads and the writes of state with certain names."""
        facts, path, wanted = function.facts, function.path, frozenset(names)
        lines = _Spans(facts.spans)
        reads: dict[str, list[Event]] = defaultdict(list)
        writes: dict[str, list[Event]] = defaultdict(list)
        for place, line in facts.loads.items():
            if (name := attribute_of(place)) in wanted:
                first, last = lines.span(line)
                reads[name].append(Event(spot_of(place, path), first, last))
        for write in facts.writes:
            if (name := attribute_of(write.place)) in wanted:
                first, last = lines.span(write.line)
                event = Event(spot_of(write.place, path), first, last, how=write.how, detail=write.detail)
                writes[name].append(event)
        for run in self.relevant(function):
            for kind, found in zip(self._spots(run.function), (reads, writes), strict=True):
                _add_inside(kind, run, wanted, lines, found)
        return reads, writes

    def relevant(self, function: Function) -> tuple[Run, ...]:
        """Return what is run whose body may be put in place of the call: what touches state that is written here."""
        known = self._relevant.get(function)
        if known is None:
            written, touched = self.effects.followed(function), self.effects.all
            known = self._relevant[function] = tuple(
                run
                for run in self.runs(function)
                if run.function is not function and not written.isdisjoint(touched(run.function).names)
            )
        return known

    def runs(self, function: Function) -> tuple[Run, ...]:
        """Return what may be put in place of calls and of loads of properties."""
        known = self._runs.get(function)
        if known is None:
            known = self._runs[function] = tuple(self._find_runs(function))
        return known

    def _find_runs(self, function: Function) -> Iterator[Run]:
        for number, site in enumerate(function.facts.calls):
            callee = self.effects.resolver.target(function, site.callee)
            if callee is not None and is_run(function, site, callee) and can_stand_in(callee):
                # From one turn of a loop to the next a value may go out of a call and into it again.
                passed = _passed(function, site)
                yield Run(callee, site.line, site.line, number, site.callee, site.in_loop, passed)
        for place, line in function.facts.loads.items():
            yield from self.property(function, place, line)

    def property(self, function: Function, place: Place, line: int) -> Iterator[Run]:
        """Yield the property that a place is on the way, if it is one."""
        if place.kind == "self" and place.steps:
            own = self.effects.resolver.program.class_of(function)
            method = self.effects.resolver.program.method(own, place.steps[0]) if own is not None else None
            if method is not None and is_property(method) and can_stand_in(method):
                yield Run(method, line, AFTER_ALL, OWN, "self")

    def _closure(self, function: Function) -> Iterator[tuple[Function, Prefix]]:
        """Yield a function and those that it runs, a few calls deep, each with the steps to its object."""
        seen: set[tuple[Function, Prefix]] = {(function, ())}
        layer: list[tuple[Function, Prefix]] = [(function, ())]
        for _ in range(MAX_DEPTH):
            yield from layer
            following: dict[tuple[Function, Prefix], None] = {}
            for one, prefix in layer:
                for run in self.runs(one):
                    following[run.function, prefix_of(prefix, run.callee)] = None
            layer = [state for state in following if state not in seen]
            seen.update(layer)

    def names(self, function: Function) -> Names:
        """Return what a function and those that it runs touch, by name."""
        known = self._names.get(function)
        if known is None:
            found = [own_names(one.facts) for one in dict.fromkeys(one for one, _ in self._closure(function))]
            reads = frozenset[str]().union(*(one for one, _ in found))
            known = self._names[function] = Names(reads, frozenset[str]().union(*(one for _, one in found)))
        return known

    def _spots(self, function: Function) -> tuple[Inside, Inside]:
        known = self._inside.get(function)
        if known is None:
            reads: dict[str, dict[tuple[Spot, str, str], None]] = defaultdict(dict)
            writes: dict[str, dict[tuple[Spot, str, str], None]] = defaultdict(dict)
            for one, prefix in self._closure(function):
                for place in one.facts.loads:
                    reads[name_inside(place)][spot_inside(place, one.path, prefix), "", ""] = None
                for write in one.facts.writes:
                    spot = spot_inside(write.place, one.path, prefix)
                    writes[name_inside(write.place)][spot, write.how, write.detail] = None
            known = self._inside[function] = (
                {name: list(found) for name, found in reads.items()},
                {name: list(found) for name, found in writes.items()},
            )
        return known


class _Spans:
    """Maps a line to the first and the last line of what runs in no order around it."""

    def __init__(self, spans: tuple[tuple[int, int], ...]) -> None:
        self._spans = spans

    @cached_property
    def _firsts(self) -> list[int]:
        return [first for first, _ in self._spans]

    def span(self, line: int) -> tuple[int, int]:
        place = bisect_right(self._firsts, line) - 1
        return self._spans[place] if place >= 0 and line <= self._spans[place][1] else (line, line)


def _passed(function: Function, site: CallSite) -> dict[str, tuple[Spot, ...]]:
    """Return what is passed to a call, by last name."""
    found: dict[str, tuple[Spot, ...]] = {}
    for argument in site.arguments:
        name, spot = last_name(argument), argument_spot(argument, function.facts, function.path)
        found[name] = (*found.get(name, ()), spot)
    return found


def _named(names: frozenset[str], passed: Iterable[str]) -> frozenset[str]:
    return names.union(passed) - {PASSED} if PASSED in names else names


def _add_inside(
    inside: Inside, run: Run, wanted: frozenset[str], lines: _Spans, found: dict[str, list[Event]]
) -> None:  # fmt: skip
    """Add what a run touches, at the lines of its call and as the caller sees it."""
    here, waits = prefix_of((), run.callee), run.function.facts.is_async
    first, last = lines.span(run.line)[0], lines.span(run.end)[1]
    for name in wanted & inside.keys():
        for spot, how, detail in inside[name]:
            found[name].append(Event(_moved(spot, here), first, last, run.number, run.again, waits, how, detail))
    if PASSED in inside:
        for name in wanted.intersection(run.passed):
            for (_, steps), how, detail in inside[PASSED]:
                for anchor, passed in run.passed[name]:
                    spot = (anchor, (*passed, *steps))
                    found[name].append(Event(spot, first, last, run.number, run.again, waits, how, detail))


def _moved(spot: Spot, prefix: Prefix) -> Spot:
    """Return a spot relative to an object as one relative to whose object that is."""
    anchor, steps = spot
    if anchor != "self" or prefix == ():
        return spot
    return (ANYWHERE, steps) if prefix is None else (anchor, (*prefix, *steps))
