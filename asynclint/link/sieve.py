"""Which functions could yield a finding, told from the survey's facts alone: nothing is parsed for the others.

A check declares what it needs. A *window* is state that is read, a suspension, and a write of the same state that
can come after it, each in the function itself or in one that it runs; a *loop* is a container that is gone over while
the function gives way. Both need a rival. A *mark* is state that is set before a suspension and that something may take
back, or that stands for work which has been done. A *publication* is state that is set before a suspension and that a
second run or another function asks for, an *override* one that is set twice and that others know. *State* is any state
that is read and written, written twice, set to `True`, or gone over. A *lock* is something that the function acquires
by hand, a *use* one of what others undo.

The sieve over-approximates. Order is that of lines, and keys are not told apart. What a pair must come to so as to be
told is a matter of the confidence that is asked for: a `Hope`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from asynclint.flow.awaited import FUTURES
from asynclint.flow.late import ADDING
from asynclint.flow.rounds import SHRINKING
from asynclint.ir.places import Attr, Path
from asynclint.link.effects import Effects, name_of
from asynclint.link.events import Event, Events
from asynclint.link.halting import Halting
from asynclint.link.handed_in import goes_over, handing
from asynclint.link.hope import Hope
from asynclint.link.markings import Markings
from asynclint.link.program import Function
from asynclint.link.rearming import Timers
from asynclint.link.rivals import Rivals
from asynclint.link.spots import (
    ITEM,
    OWN_OBJECT,
    Spot,
    argument_spot,
    attribute_of,
    contested_at,
    may_meet,
    path_of,
    spot_inside,
    spot_of,
)
from asynclint.link.undoing import undone
from asynclint.survey.facts import Place

Need = Literal["window", "loop", "mark", "publication", "override", "state", "use", "lock"]
LISTENING = FUTURES | {"clear"}
"""Calls with which it begins to wait for an answer."""
NEEDS: frozenset[Need] = frozenset(get_args(Need))


@dataclass(slots=True)
class Sieve:
    """Answers about the functions of a program; what many functions ask for is remembered."""

    effects: Effects
    rivals: Rivals
    events: Events
    markings: Markings
    halting: Halting
    hope: Hope
    timers: Timers
    _by_name: dict[tuple[Function, str], bool] = field(default_factory=dict)

    def needs(self, function: Function, wanted: Collection[Need] = NEEDS) -> frozenset[Need]:
        """Return which of the needs of checks a function that gives way meets."""
        pauses = self.events.pauses(function)
        return frozenset(need for need in wanted if self._meets(function, need, pauses))

    def _meets(self, function: Function, need: Need, pauses: list[int]) -> bool:
        match need:
            case "lock":
                named = (name for site in function.facts.calls for name in (site.callee, *site.arguments))
                return any(name.endswith(".acquire") for name in named)
            case "state":
                return self._touches_state(function)
            case "mark":
                return bool(pauses) and (_makes_future(function) or self.markings.any(function, self.hope))
            case "loop":
                lingers = function.facts.lingers or function.facts.sources
                return (bool(lingers) and self._lingers(function)) or self._hands_in(function)
            case "window":
                torn = bool(pauses) and (next(self.torn(function), None) is not None or self._is_late(function, pauses))
                torn = torn or (bool(pauses) and next(self.timers.rearmed(function), None) is not None)
                return torn or _listens(function, pauses)
            case "publication":
                return bool(pauses) and self._publishes(function, pauses)
            case "override":
                return bool(pauses) and self._overrides(function)
            case "use":
                used = undone(self.rivals, function, self.hope.evident, pauses[-1]) if pauses else iter(())
                return next(used, None) is not None or (bool(pauses) and self._keeps(function, pauses))

    def _keeps(self, function: Function, pauses: list[int]) -> bool:
        """Tell whether something is put into an attribute, and used behind a suspension, by several runs at once."""
        loads = function.facts.loads
        for write in function.facts.writes:
            place = write.place
            if write.how != "store" or write.detail in ("None", "True", "False") or write.line > pauses[-1]:
                continue
            path = path_of(spot_of(place, function.path), function.path) if place.kind == "self" else None
            used = len(place.steps) == 1 and any(one.steps[:1] == place.steps for one in loads)
            if path is not None and used and self.hope.evident(function, function, write.line, path):
                return True
        return False

    def _touches_state(self, function: Function) -> bool:
        touched = self.effects.all(function)
        if touched.reads & touched.writes or function.facts.iterates:
            return True
        written = [name_of(write.place) for write in function.facts.writes]
        return len(set(written)) < len(written) or any(write.detail == "True" for write in function.facts.writes)

    def _publishes(self, function: Function, pauses: list[int]) -> bool:
        """Tell whether state is set before a suspension, and who runs then may find it set."""
        names = self.events.written(function)
        reads, writes = self.events.of(function, names)
        return any(
            self._is_found(function, path_of(spot, function.path), bool(reads[name]))
            for name in names
            for spot in {event.spot: None for event in writes[name] if event.first <= pauses[-1]}
        )

    def _is_found(self, function: Function, path: Path | None, asks: bool) -> bool:
        """Tell whether a second run of a function, which `asks` for state, may find it set, or another function."""
        if path is None:
            return True
        if path.kind not in ("self", "cls", "class", "global"):
            return False
        if asks and self.hope.pair(function, function, None, path):
            return True
        return any(
            other is not function and other.facts.is_async and self.hope.pair(function, other, None, path)
            for other in dict.fromkeys(self.rivals.readers(function, path))
        )

    def _overrides(self, function: Function) -> bool:
        """Tell whether state is written twice that others know."""
        for place, times in Counter(write.place for write in function.facts.writes).items():
            several = times > 1 or any(write.detail == "pop" for write in function.facts.writes)
            path = path_of(spot_of(place, function.path), function.path) if several else None
            if path is None:
                continue
            inside = frozenset(self.events.inside(function))
            if any(
                (self.hope.pair if other in inside else self.hope.evident)(function, other, write.line, path)
                for other, write in self.rivals.writers(function, path)
            ) or any(self.hope.evident(function, other, None, path) for other in self.rivals.readers(function, path)):
                return True
        return False

    def _lingers(self, function: Function) -> bool:
        """Tell whether a rival may change what a loop goes over, be it what a property or another call returns."""
        facts, found = function.facts, {function}
        found.update(run.function for place in facts.lingers for run in self.events.property(function, place, 0))
        made = (self.effects.resolver.target(function, callee) for callee in facts.sources)
        found.update(callee for callee in made if callee is not None)
        if any(self._takes_out(function, attribute_of(place)) for place in facts.lingers):
            return True
        spots = {spot_of(place, function.path) for place in facts.lingers}
        spots |= {self._seen_from(function, one, place) for one in found - {function} for place in one.facts.loads}
        for site in facts.calls:
            if site.callee in facts.sources:  # a generator may go over what it is given
                spots |= {argument_spot(argument, facts, function.path) for argument in site.arguments}
        return any(self._contested(function, spot) for spot in sorted(spots))

    def _hands_in(self, function: Function) -> bool:
        """Tell whether a rival may change what is handed to a function that goes over it."""
        target = self.effects.resolver.target
        return any(
            self._contested(function, (OWN_OBJECT, tuple(name.split(".")[1:])))
            for site in handing(function)
            if (callee := target(function, site.callee)) is not None and goes_over(callee)
            for name in site.arguments
            if name.startswith("self.")
        )

    def _takes_out(self, function: Function, name: str) -> bool:
        """Tell whether a function, or what it runs, takes something out of a container with some name."""
        return any(
            attribute_of(write.place) == name and (write.how == "delete item" or write.detail in SHRINKING)
            for one in self.events.inside(function)
            for write in one.facts.writes
        )

    def _seen_from(self, function: Function, other: Function, place: Place) -> Spot:
        """Return a place of another function, which is taken to run on the same object if it can."""
        program = self.effects.resolver.program
        own, its = program.class_of(function), program.class_of(other)
        same = own is not None and its is not None and its in program.family(own)
        return spot_inside(place, other.path, () if same else None)

    def torn(self, function: Function) -> Iterator[str]:
        """Yield the attributes that are read, and after a suspension written, and that a rival writes."""
        names = self.events.touched_twice(function)
        pauses = self.events.pauses(function) if names else []
        if not pauses:
            return
        reads, writes = self.events.of(function, names)
        for name in names:
            pairs = {(read.spot, wrote.spot): None for read, wrote in _torn(reads[name], writes[name], pauses)}
            spots = dict.fromkeys(spot for read, wrote in pairs for spot in contested_at(read, wrote))
            if any(self._contested(function, spot) for spot in spots):
                yield name

    def _is_late(self, function: Function, pauses: list[int]) -> bool:
        """Tell whether something may be put, after a suspension, where who ends the object has looked already."""
        if not self.halting.may_come_late(function):
            return False
        ended = {
            name
            for halt in self.halting.of(function)
            if halt.function is not function and self.hope.late(function, halt)
            for name in halt.ended
        }
        _, writes = self.events.of(function, ended)
        return any(_begins(event) and pauses[0] <= event.last for name in ended for event in writes[name])

    def _contested(self, function: Function, spot: Spot) -> bool:
        """Tell whether a rival may write state meanwhile."""
        path = path_of(spot, function.path)
        if path is None:
            return self._contested_by_name(function, spot)
        pair = self.hope.pair
        return any(pair(function, other, write.line, path) for other, write in self.rivals.writers(function, path))

    def _contested_by_name(self, function: Function, spot: Spot) -> bool:
        """Tell whether anybody writes what has the same name, of an argument or of an object that is not known."""
        name = next((step for step in reversed(spot[1]) if step != ITEM), "")
        known = self._by_name.get((function, name))
        if known is None:
            path = Path("self", "self", (Attr(name),))
            writers = self.rivals.touches.by_name.get(name, ()) if name else (function,)
            known = any(
                not self.rivals.tasks.setup_only(other) and self.hope.pair(function, other, None, path)
                for other in writers
            )
            self._by_name[function, name] = known
        return known


def _listens(function: Function, pauses: list[int]) -> bool:
    """Tell whether a future is made, or something cleared, in a function that gives way twice."""
    calls = function.facts.calls
    return len(pauses) > 1 and any(site.callee.rpartition(".")[2] in LISTENING for site in calls)


def _makes_future(function: Function) -> bool:
    """Tell whether a future is made that somebody else is to resolve."""
    return any(site.callee.rpartition(".")[2] in FUTURES for site in function.facts.calls)


def _begins(event: Event) -> bool:
    """Tell whether a write may put something new in its place, or into the container there."""
    if event.how == "mutate":
        return event.detail in ADDING
    return event.how in ("store", "item") and event.detail not in ("None", "True", "False")


def _torn(reads: list[Event], writes: list[Event], pauses: list[int]) -> Iterator[tuple[Event, Event]]:
    """Yield reads and writes of what may be one state, between which a suspension lies; not both made by one call."""
    for read in reads:
        place = bisect_left(pauses, read.first)
        if place == len(pauses):
            continue
        for wrote in writes:
            between = pauses[place] <= wrote.last and read.apart(wrote)
            if between and may_meet(read.spot, wrote.spot, wrote.how == "mutate"):
                yield read, wrote
