"""Where an attribute of the object is changed, by whom, and whether that lets somebody in who would be kept out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from asynclint.flow.terms import NOTHING, OBJECT, Facts, Known, Question, State, stored
from asynclint.ir.places import Attr, Path
from asynclint.link.broken import Wait
from asynclint.link.overlaps import RANK, SEEN, Overlap
from asynclint.link.program import Class, Function
from asynclint.link.rivals import Rivals
from asynclint.link.roots import Root
from asynclint.link.tasks import MAX_CALLERS, OWN
from asynclint.survey.facts import Write

UNLIMITED: Overlap = "evident"
DISPLAYS = frozenset(("{}", "[]", "()", "set()"))


class Entry(NamedTuple):
    """The write of another function, and the root from which a run comes to it on an object of a class."""

    function: Function
    line: int
    root: Root
    owner: Class | None


class Change(NamedTuple):
    """Where somebody changes an attribute, and what is known of it afterwards."""

    function: Function
    line: int
    told: Facts
    resizes: bool = False
    """Only what is in a container is changed."""


@dataclass(slots=True)
class Changes:
    """Answers about who changes attributes, remembered."""

    rivals: Rivals
    _ways: dict[tuple[Function, Function, Class | None], frozenset[Function]] = field(default_factory=dict)
    _known: dict[tuple[Class, State], tuple[Change, ...]] = field(default_factory=dict)

    def is_of_object(self, one: Function, other: Function) -> bool:
        """Tell whether two functions run on objects of one family of classes."""
        program = self.rivals.tasks.resolver.program
        first, second = program.class_of(one), program.class_of(other)
        return first is not None and second is not None and second in program.family(first)

    def counts(self, function: Function, state: State) -> bool:
        """Tell whether it is an attribute of the object, not what a method or something unknown makes of it."""
        program = self.rivals.tasks.resolver.program
        cls = program.class_of(function)
        if cls is None or program.method(cls, state[0]) is not None:
            return False
        known = program.attribute(cls, state[0])
        return known is not None and (len(state) == 1 or any(one.endswith("Event") for one in known.constructors))

    def let_in(self, wait: Wait, entry: Entry, facts: Facts) -> Overlap:
        """Return how clearly a run comes to its write after a third one has changed the state."""
        found: Overlap = "none"
        above = self.on_way(entry)
        for change in self.of(wait.function, facts):
            if change.function is entry.function or implies(change.told, facts):
                continue
            if change.function in above:
                return UNLIMITED
            overlap, _ = self.rivals.overlap(wait.function, change.function, change.line, wait.stretch.lines)
            third: Overlap = "possible" if overlap in SEEN else "unlikely" if overlap != "none" else "none"
            found = max(found, third, key=RANK.__getitem__)
        return found

    def on_way(self, entry: Entry) -> frozenset[Function]:
        """Return the functions by way of which a root leads to a function, both included; none if it does not."""
        key = (entry.function, entry.root.function, entry.owner)
        known = self._ways.get(key)
        if known is None:
            known = self._ways[key] = frozenset(self._find_way(entry))
        return known

    def _find_way(self, entry: Entry) -> set[Function]:
        below: dict[Function, list[Function]] = {}
        seen, pending = {entry.function}, [entry.function]
        while pending:
            function = pending.pop()
            for caller, _ in self.callers(function, entry.owner):
                below.setdefault(caller, []).append(function)
                if caller not in seen:
                    seen.add(caller)
                    pending.append(caller)
        found = {entry.root.function} & seen
        pending = list(found)
        while pending:
            for function in below.get(pending.pop(), ()):
                if function not in found:
                    found.add(function)
                    pending.append(function)
        return found

    def callers(self, function: Function, owner: Class | None) -> Iterator[tuple[Function, int]]:
        """Yield who calls a function on the same object, with the line; 0 if it is another object's."""
        tasks = self.rivals.tasks
        for caller, site in tasks.callers(function)[:MAX_CALLERS]:
            if tasks.same_object(caller, site.callee, owner):
                nested = caller.facts.name == function.facts.parent
                yield caller, site.line if nested or OWN.match(site.callee) else 0

    def of(self, function: Function, facts: Facts) -> tuple[Change, ...]:
        """Return where an attribute of the object is changed, but for changes that do not touch what is known of it."""
        program = self.rivals.tasks.resolver.program
        cls, state = program.class_of(function), next(iter(facts)).state
        assert cls is not None
        known = self._known.get((cls, state))
        if known is None:
            known = self._known[cls, state] = tuple(self._find_changes(function, cls, state))
        sized = any(fact.says in ("true", "false") for fact in facts)
        return known if sized else tuple(change for change in known if not change.resizes)

    def _find_changes(self, function: Function, cls: Class, state: State) -> Iterator[Change]:
        for other, write in self.rivals.writers(function, Path("self", "self", (Attr(state[0]),))):
            if write.place.steps in (state[:1], (state[0], "[]")):
                yield Change(other, write.line, told(write, state), write.how not in ("store", "augmented", "delete"))
        if len(state) == 1:
            return
        for other in self.rivals.tasks.resolver.program.members(cls):
            for site in other.facts.calls:
                name, _, method = site.callee.rpartition(".")
                if name == f"self.{state[0]}" and method in ("set", "clear"):
                    yield Change(other, site.line, frozenset([Known(state, "true" if method == "set" else "false")]))


def told(write: Write, state: State) -> Facts:
    """Return what is known of an attribute once it has been written so."""
    if len(state) > 1:
        return frozenset([Known(state, "false")]) if write.how == "store" and not write.detail else NOTHING
    if write.how != "store" or not write.detail:
        return NOTHING
    return stored(state, OBJECT if write.detail in DISPLAYS else write.detail)


def _outcomes(told: Facts, facts: Facts) -> Iterator[bool | None]:
    for fact in facts:
        values = (fact.value,) if fact.says in ("is", "not") else ()
        yield Question(fact.state, values, fact.says in ("is", "true")).outcome(told)


def implies(told: Facts, facts: Facts) -> bool:
    """Tell whether facts follow from what is known."""
    return all(outcome is True for outcome in _outcomes(told, facts))


def contradicts(told: Facts, facts: Facts) -> bool:
    """Tell whether facts cannot hold, given what is known."""
    return any(outcome is False for outcome in _outcomes(told, facts))
