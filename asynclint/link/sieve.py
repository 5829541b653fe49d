"""Which functions could yield a finding, told from the survey's facts alone: nothing is parsed for the others.

A check declares what it needs. A *window* is state that is read, a suspension, and a write of the same state that
can come after it, each in the function itself or in one that it runs; a *loop* is a container that is gone over while
the function gives way. Both need a rival. A *mark* is state that is set before a suspension and that something may take
back, or that stands for work which has been done. *State* is any state that is read and written, written twice, set to
`True`, or gone over. A *lock* is something that the function acquires by hand, a *use* one of what others undo.

The sieve over-approximates. Order is that of lines, and keys are not told apart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from asynclint.ir.places import Path
from asynclint.link.effects import Effects, name_of
from asynclint.link.events import Event, Events
from asynclint.link.markings import Markings
from asynclint.link.program import Function
from asynclint.link.rivals import Rivals
from asynclint.link.spots import Spot, contested_at, may_meet, path_of, spot_inside, spot_of
from asynclint.link.undoing import undone
from asynclint.survey.facts import Place

Need = Literal["window", "loop", "mark", "state", "use", "lock"]
NEEDS: frozenset[Need] = frozenset(get_args(Need))


@dataclass(slots=True)
class Sieve:
    """Answers about the functions of a program; what many functions ask for is remembered."""

    effects: Effects
    rivals: Rivals
    events: Events
    markings: Markings
    _overlaps: dict[tuple[Function, Function], bool] = field(default_factory=dict)

    def needs(self, function: Function, wanted: Collection[Need] = NEEDS) -> frozenset[Need]:
        """Return which of the needs of checks a function meets."""
        facts = function.facts
        if not facts.is_async or not facts.suspensions:
            return frozenset()
        met: set[Need] = set()
        if "state" in wanted and self._touches_state(function):
            met.add("state")
        if "lock" in wanted and any(site.callee.endswith(".acquire") for site in facts.calls):
            met.add("lock")
        if "loop" in wanted and (facts.lingers or facts.sources) and self._lingers(function):
            met.add("loop")
        if "window" in wanted and next(self.torn(function), None) is not None:
            met.add("window")
        if "mark" in wanted and self.markings.any(function):
            met.add("mark")
        if "use" in wanted and next(undone(self.rivals, function), None) is not None:
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
        found.update(run.function for place in facts.lingers for run in self.events.property(function, place, 0))
        made = (self.effects.resolver.target(function, callee) for callee in facts.sources)
        found.update(callee for callee in made if callee is not None)
        return any(self._contested(function, spot_of(place, function.path)) for place in facts.lingers) or any(
            self._contested(function, self._seen_from(function, one, place))
            for one in found - {function}
            for place in one.facts.loads
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

    def _contested(self, function: Function, spot: Spot) -> bool:
        """Tell whether a rival may write state meanwhile."""
        path = path_of(spot, function.path)
        if path is None:
            return True  # of an argument or of another object: who writes it cannot be told by name
        if self._contends_itself(function, path):
            return True
        writers = dict.fromkeys(other for other, _ in self.rivals.writers(function, path))
        return any(self._may_overlap(function, other) for other in writers)

    def _contends_itself(self, function: Function, path: Path) -> bool:
        """Tell whether a second run of the function is a rival: the commonest, and the cheapest to find."""
        if path.kind not in ("self", "global"):
            return False
        shape = path.shape
        return (
            any(write.place.kind == path.kind and write.place.steps == shape for write in function.facts.writes)
            and (path.kind == "global" or self.effects.resolver.program.class_of(function) is not None)
            and self._may_overlap(function, function)
            and not self.rivals.tasks.setup_only(function)
        )

    def _may_overlap(self, function: Function, other: Function) -> bool:
        known = self._overlaps.get((function, other))
        if known is None:
            known = self._overlaps[function, other] = self.rivals.may_overlap(function, other)
        return known


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
