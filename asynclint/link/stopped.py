"""Whom a run of another function stops: when it wakes up, it finds something that the run has left, and ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from asynclint.flow.knowledge import Place
from asynclint.flow.terms import NOTHING, Facts
from asynclint.link.broken import Wait
from asynclint.link.changes import UNLIMITED, Changes, Entry
from asynclint.link.inlined import Inlines
from asynclint.link.life import SETUP
from asynclint.link.overlaps import RANK, Overlap
from asynclint.link.program import Function

MAX_STEPS = 3
"""Calls above a write beyond which nobody looks for what callers leave behind."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Answers about functions that look again, at something else than what they write."""

    changes: Changes
    bodies: Inlines
    _known: dict[Entry, Facts] = field(default_factory=dict)

    def limit(self, wait: Wait, entry: Entry) -> Overlap:
        """Return how clearly a function at most comes to its write after a run has written while it waited."""
        body, path = wait.body, wait.path
        read = {name.removeprefix("self:") for name in self.bodies.effects.all(wait.function).reads}
        left = frozenset(fact for fact in self._left(entry) if fact.state[0] in read - {path.shape[0]})
        best = UNLIMITED
        for state in sorted({fact.state for fact in left}):
            about = frozenset(fact for fact in left if fact.state == state)
            if not self.changes.counts(wait.function, state):
                continue
            starts = [(number, place + 1) for (number, place), _ in wait.sleeps]
            if not body.course(about).reaches(starts, body.places(wait.stretch.wrote)):
                best = min(best, self.changes.let_in(wait, entry, about), key=RANK.__getitem__)
        return best

    def _left(self, entry: Entry) -> Facts:
        """Return what holds whenever a run gives way after its write, and when it is over."""
        known = self._known.get(entry)
        if known is None:
            known = self._known[entry] = self._behind(entry, entry.function, entry.line, None, MAX_STEPS)
        return known

    def _behind(self, entry: Entry, function: Function, line: int, callee: Function | None, depth: int) -> Facts:
        """Return the same of one function, and of those by way of which its root leads to it."""
        if not depth or (callee is None and not self._sets(function, entry)):
            return NOTHING
        body = self.bodies.of(function)
        places = body.writes(line) if callee is None else body.calls(line, callee)
        own = self._after(function, places)
        if function is entry.root.function:
            return own | self._begun(entry)
        way = self.changes.on_way(entry)
        above = [
            self._behind(entry, caller, at, function, depth - 1) if at else NOTHING
            for caller, at in self.changes.callers(function, entry.owner)
            if caller in way
        ]
        return own | frozenset.intersection(*above) if above else own

    def _begun(self, entry: Entry) -> Facts:
        """Return what holds whenever somebody gives way who has started the task, or registered the callback.

        That is while an object is in use, and as far as the task itself does not change it.
        """
        found: list[Facts] = []
        for start in entry.root.starts:
            spawner = start.spawner
            if f"self.{entry.root.function.short}" not in start.site.arguments or spawner.short in SETUP:
                return NOTHING
            found.append(self._after(spawner, self.bodies.of(spawner).writes(start.site.line)))
        changed = frozenset[str]().union(*(self.bodies.effects.all(one).writes for one in self.changes.on_way(entry)))
        known = frozenset.intersection(*found) if found else NOTHING
        return frozenset(fact for fact in known if f"self:{fact.state[0]}" not in changed)

    def _sets(self, function: Function, entry: Entry) -> bool:
        """Tell whether anything on the way to a write is a store of a constant, or of a new object."""
        return any(
            write.how == "store" and write.place.kind == "self"
            for one in (function, *self.changes.on_way(entry), *(start.spawner for start in entry.root.starts))
            for write in one.facts.writes
        )

    def _after(self, function: Function, places: frozenset[Place]) -> Facts:
        known = self.bodies.of(function).known
        found = [known.behind(place) for place in places]
        return frozenset.intersection(*found) if found else NOTHING
