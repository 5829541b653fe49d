"""Whose run is over: it runs once for each object, and only what it leaves behind lets another function wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from posixpath import dirname

from asynclint.flow.terms import Facts
from asynclint.link.broken import Wait
from asynclint.link.changes import Changes, Entry, contradicts, told
from asynclint.link.life import SETUP
from asynclint.link.program import Function
from asynclint.link.reaching import NEW, Reaching
from asynclint.link.resolve import TYPE_NAME
from asynclint.link.tasks import OWN, Tasks
from asynclint.survey.facts import AttributeFacts, CallSite

NOBODYS = frozenset(("None", "Optional"))
FAR = 4
"""Calls between a function and the one that makes its object beyond which nobody looks."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Answers about functions that run once for each object, remembered."""

    changes: Changes
    tasks: Tasks
    reaching: Reaching
    _known: dict[Function, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Changes) -> Spent:
        """Return one that remembers its answers."""
        tasks = changes.rivals.tasks
        return cls(changes, tasks, Reaching(tasks.resolver))

    def is_over(self, wait: Wait, entry: Entry) -> bool:
        """Tell whether a run that writes must have been there before the other function came to wait."""
        spans = entry.function.facts.spans
        if entry.function is wait.function or any(first < entry.line <= last for first, last in spans):
            return False  # it may be in a loop
        if not all(self._tells(wait, entry, sleep.facts) for _, sleep in wait.sleeps):
            return False
        return self._runs_once(entry.function, FAR)

    def _tells(self, wait: Wait, entry: Entry, facts: Facts) -> bool:
        """Tell whether an attribute is, while a function waits, as only the run makes it, at its write or behind it."""
        for state in sorted({fact.state for fact in facts}):
            about = frozenset(fact for fact in facts if fact.state == state)
            if not self.changes.counts(wait.function, state) or not self._begins_otherwise(wait.function, about):
                continue
            makers = [one for one in self.changes.of(wait.function, about) if not contradicts(one.told, about)]
            if makers and all(one.function is entry.function and one.line >= entry.line for one in makers):
                return True
        return False

    def _begins_otherwise(self, function: Function, facts: Facts) -> bool:
        """Tell whether constructors give an attribute something else than what is known of it."""
        program, state = self.tasks.resolver.program, next(iter(facts)).state
        cls = program.class_of(function)
        members = program.members(cls) if cls is not None else ()
        given = [
            write
            for one in members
            if one.short in SETUP
            for write in one.facts.writes
            if write.place.kind == "self" and write.place.steps == state
        ]
        return bool(given) and all(contradicts(told(write, state), facts) for write in given)

    def _runs_once(self, function: Function, far: int) -> bool:
        """Tell whether one place leads to a function, and comes to it once with each object."""
        if function.short in SETUP:
            return True
        known = self._known.get(function)
        if known is None:
            self._known[function] = False
            known = self._known[function] = far > 0 and self._is_led_to_once(function, far)
        return known

    def _is_led_to_once(self, function: Function, far: int) -> bool:
        places = self._places(function)
        if not places or len({caller for caller, _ in places}) < len(places):
            return False
        if len(places) > 1:
            return all(self._is_made_for(caller, site) for caller, site in places)
        ((caller, site),) = places
        if _is_in(function, caller) or self._is_own(caller, site):
            return self._runs_once(caller, far - 1)
        return self._is_made_for(caller, site)

    def _is_made_for(self, caller: Function, site: CallSite) -> bool:
        """Tell whether a call is on an object that is made there, or in the function around, which comes there once."""
        if self.reaching.through("own", caller, site) in NEW:
            return True
        around = self.tasks.resolver.program.modules[caller.path].functions.get(caller.facts.parent or "")
        if around is None or self.reaching.through("own", around, site) not in NEW:
            return False
        return [above for above, _ in self._places(caller)] == [around]

    def _places(self, function: Function) -> list[tuple[Function, CallSite]]:
        """Return the places that call or start a function, all outside of loops; none where there may be more."""
        places = list(self.tasks.callers(function))
        for start in self.tasks.starts(function):
            if not start.is_task or start.many:
                return []
            named = (name for name in start.site.arguments if name.rsplit(".", 1)[-1] == function.short)
            places += [(start.spawner, start.site._replace(callee=name)) for name in named]
        if any(site.in_loop for _, site in places) or self._is_called_nearby(function):
            return []
        return places

    def _is_called_nearby(self, function: Function) -> bool:
        """Tell whether a call of the method's name, in a file beside its own, is on nobody knows what."""
        return function.facts.cls is not None and any(
            not self.tasks.resolver.targets(caller, site.callee) and not self._is_of_stranger(caller, site)
            for caller, site in self.tasks.calls.sites(function)
            if dirname(caller.path) == dirname(function.path)
        )

    def _is_of_stranger(self, caller: Function, site: CallSite) -> bool:
        """Tell whether a call is on an attribute or local of a class, by its maker or annotation, that others wrote."""
        program = self.tasks.resolver.program
        first, *names = site.callee.split(".")[:-1] or [""]
        cls = program.class_of(caller)
        if first == "self" and len(names) == 1 and cls is not None:
            known = program.attribute(cls, names[0]) or AttributeFacts()
            made = [known.annotation] if known.annotation else sorted(known.constructors - {"None"})
        else:
            made = [source for local, source in caller.facts.made if local == first and not names]
        found = {name for source in made for name in TYPE_NAME.findall(source.split("(")[0])} - NOBODYS
        module = program.modules[caller.path]
        return bool(found) and all(
            name.split(".")[0] in module.imports and program.locate(caller.path, name) is None for name in found
        )

    def _is_own(self, caller: Function, site: CallSite) -> bool:
        """Tell whether a call is on the object itself, or on one that it makes for itself."""
        return OWN.match(site.callee) is not None or self.reaching.through("own", caller, site) == "part"


def _is_in(function: Function, other: Function) -> bool:
    return function.path == other.path and function.facts.parent == other.name
