"""Which functions could yield a finding, told from the survey's facts alone: nothing is parsed for the others.

A check declares what it needs. A *window* is an attribute that is read, a suspension, and a write of the attribute that
can come after it, each in the function itself or in one that it calls; a *loop* is a container that is gone over while
the function gives way. Both need a rival. *State* is any state that is read and written, written
twice, set to `True`, or gone over. A *lock* is something that the function acquires
by hand.

The sieve over-approximates. Order is that of lines, and an access is known by the last attribute name of its place,
because the flow stage follows a reading only if something of that name is written.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from asynclint.ir.places import MODULE, Attr, Key, Path
from asynclint.link.effects import Effects, is_property, name_of
from asynclint.link.program import Function
from asynclint.link.rivals import Rivals
from asynclint.link.undoing import attribute_of, undone
from asynclint.survey.facts import Place

Need = Literal["window", "loop", "state", "use", "lock"]
MAX_DEPTH = 4
OWN = -1
PASSED = "%passed"
AFTER_ALL = 1 << 40
"""A line behind every line."""

Events = dict[str, list[tuple[int, int]]]
"""For each attribute name the line and the number of the call, or `OWN`, of each access."""


def _name_inside(place: Place) -> str:
    """Return the same of a place in a function that is called: what a parameter denotes has the caller's name."""
    name = attribute_of(place)
    return PASSED if place.kind == "param" and name == place.root else name


def _named(names: frozenset[str], passed: tuple[str, ...]) -> frozenset[str]:
    return names.union(passed) - {PASSED} if PASSED in names else names


@dataclass(frozen=True, slots=True)
class Names:
    """The attributes that are read and written; `PASSED` among them is what a parameter itself denotes."""

    reads: frozenset[str]
    writes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Call:
    """A function that is run: the lines between which, and the number of the call.

    The number is `OWN` where the call is made several times. `passed` are the last names of the arguments.
    """

    callee: Function
    line: int
    end: int
    number: int
    passed: tuple[str, ...] = ()


