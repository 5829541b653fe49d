"""Which tasks run a function: its roots, how many of each there can be, and what shows it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from asynclint.link.callgraph import CallGraph
from asynclint.link.program import Class, Function, is_aside
from asynclint.link.resolve import Resolver
from asynclint.survey.facts import CallSite

Multiplicity = Literal["many", "callback", "task", "public", "serial", "setup"]
MAX_CALLERS = 40
SETUP = frozenset(("__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__", "__attrs_post_init__"))
WRAPPERS = frozenset(("wrapper", "wrapped", "inner", "decorated", "_wrapper", "_wrapped", "async_wrapper", "_inner"))
OWN = re.compile(r"(self|cls|super\(\))\.\w+$")
STARTING = re.compile(r"_*(async_|do_|on_)?(start|run|set_?up|init|aenter|launch|begin|serve|main)")
LISTENING = (
    "on_",
    "add_",
    "register",
    "subscribe",
    "listen",
    "watch",
    "set_",
    "async_track",
    "async_listen",
    "connect",
)


@dataclass(frozen=True, slots=True)
class Root:
    """A function at which a task, a request or a callback begins.

    `many`: several at a time for sure; `callback`: called by whoever holds it; `task`: one background task;
    `public`: whoever has the object may call it; `serial`: called once or one at a time; `setup`: before anyone
    else has the object. `evidence` is a sentence, empty where there is none. `starts` is where a `task` is spawned.
    """

    function: Function
    multiplicity: Multiplicity
    evidence: str
    starts: tuple[Start, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """A place where a function is handed over to run on its own: as a task, or as a callback."""

    spawner: Function
    site: CallSite
    is_task: bool
    many: bool


@dataclass(slots=True)
class Tasks:
    """Answers about tasks, remembered."""

    resolver: Resolver
    calls: CallGraph
    _roots: dict[tuple[Function, Class | None], tuple[Root, ...]] = field(default_factory=dict)
    _index: dict[str, list[Start]] | None = None
    _starts: dict[Function, tuple[Start, ...]] = field(default_factory=dict)
    _callers: dict[Function, tuple[tuple[Function, CallSite], ...]] = field(default_factory=dict)

    def starts(self, function: Function) -> tuple[Start, ...]:
        """Return the places where a function is spawned or registered."""
        known = self._starts.get(function)
        if known is None:
            known = self._starts[function] = tuple(self._find_starts(function))
        return known

    def _find_starts(self, function: Function) -> Iterator[Start]:
        if self._index is None:
            self._index = self._index_starts()
        for start in self._index.get(function.short, ()):
            if is_aside(start.spawner.path) and not is_aside(function.path):
                continue
            names = [name for name in start.site.arguments if name.rsplit(".", 1)[-1] == function.short]
            if any(self._means(start.spawner, name, function) for name in names):
                yield start

    def _means(self, spawner: Function, name: str, function: Function) -> bool:
        targets = self.resolver.targets(spawner, name)
        if targets:
            return function in targets
        return spawner.path == function.path and "." in name and not name.startswith(("self.", "cls."))

    def _index_starts(self) -> dict[str, list[Start]]:
        models = self.resolver.program.models
        found: dict[str, list[Start]] = defaultdict(list)
        for spawner in self.resolver.program.functions():
            for site in spawner.facts.calls:
                if not site.arguments:
                    continue
                last = site.callee.rsplit(".", 1)[-1]
                is_task = models.has("spawns.methods", last) or models.has(
                    "spawns.functions", self.resolver.program.qualified(spawner.path, site.callee)
                )
                if not is_task and not models.has("spawns.callbacks", last) and not last.startswith(LISTENING):
                    continue
                several = is_task and (site.in_loop or last in ("gather", "as_completed", "wait"))
                for argument in site.arguments:
                    many = several and not _of_each(spawner, argument)
                    found[argument.rsplit(".", 1)[-1]].append(Start(spawner, site, is_task, many))
        return found

    def callers(self, function: Function) -> tuple[tuple[Function, CallSite], ...]:
        """Return the calls of a function in the caller's own task."""
        known = self._callers.get(function)
        if known is None:
            spawners = {start.spawner for start in self.starts(function)}
            known = self._callers[function] = tuple(
                (caller, site)
                for caller, site in self.calls.callers(function)
                if site.awaited or not function.facts.is_async or caller not in spawners
            )
        return known

    def called_elsewhere(self, function: Function) -> bool:
        """Tell whether a call of the function's name, which is not resolved, may mean it."""
        return self.resolver.program.class_of(function) is None or self.calls.unresolved(function)

    def roots(self, function: Function, owner: Class | None = None) -> tuple[Root, ...]:
        """Return where the tasks begin that run a function on an object of a class; its own class if none is given.

        What a sibling class does with its own objects is left out.
        """
        owner = owner or self.resolver.program.class_of(function)
        known = self._roots.get((function, owner))
        if known is None:
            self._roots[function, owner] = ()
            known = self._roots[function, owner] = self._find_roots(function, owner)
        return known

    def _find_roots(self, function: Function, owner: Class | None) -> tuple[Root, ...]:
        found: dict[Function, Root] = {}
        seen = {(function, owner)}
        pending = [(function, owner)]
        while pending:
            current, on = pending.pop()
            own = None if self._overridden(current, on) else self._own(current, on)
            if own is not None:
                found[current] = own
            calls = [
                (caller, site) for caller, site in self.callers(current) if self._same_object(caller, site.callee, on)
            ]
            for caller, site in calls[:MAX_CALLERS]:
                state = (caller, on if OWN.match(site.callee) else self.resolver.program.class_of(caller))
                if state not in seen:
                    seen.add(state)
                    pending.append(state)
            if own is None and not calls:
                found[current] = Root(current, "public" if self._is_entry(current) else "serial", "")
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

    def _same_object(self, other: Function, name: str, owner: Class | None) -> bool:
        """Tell whether `self.x` in another function can mean `x` of an object of a class: no sibling class."""
        if owner is None or not OWN.match(name):
            return True
        return self.resolver.program.class_of(other) in self.resolver.program.family(owner)

    def _is_entry(self, function: Function) -> bool:
        """Tell whether a function that nobody in sight calls may be called by others: not nested, or a decorator's."""
        return function.facts.parent is None or function.short in WRAPPERS

    def _own(self, function: Function, owner: Class | None) -> Root | None:
        """Return the root that a function is by itself, or None if only its callers run it."""
        short = function.short
        models = self.resolver.program.models
        if short in SETUP:
            return Root(function, "setup", "")
        starts = [
            start
            for start in self.starts(function)
            if any(
                self._same_object(start.spawner, name, owner)
                for name in start.site.arguments
                if name.rsplit(".", 1)[-1] == short
            )
        ]
        if starts:
            return self._started(function, starts)
        decorated = self._decorated(function)
        if decorated:
            return Root(
                function,
                "many",
                f"{function.name} is registered by @{decorated}: it runs once for each request or event",
            )
        if models.serial(short):
            return Root(function, "serial", "")
        if function.facts.parent is None and (not short.startswith("_") or short.startswith("__")):
            inside = self.calls.callers(function) and not self.calls.exported(function)
            return None if inside else Root(function, "public", "")
        return None

    def _started(self, function: Function, starts: list[Start]) -> Root:
        many = next((start for start in starts if start.many), None)
        if many is not None:
            how = "in a loop" if many.site.in_loop else f"by {many.site.callee}"
            return Root(function, "many", f"{function.name} is spawned {how} at {many.spawner.path}:{many.site.line}")
        start = next((start for start in starts if not start.is_task), starts[0])
        where = f"{start.spawner.path}:{start.site.line}"
        if not start.is_task:
            return Root(function, "callback", f"{function.name} is a callback registered at {where}")
        evidence = f"{function.name} runs as a task of its own, started at {where}"
        return Root(function, "task", evidence, tuple(starts))

    def precedes(self, other: Function, line: int, way: Root, task: Root, owner: Class | None) -> bool:
        """Tell whether what a function does, on its way from a root, is over before a task begins.

        That is so if only what starts the task leads to it, before it starts the task. `line` is that in `other`.
        """
        spawners = {start.spawner: start.site.line for start in task.starts}
        if task.multiplicity != "task" or not all(self._is_start(spawner) for spawner in spawners):
            return False
        if other in spawners:
            # A new task takes its first step when its maker gives way.
            return not other.facts.is_async or line < spawners[other]
        if self._is_start(other) and self._leads_to(other, line, spawners.keys()):
            return True
        return self._only_through(spawners, other, way, owner)

    def _only_through(self, spawners: Mapping[Function, int], other: Function, way: Root, owner: Class | None) -> bool:
        """Tell whether a function is reached from a root only by way of spawners, before they spawn."""
        seen, pending = {other}, [other]
        while pending:
            current = pending.pop()
            if current is way.function:
                return False
            for caller, site in self.callers(current):
                if not self._same_object(caller, site.callee, owner):
                    continue
                if caller in spawners:
                    if caller.facts.is_async and site.line > spawners[caller]:
                        return False
                elif caller not in seen:
                    seen.add(caller)
                    pending.append(caller)
        return True

    def _leads_to(self, function: Function, line: int, wanted: Collection[Function], depth: int = 2) -> bool:
        """Tell whether a function calls one of others after a line, itself or by what it calls there."""
        for site in function.facts.calls:
            if site.line > line:
                for target in self.resolver.targets(function, site.callee):
                    if target in wanted or (depth > 1 and self._leads_to(target, 0, wanted, depth - 1)):
                        return True
        return False

    def _is_start(self, function: Function, depth: int = 3) -> bool:
        """Tell by its name, or the names of all who call it, that a function runs when its object begins to work."""
        if STARTING.match(function.short):
            return True
        callers = {caller for caller, _ in self.callers(function)} - {function}
        return bool(callers) and depth > 0 and all(self._is_start(caller, depth - 1) for caller in callers)

    def _decorated(self, function: Function) -> str:
        models = self.resolver.program.models
        for name in function.facts.decorators:
            last = name.split("(", 1)[0].rsplit(".", 1)[-1]
            if models.has("overlap.decorators", last) and ("." in name or last not in ("on", "get", "task", "field")):
                return name.split("(", 1)[0]
        return ""

    def setup_only(self, function: Function) -> bool:
        """Tell whether a function runs only while its object is being made."""
        roots = self.roots(function)
        return bool(roots) and all(root.multiplicity == "setup" for root in roots)


def _of_each(spawner: Function, argument: str) -> bool:
    """Tell whether a method is spawned of each of several objects: `one.run` in a loop over them."""
    receiver, _, _ = argument.rpartition(".")
    return "[]" in receiver or receiver in spawner.facts.looped
