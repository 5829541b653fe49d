"""Whom the state of the object keeps out while a function waits: what it has found or set there itself still holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from asynclint.flow.terms import Facts
from asynclint.link.broken import Wait
from asynclint.link.changes import UNLIMITED, Changes, Entry, contradicts
from asynclint.link.inlined import Inlines
from asynclint.link.overlaps import RANK, Overlap
from asynclint.link.program import Function

MAX_STEPS = 6
"""Calls between a root and a write beyond which nobody looks for tests."""


@dataclass(slots=True)
class Barred:
    """Answers about runs that meet a state in which they do not come to their write, remembered."""

    changes: Changes
    bodies: Inlines
    _led: dict[tuple[Entry, Facts, bool, bool], bool] = field(default_factory=dict)

    def limit(self, wait: Wait, entry: Entry) -> Overlap:
        """Return how clearly a run can at most come to its write while a function waits.

        If a third one has to change the state meanwhile, so that it is let in, it seldom does.
        """
        sleeps = {sleep.facts for _, sleep in wait.sleeps}
        return max((self._under(wait, entry, facts) for facts in sleeps), key=RANK.__getitem__)

    def _under(self, wait: Wait, entry: Entry, facts: Facts) -> Overlap:
        best = UNLIMITED
        for state in sorted({fact.state for fact in facts}):
            about = frozenset(fact for fact in facts if fact.state == state)
            if RANK[best] and self.changes.counts(wait.function, state) and self._keeps_out(wait, entry, about):
                best = min(best, self.changes.let_in(wait, entry, about), key=RANK.__getitem__)
        return best

    def _keeps_out(self, wait: Wait, entry: Entry, facts: Facts) -> bool:
        """Tell whether a run does not come to its write while some facts about one attribute hold.

        If the attribute is what is written itself, a run that finds it so and goes on without its write has been
        misled: only one that fails has not.
        """
        state = next(iter(facts)).state
        own = wait.path.kind == "self" and wait.path.shape[:1] == state[:1]
        passed = self._may_pass(entry, facts)
        key = (entry, facts, passed, own)
        if key not in self._led:
            way = _Way(self, entry, self.changes.on_way(entry), facts, passed, own)
            self._led[key] = way.leads(entry.function, entry.line, None)
        return not self._led[key]

    def _may_pass(self, entry: Entry, facts: Facts) -> bool:
        """Tell whether a run may have passed a test before the facts held: somebody makes them hold while it waits."""
        if entry.root.multiplicity == "many":
            return True
        return any(
            (change.function is not entry.function or change.line < entry.line) and not contradicts(change.told, facts)
            for change in self.changes.of(entry.function, facts)
        )


@dataclass(frozen=True, slots=True)
class _Way:
    """The ways from a root to a write while some facts hold.

    `passed`: a run that waits may have passed a test before. `failing`: only who fails at a test is kept out.
    """

    barred: Barred
    entry: Entry
    way: frozenset[Function]
    facts: Facts
    passed: bool
    failing: bool

    def leads(self, function: Function, line: int, callee: Function | None, depth: int = 0) -> bool:
        """Tell whether a run may come to a line of a function: there it writes, or calls another."""
        if depth > MAX_STEPS:
            return True
        name = next(iter(self.facts)).state[0]
        asks = f"self:{name}" in self.barred.bodies.effects.all(function).reads
        if asks or (self.passed and function.facts.suspensions):
            body = self.barred.bodies.of(function)
            goals = body.writes(line) if callee is None else body.calls(line, callee)
            course = body.course(self.facts)
            if not goals or (self.passed and course.reaches(body.sleeps, goals)):
                return True
            if not course.reaches([(body.assembled.graph.entry, 0)], goals):
                return self.failing and course.returns()
        if function is self.entry.root.function:
            return True
        return any(
            not at or self.leads(caller, at, function, depth + 1)
            for caller, at in self.barred.changes.callers(function, self.entry.owner)
            if caller in self.way
        )