@dataclass(slots=True)
class Sieve:
    """Answers about the functions of a program; what many functions ask for is remembered."""

    effects: Effects
    rivals: Rivals
    _own: dict[Function, Names] = field(default_factory=dict)
    _all: dict[Function, Names] = field(default_factory=dict)
    _runs: dict[Function, tuple[Function, ...]] = field(default_factory=dict)

    def needs(self, function: Function) -> frozenset[Need]:
        """Return the needs of checks that a function meets."""
        facts = function.facts
        if not facts.is_async or not facts.suspensions:
            return frozenset()
        met: set[Need] = set()
        if self._touches_state(function):
            met.add("state")
        if any(site.callee.endswith(".acquire") for site in facts.calls):
            met.add("lock")
        if self._lingers(function):
            met.add("loop")
        if next(self.torn(function), None) is not None:
            met.add("window")
        if next(undone(self.rivals, function), None) is not None:
            met.add("use")
        return frozenset(met)

    def _touches_state(self, function: Function) -> bool:
        touched = self.effects.all(function)
        if touched.reads & touched.writes or function.facts.iterates:
            return True
        written = [name_of(write.place) for write in function.facts.writes]
        return len(set(written)) < len(written) or any(write.detail == "True" for write in function.facts.writes)

    def _lingers(self, function: Function) -> bool:
        """Tell whether a rival may change what a loop goes over, be it what a property or another call returns."""
        facts, found = function.facts, {function}
        found.update(call.callee for place in facts.lingers for call in self._property(function, place, 0))
        made = (self.effects.resolver.target(function, callee) for callee in facts.sources)
        found.update(callee for callee in made if callee is not None)
        return any(self._contested(function, function, place) for place in facts.lingers) or any(
            self._contested(function, one, place) for one in found - {function} for place in one.facts.loads
        )

    def torn(self, function: Function) -> Iterator[str]:
        """Yield the attributes that are read, and after a suspension written, and that a rival writes."""
        reads, writes, pauses = self._events(function)
        for name in reads.keys() & writes.keys():
            if _is_torn(reads[name], writes[name], pauses) and self._any_contested(function, name):
                yield name

    def _events(self, function: Function) -> tuple[Events, Events, list[int]]:
        """Return the reads, the writes, and the lines of the suspensions in order."""
        facts = function.facts
        first, last = _bounds(facts.spans)
        reads: Events = {}
        writes: Events = {}
        for place, line in facts.loads.items():
            reads.setdefault(attribute_of(place), []).append((first(line), OWN))
        for write in facts.writes:
            writes.setdefault(attribute_of(write.place), []).append((last(write.line), OWN))
        for call in self._calls(function):
            names = self._names(call.callee)
            for name in _named(names.reads, call.passed):
                reads.setdefault(name, []).append((first(call.line), call.number))
            for name in _named(names.writes, call.passed):
                writes.setdefault(name, []).append((last(call.end), call.number))
        awaits = [
            site.line for site in facts.calls if site.awaited and self.effects.resolver.suspends(function, site.callee)
        ]
        return reads, writes, sorted((*facts.pauses, *awaits))

    def _calls(self, function: Function) -> Iterator[Call]:
        """Yield what may be put in place of calls and of loads of properties."""
        for number, site in enumerate(function.facts.calls):
            callee = self.effects.resolver.target(function, site.callee)
            if callee is not None and (site.awaited or not callee.facts.is_async) and not callee.facts.is_generator:
                passed = tuple(argument.rpartition(".")[2].rstrip("[]()") for argument in site.arguments)
                # From one turn of a loop to the next a value may go out of a call and into it again.
                yield Call(callee, site.line, site.line, OWN if site.in_loop else number, passed)
        for place, line in function.facts.loads.items():
            yield from self._property(function, place, line)

    def _property(self, function: Function, place: Place, line: int) -> Iterator[Call]:
        """Yield the property that a place is on the way, if it is one."""
        if place.kind == "self" and place.steps:
            own = self.effects.resolver.program.class_of(function)
            method = self.effects.resolver.program.method(own, place.steps[0]) if own is not None else None
            if method is not None and is_property(method):
                yield Call(method, line, AFTER_ALL, OWN)

    def _closure(self, function: Function) -> tuple[Function, ...]:
        """Return a function and those that it runs itself, a few calls deep."""
        seen = {function: None}
        layer = [function]
        for _ in range(MAX_DEPTH):
            following = dict.fromkeys(callee for one in layer for callee in self._callees(one))
            layer = [callee for callee in following if callee not in seen]
            seen.update(dict.fromkeys(layer))
        return tuple(seen)

    def _callees(self, function: Function) -> tuple[Function, ...]:
        known = self._runs.get(function)
        if known is None:
            known = self._runs[function] = tuple(dict.fromkeys(call.callee for call in self._calls(function)))
        return known

    def _names(self, function: Function) -> Names:
        """Return what a function and those that it runs touch."""
        known = self._all.get(function)
        if known is None:
            found = [self._own_names(one) for one in self._closure(function)]
            reads = frozenset[str]().union(*(one.reads for one in found))
            writes = frozenset[str]().union(*(one.writes for one in found))
            known = self._all[function] = Names(reads, writes)
        return known

    def _own_names(self, function: Function) -> Names:
        known = self._own.get(function)
        if known is None:
            facts = function.facts
            reads = frozenset(map(_name_inside, facts.loads))
            known = self._own[function] = Names(reads, frozenset(_name_inside(write.place) for write in facts.writes))
        return known

    def _any_contested(self, function: Function, name: str) -> bool:
        if name in dict(function.facts.params) and self._contested(function, function, Place("param", name, ())):
            return True
        for one in self._closure(function):
            for place in dict.fromkeys((*one.facts.loads, *(write.place for write in one.facts.writes))):
                inside = attribute_of(place) if one is function else _name_inside(place)
                if inside == name and self._contested(function, one, place):
                    return True
        return False

    def _contested(self, function: Function, where: Function, place: Place) -> bool:
        """Tell whether a rival may write a place of a function, or of one that it runs, meanwhile."""
        program = self.effects.resolver.program
        path: Path | None = None
        steps = tuple(Key("*") if step == "[]" else Attr(step) for step in place.steps)
        if where is function:
            path = Path(place.kind, place.root, steps)
        elif place.kind == "global":
            root = place.root if where.path == function.path else f"{MODULE}:{where.path}"
            path = Path("global", root, steps)
        elif place.kind in ("self", "cls"):
            own, other = program.class_of(function), program.class_of(where)
            if own is not None and other is not None and other in program.family(own):
                path = Path(place.kind, place.root, steps)
        if path is None:
            return True  # of an argument or of another object: who writes it cannot be told by name
        writers = dict.fromkeys(other for other, _ in self.rivals.writers(function, path))
        return any(self.rivals.may_overlap(function, other) for other in writers)


def _is_torn(reads: list[tuple[int, int]], writes: list[tuple[int, int]], pauses: list[int]) -> bool:
    """Tell whether a suspension lies between a read and a write that are not made by one call."""
    for first, reader in reads:
        place = bisect_left(pauses, first)
        if place < len(pauses) and any(
            pauses[place] <= last and (reader != writer or reader == OWN) for last, writer in writes
        ):
            return True
    return False


def _bounds(spans: tuple[tuple[int, int], ...]) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """Return what maps a line to the first and to the last line of its span."""
    firsts = [first for first, _ in spans]

    def span(line: int) -> tuple[int, int]:
        place = bisect_right(firsts, line) - 1
        return spans[place] if place >= 0 and line <= spans[place][1] else (line, line)

    return lambda line: span(line)[0], lambda line: span(line)[1]
