"""Which tasks run a function: its roots, how many of each there can be, and what shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property

from asynclint.link.callgraph import CallGraph
from asynclint.link.frameworks import Frameworks
from asynclint.link.life import DECORATED, DYING, EARLY, LIFECYCLE, RENEWING, SETUP, WRAPPERS
from asynclint.link.program import Class, Function
from asynclint.link.reaching import NEW, Reach, Reaching, is_nearer
from asynclint.link.resolve import Resolver
from asynclint.link.roots import Multiplicity, Root
from asynclint.link.several import counts_users
from asynclint.link.starts import ENDING, Start, Starts
from asynclint.link.wrapping import replaces, stands_in
from asynclint.survey.facts import CallSite

MAX_CALLERS = 40
MANY_CLASSES = 6
"""Subclasses from which on what one of them does says nothing about the others."""
DISPATCHED = re.compile(r"(self|cls)\.\w+$")
"""Calls that lead to the most derived method."""
OWN = re.compile(r"(self|cls|super\(\))\.\w+$")


@dataclass
class Tasks:
    """Answers about tasks, remembered."""

    resolver: Resolver
    calls: CallGraph
    _roots: dict[tuple[Function, Class | None, Function | None], tuple[Root, ...]] = field(default_factory=dict)
    _begins: dict[tuple[Function, Class | None], Root | None] = field(default_factory=dict)
    _callers: dict[Function, tuple[tuple[Function, CallSite], ...]] = field(default_factory=dict)

    @cached_property
    def _reaching(self) -> Reaching:
        return Reaching(self.resolver)

    @cached_property
    def _frameworks(self) -> Frameworks:
        return Frameworks(self.resolver)

    @cached_property
    def _handed(self) -> Starts:
        return Starts(self.resolver)

    def prepare(self) -> None:
        """Build what is looked up over the whole program."""
        self._handed.prepare()

    def starts(self, function: Function) -> tuple[Start, ...]:
        """Return the places where a function is spawned or registered."""
        return self._handed.of(function)

    def callers(self, function: Function) -> tuple[tuple[Function, CallSite], ...]:
        """Return the calls of a function in the caller's own task, or in one that this waits for at once."""
        known = self._callers.get(function)
        if known is None:
            starts = self.starts(function)
            spawners = {start.spawner for start in starts}
            known = self._callers[function] = tuple(
                (caller, site)
                for caller, site in self.calls.callers(function)
                if site.awaited or not function.facts.is_async or caller not in spawners
            ) + tuple(call for start in starts if start.joined for call in start.calls(function))
        return known

    def is_on_new(self, caller: Function, site: CallSite) -> bool:
        """Tell whether a call is made on an object that the caller has made itself."""
        return self._reaching.through("own", caller, site) in NEW

    def called_elsewhere(self, function: Function) -> bool:
        """Tell whether a call of the function's name, which is not resolved, may mean it."""
        return self.resolver.program.class_of(function) is None or self.calls.unresolved(function)

    def roots(
        self, function: Function, owner: Class | None = None, without: Function | None = None
    ) -> tuple[Root, ...]:
        """Return where the tasks begin that run a function on an object of a class; its own class if none is given.

        What a sibling class does with its own objects is left out, and so are the ways that lead over the function
        `without`.
        """
        owner = owner or self.resolver.program.class_of(function)
        key = (function, owner, without)
        known = self._roots.get(key)
        if known is None:
            self._roots[key] = ()
            known = self._roots[key] = self._find_roots(function, owner, without)
        return known

    def _find_roots(self, function: Function, owner: Class | None, without: Function | None) -> tuple[Root, ...]:
        found: dict[tuple[Function, bool], Root] = {}
        pending: list[tuple[Function, Class | None, Reach]] = [(function, owner, "own")]
        seen = set(pending)
        of_object = function.facts.cls is not None and function.facts.parent is None and function.short not in SETUP
        while pending:
            current, on, reach = pending.pop()
            overridden = self._overridden(current, on)
            own = None if overridden else self._own(current, on)
            joined = None if overridden else self._joined(current, on)
            if joined is not None:
                _add(found, joined, reach)
            if own is not None:
                _add(found, own, reach)
                if own.multiplicity in ("serial", "setup"):
                    continue
            calls = [
                (caller, site)
                for caller, site in self.callers(current)
                if self.same_object(caller, site.callee, on)
                and not (overridden and DISPATCHED.match(site.callee))
                and not (of_object and on is owner and self._reaching.hides(caller, site.callee, function))
                and not self._frameworks.hooked.is_framework(caller, current)
            ]
            for caller, site in calls[:MAX_CALLERS]:
                cls = on if OWN.match(site.callee) else self.resolver.program.class_of(caller)
                state = (caller, cls, self._reaching.through(reach, caller, site))
                if state not in seen and caller is not without:
                    seen.add(state)
                    pending.append(state)
            if own is None and not calls and not overridden:
                _add(found, Root(current, self._begun(current), ""), reach)
        return tuple(found.values())

    def _overridden(self, function: Function, owner: Class | None) -> bool:
        """Tell whether an object of a class has another method by the name: only `super()` leads to this one."""
        if (
            owner is None
            or function.facts.cls is None
            or function.short in SETUP
            or owner is self.resolver.program.class_of(function)
        ):
            return False
        method = self.resolver.program.method(owner, function.short)
        return method is not None and method is not function

    def same_object(self, other: Function, name: str, owner: Class | None) -> bool:
        """Tell whether `self.x` in another function can mean `x` of an object of a class: no sibling class."""
        if owner is None:
            return True
        if not OWN.match(name):
            return not self._reaching.excludes(other, name, owner)
        return self.resolver.program.class_of(other) in self.resolver.program.family(owner)

    def _speaks_for(self, spawner: Function, name: str, owner: Class | None) -> bool:
        """Tell whether what a function of a class does with its object holds for those of another: not few for many."""
        cls = self.resolver.program.class_of(spawner)
        if owner is None or cls is None or not OWN.match(name) or cls in self.resolver.program.ancestors(owner):
            return True
        return len(self.resolver.program.descendants(owner)) < MANY_CLASSES

    def _is_hook(self, function: Function) -> bool:
        """Tell whether a method fills in one of a base class in sight, whose callers are in sight then as well."""
        program = self.resolver.program
        cls = program.class_of(function)
        if cls is None or function.facts.cls is None:
            return False
        return any(
            f"{base.name}.{function.short}" in program.modules[base.path].functions
            for base in program.ancestors(cls)[1:]
        )

    def _begun(self, function: Function) -> Multiplicity:
        """Tell when a function is called that nobody in sight calls: a nested one only if it is a decorator's."""
        facts = function.facts
        known = stands_in(function) or replaces(self.resolver.program, function)
        if facts.parent is not None and function.short not in WRAPPERS and not known:
            return "serial"
        decorates = facts.parent is not None and not facts.is_async and len(facts.params) == 1
        return "early" if decorates and facts.params[0][0] in DECORATED else self._named(function)

    def _own(self, function: Function, owner: Class | None) -> Root | None:
        """Return the root that a function is by itself, or None if only its callers run it."""
        key = (function, owner)
        if key not in self._begins:
            self._begins[key] = self._find_own(function, owner)
        return self._begins[key]

    def _find_own(self, function: Function, owner: Class | None) -> Root | None:
        short = function.short
        if short in SETUP or short == DYING:
            return Root(function, "setup", "")
        starts = [start for start in self._starts_on(function, owner) if not start.joined]
        living = [start for start in starts if start.spawner.short != DYING]
        if living:
            return self._started(function, living)
        if starts and not self.callers(function):
            return Root(function, "setup", "")
        framed = self._frameworks.root(function, owner)
        if framed is not None:
            return framed
        if self.resolver.program.models.serial(short) and not counts_users(self.resolver, function):
            return Root(function, "serial", "")
        if function.facts.parent is None and (not short.startswith("_") or function.is_special):
            inside = self.callers(function) and (not self.calls.exported(function) or self._is_hook(function))
            if inside:
                return None
            named = "once" if self._is_step_of_life(function) else self._named(function)
            return Root(function, named, "", readies=self._readies(function, frozenset()))
        return None

    def _starts_on(self, function: Function, owner: Class | None) -> list[Start]:
        """Return the places where a function is spawned or registered for an object of a class."""
        return [
            start
            for start in self.starts(function)
            if any(
                self.same_object(spawner, site.callee, owner) and self._speaks_for(spawner, site.callee, owner)
                for spawner, site in start.calls(function)
            )
        ]

    def _joined(self, function: Function, owner: Class | None) -> Root | None:
        """Return the root that a function is to what is started with it, and waited for at once."""
        starts = [start for start in self._starts_on(function, owner) if start.joined]
        if not starts:
            return None
        return replace(self._started(function, starts), within=frozenset(start.spawner for start in starts))

    def _readies(self, function: Function, asked: frozenset[Function]) -> bool:
        """Tell whether all who call a method do so on a new object that nobody else has yet: it is a part of making it.

        What by its name makes something new again is called by others, later.
        """
        calls = self.callers(function)
        if not calls or function in asked or RENEWING.match(function.short) or _hands_itself_on(function):
            return False
        return all(
            self._reaching.through("own", one, site) == "alone"
            or (OWN.match(site.callee) is not None and not self.starts(one) and self._readies(one, asked | {function}))
            for one, site in calls
        )

    def _is_step_of_life(self, function: Function) -> bool:
        """Tell whether all who call a public method begin or end the life of its object, and are no tasks."""
        calls = self.callers(function)
        if not calls or self.called_elsewhere(function):
            return False
        return all(
            LIFECYCLE.fullmatch(one.short) and OWN.match(site.callee) and not self.starts(one) for one, site in calls
        )

    def _started(self, function: Function, starts: list[Start]) -> Root:
        many = next((start for start in starts if start.many or self._handed.repeats(start)), None)
        if many is not None and not many.is_task:
            where = f"{many.spawner.path}:{many.site.line}"
            evidence = f"{function.name} runs for each request or connection, registered at {where}"
            return Root(function, "many", evidence, tuple(starts))
        if many is not None:
            how = "in a loop" if many.site.in_loop else f"by {many.site.callee}"
            how = how if many.many else f"at each call of {many.spawner.name}"
            return Root(function, "many", f"{function.name} is spawned {how} at {many.spawner.path}:{many.site.line}")
        start = next((start for start in starts if not start.is_task), starts[0])
        where = f"{start.spawner.path}:{start.site.line}"
        if all(not one.is_task and any(map(ENDING.fullmatch, one.site.callee.split(".")[-2:])) for one in starts):
            return Root(function, "once", "")
        if not start.is_task:
            evidence = f"{function.name} is a callback registered at {where}"
            return Root(function, "callback", evidence, tuple(starts))
        evidence = f"{function.name} runs as a task of its own, started at {where}"
        return Root(function, "task", evidence, tuple(starts))

    def _named(self, function: Function) -> Multiplicity:
        """Tell by the name of a public function when in the life of an object it is mostly called."""
        if LIFECYCLE.fullmatch(function.short):
            return "once"
        early = EARLY.fullmatch(function.short) and not self._handed.starts_missing(function)
        return "early" if early else "public"

    def setup_only(self, function: Function) -> bool:
        """Tell whether a function runs only while its object is being made."""
        roots = self.roots(function)
        return bool(roots) and all(root.multiplicity == "setup" for root in roots)


def _hands_itself_on(function: Function) -> bool:
    """Tell whether a method gives its object to others."""
    return any("self" in site.arguments for site in function.facts.calls)


def _add(found: dict[tuple[Function, bool], Root], root: Root, reach: Reach) -> None:
    """Keep a root, and the nearer way from it where there are two."""
    key = (root.function, bool(root.within))
    known = found.get(key)
    if known is None or is_nearer(reach, known.reach):
        found[key] = root if root.reach == reach else replace(root, reach=reach)
