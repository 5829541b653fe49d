"""Timers that run a function which sets them again, and who cancels them when the object ends.

A timer that has gone off is not there to be cancelled any more: whoever ends the object while the function that it has
started gives way cancels nothing, and the function sets the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from asynclint.flow.late import ADDING
from asynclint.link.effects import Effects
from asynclint.link.halting import closed
from asynclint.link.program import Class, Function
from asynclint.survey.facts import CallSite, Write

OVER = re.compile(
    r"_*(async_)?(a?close|a?stop|shut_?down|disconnect|tear_?down|clean_?up|dispose|terminate|kill|quit|finali[sz]e|log_?out|"
    r"unload|unsubscribe|a?exit_*|end)(_\w+)?|\w*will_remove\w*"
)
"""Methods with which the use of an object, or of something that it does, ends."""
TIMER = re.compile(r"\w*call_(later|at)")
"""Calls that have something called later, and return what it is cancelled by."""
DEPTH = 3
PLAIN = frozenset(("None", "True", "False"))


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer in an attribute: who sets it, and the functions to which it leads, of which `plain` ones run first."""

    setter: Function
    name: str
    plain: frozenset[Function]
    runs: frozenset[Function]


@dataclass(frozen=True, slots=True)
class Rearming:
    """A timer that a function sets again, and by whom it is cancelled in some line when the `ender` ends the object.

    `said` are the attributes by which that one says so.
    """

    name: str
    ender: Function
    canceller: Function
    line: int
    said: frozenset[str]


@dataclass(slots=True)
class Timers:
    """Answers about the classes of a program, remembered."""

    effects: Effects
    _known: dict[Class, tuple[Timer, ...]] = field(default_factory=dict)

    def rearmed(self, function: Function) -> Iterator[Rearming]:
        """Yield the timers that a coroutine sets again which they run, each with those who cancel it at the end."""
        cls = self.effects.resolver.program.class_of(function)
        timers = [one for one in self._of(cls) if function in one.runs] if cls is not None else []
        if cls is None or not timers or not function.facts.is_async:
            return
        inside = frozenset(self._closure((function,)))
        for timer in timers:
            if timer.setter is function or (timer.setter in inside and not timer.setter.facts.is_async):
                for ender in self.effects.resolver.program.members(cls):
                    if OVER.fullmatch(ender.short) and ender is not function:
                        yield from self._ended(timer, function, ender)

    def _of(self, cls: Class) -> tuple[Timer, ...]:
        known = self._known.get(cls)
        if known is None:
            members = self.effects.resolver.program.members(cls)
            known = self._known[cls] = tuple(timer for setter in members for timer in self._set_by(setter))
        return known

    def _set_by(self, setter: Function) -> Iterator[Timer]:
        """Yield the timers that a method puts into attributes."""
        for write in setter.facts.writes:
            place = write.place
            if place.kind != "self" or len(place.steps) != 1 or write.how != "store" or write.detail in PLAIN:
                continue
            sites = [site for site in setter.facts.calls if write.line <= site.line <= write.end_line]
            if any(TIMER.fullmatch(site.callee.rpartition(".")[2]) for site in sites):
                called = frozenset(self._named(setter, sites))
                runs = frozenset(self._led_to(called))
                yield Timer(setter, place.steps[0], frozenset(one for one in runs if not one.facts.is_async), runs)

    def _named(self, function: Function, sites: Iterable[CallSite]) -> Iterator[Function]:
        """Yield what some calls run, or are given to run."""
        for site in sites:
            for name in (site.callee, *site.arguments):
                yield from self.effects.resolver.targets(function, name)

    def _led_to(self, begun: frozenset[Function]) -> Iterator[Function]:
        """Yield some functions and those that they call or hand to others, a few calls deep, those in them as well."""
        seen, layer = set(begun), sorted(begun, key=lambda one: (one.path, one.name))
        for _ in range(DEPTH):
            yield from layer
            following = [other for one in layer for other in self._named(one, one.facts.calls)]
            layer = [other for other in dict.fromkeys(following) if other not in seen]
            seen.update(layer)

    def _closure(self, begun: tuple[Function, ...]) -> Iterator[Function]:
        """Yield functions and what they run themselves on the same object, a few calls deep."""
        seen, layer = set(begun), list(begun)
        for _ in range(DEPTH):
            yield from layer
            following = dict.fromkeys(callee for one in layer for callee in self.effects.callees(one))
            layer = [callee for callee in following if callee not in seen]
            seen.update(layer)

    def _ended(self, timer: Timer, function: Function, ender: Function) -> Iterator[Rearming]:
        """Yield where a function that ends the object cancels a timer, unless that ends the run as well."""
        steps = list(self._closure((ender,)))
        if function in steps or timer.setter in steps:
            return
        said = frozenset(name for one in steps for name in _said(one)) - {timer.name}
        ended = frozenset(name for one in steps for name, _ in closed(one)) - {timer.name}
        loads = (place for one in timer.plain for place in one.facts.loads if place.kind == "self" and place.steps)
        asked = any(place.steps[0] in said for place in loads)
        if asked or any(self._keeps(function, name) for name in ended) or self._holds(timer, function, steps):
            return
        for one in steps:
            for name, line in closed(one):
                if name == timer.name:
                    yield Rearming(timer.name, ender, one, line, said)
                    return

    def _keeps(self, function: Function, name: str) -> bool:
        """Tell whether an attribute is given what runs a function, such as its task."""
        program = self.effects.resolver.program
        own = program.class_of(function)
        return any(
            function
            in self._named(one, (site for site in one.facts.calls if write.line <= site.line <= write.end_line))
            for one in program.modules[function.path].all_functions
            if program.class_of(one) is own
            for write in one.facts.writes
            if write.place.kind == "self" and write.place.steps == (name,)
        )

    def _holds(self, timer: Timer, function: Function, steps: list[Function]) -> bool:
        """Tell whether some functions look at what the task of a run is put into, or handed to, where it is started."""
        kept: set[str] = set()
        for one in (timer.setter, *timer.plain):
            begun = [site for site in one.facts.calls if any(run.facts.is_async for run in self._named(one, (site,)))]
            if begun and one is not function:
                kept.update(name for site in begun for name in site.arguments)
                kept.update(f"self.{write.place.steps[0]}" for write in one.facts.writes if _puts_in(write))
        loads = (place for one in steps for place in one.facts.loads if place.kind == "self" and place.steps)
        looked = {f"self.{place.steps[0]}" for place in loads}
        return not kept.isdisjoint(looked)


def _puts_in(write: Write) -> bool:
    return write.place.kind == "self" and len(write.place.steps) == 1 and write.detail in ADDING


def _said(function: Function) -> Iterator[str]:
    """Yield the attributes that a function sets, or tells something by a method such as `set`."""
    for write in function.facts.writes:
        if write.place.kind == "self" and len(write.place.steps) == 1 and _is_plain(write):
            yield write.place.steps[0]
    for site in function.facts.calls:
        first, _, method = site.callee.rpartition(".")
        if method == "set" and first.startswith("self.") and first.count(".") == 1:
            yield first.removeprefix("self.")


def _is_plain(write: Write) -> bool:
    return write.how == "store" and write.detail in PLAIN
