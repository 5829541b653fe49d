"""Where functions are handed over to run on their own: spawned as tasks, or registered as callbacks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from asynclint.link.bridges import is_bridge
from asynclint.link.joining import is_begin, is_joined, is_over_in_turn
from asynclint.link.life import calls_again
from asynclint.link.program import Class, Function, is_aside, speaks_of
from asynclint.link.resolve import Resolver
from asynclint.survey.facts import CallSite

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

ENDING = re.compile(
    r".*(shutdown|teardown|atexit|cleanup)(_\w+)?|(add_|register_|on_)exit(_\w+)?|"
    r"(add_|register_)(\w+_)?(stop|close|exit)_hook"
)
"""Names of what takes a callback for the end of a life, when the work is over."""
SPAWNING = re.compile(r"_?(create|spawn|launch|schedule|add)_(\w+_)?task")
"""Names of what starts a task with a coroutine, in libraries and programs that have their own for it."""


@dataclass(frozen=True, slots=True)
class Start:
    """A place where a function is handed over to run on its own: as a task, or as a callback.

    `joined`: the spawner does nothing until all that it starts there is over, so that it is a part of its own run.
    """

    spawner: Function
    site: CallSite
    is_task: bool
    many: bool
    joined: bool = False

    def calls(self, function: Function) -> Iterator[tuple[Function, CallSite]]:
        """Yield what is handed over as if the spawner called the function there."""
        for name in self.site.arguments:
            if name.rsplit(".", 1)[-1] == function.short:
                yield self.spawner, self.site._replace(callee=name, awaited=True)

    def is_each(self, function: Function, param: str) -> bool:
        """Tell whether a loop hands another object as a parameter to each run: what it goes over, by place or name."""
        names = [name for name, _ in function.facts.params]
        names = names[1:] if function.facts.kind in ("method", "classmethod") else names
        called, handed = self._passed(function.short)
        passed = called or handed
        at = names.index(param) if param in names and len(passed) == len(names) else None
        given = {passed[at]} if at is not None else {param}.intersection(passed)
        return bool(given & self.spawner.facts.looped)

    def _passed(self, short: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names that a call of the function is given, and those that are handed over beside it."""
        calls = (one for one in self.spawner.facts.calls if one.line >= self.site.line and not one.awaited)
        called = next((one.arguments for one in calls if one.callee.rsplit(".", 1)[-1] == short), ())
        return called, tuple(name for name in self.site.arguments if name.rsplit(".", 1)[-1] != short)


@dataclass
class Starts:
    """Answers about where a function is handed over, remembered."""

    resolver: Resolver
    _known: dict[Function, tuple[Start, ...]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Build what is looked up over the whole program."""
        for index in (self._index, self._given, self._owners):
            len(index)

    def of(self, function: Function) -> tuple[Start, ...]:
        """Return the places where a function is spawned or registered."""
        known = self._known.get(function)
        if known is None:
            known = self._known[function] = tuple(self._find_starts(function))
        return known

    def _find_starts(self, function: Function) -> Iterator[Start]:
        if _is_read(function):
            return
        for start in self._index.get(function.short, ()):
            if not speaks_of(start.spawner.path, function.path):
                continue
            names = [name for name in start.site.arguments if name.rsplit(".", 1)[-1] == function.short]
            if any(self._means(start.spawner, name, function) for name in names):
                yield start

    def _means(self, spawner: Function, name: str, function: Function) -> bool:
        targets = self.resolver.targets(spawner, name)
        if targets:
            return function in targets
        if spawner.path != function.path or "." not in name or name.startswith(("self.", "cls.")):
            return False
        if spawner is function or function.facts.cls is None:
            return False  # it does the same to many others, whose class is not known
        return self._is_named_after(spawner, name, function) or not self._has_namesakes(function)

    def _is_named_after(self, spawner: Function, name: str, function: Function) -> bool:
        """Tell whether the receiver has the name of the class (`worker.run`), or a parameter is said to hold it."""
        cls = function.facts.cls or ""
        wanted = cls.rsplit(".", 1)[-1]
        if any(wanted in re.findall(r"\w+", annotation) for _, annotation in spawner.facts.params):
            return True
        receiver = name.split(".")[-2].removesuffix("[]").removesuffix("()").replace("_", "").lower()
        return receiver != "" and wanted.lower().endswith(receiver)

    def _has_namesakes(self, function: Function) -> bool:
        """Tell whether classes that have nothing to do with its own have a method by the name of one as well."""
        program = self.resolver.program
        cls = program.class_of(function)
        family = program.family(cls) if cls is not None else ()
        return any(one not in family for one in self._owners.get(function.short, ()))

    def repeats(self, start: Start) -> bool:
        """Tell whether a task is started each time that a callback is called, and nobody looks for the one before."""
        spawner, site = start.spawner, start.site
        if not start.is_task or start.joined:
            return False
        facts = spawner.facts
        plain = [write for write in facts.writes if write.how == "store" and "[]" not in write.place.steps]
        if any(write.line <= site.line <= write.end_line or write.place in facts.loads for write in plain):
            return False
        return self._is_called_again(spawner)

    def _is_called_again(self, function: Function) -> bool:
        """Tell whether something calls a function each time that it happens."""
        return any(
            self._means(giver, name, function) or (giver.path, giver.name) == (function.path, function.facts.parent)
            for giver, name in self._given.get(function.short, ())
        )

    @cached_property
    def _given(self) -> dict[str, list[tuple[Function, str]]]:
        """By their last name what is given to calls that take a callback for all that happens, and by whom."""
        found: dict[str, list[tuple[Function, str]]] = defaultdict(list)
        for giver in self.resolver.program.functions():
            for site in giver.facts.calls:
                if site.arguments and calls_again(site.callee):
                    for name in site.arguments:
                        found[name.rsplit(".", 1)[-1]].append((giver, name))
        return found

    @cached_property
    def _owners(self) -> dict[str, list[Class]]:
        """The classes of the program by the names of their methods."""
        found: dict[str, list[Class]] = defaultdict(list)
        for module in self.resolver.program.modules.values():
            if not is_aside(module.path):
                for cls in module.classes.values():
                    for name in cls.facts.methods:
                        found[name].append(cls)
        return found

    @cached_property
    def _index(self) -> dict[str, list[Start]]:
        models = self.resolver.program.models
        found: dict[str, list[Start]] = defaultdict(list)
        for spawner in self.resolver.program.functions():
            for site in spawner.facts.calls:
                if not site.arguments:
                    continue
                last = site.callee.rsplit(".", 1)[-1]
                is_task = self._spawns(spawner, site) or self._hands_on(spawner, site)
                served = models.has("spawns.served", last)
                if not (is_task or served or models.has("spawns.callbacks", last) or last.startswith(LISTENING)):
                    continue
                if is_task:
                    site = _spelled_out(spawner, site)
                together = last in ("gather", "as_completed", "wait")
                stays = is_task and self._stays(spawner, site)
                joined = is_task and not served and (stays or is_joined(spawner, site, last))
                in_turn = stays or is_over_in_turn(spawner, site)
                for argument in site.arguments:
                    several = (site.in_loop and not in_turn) or (together and not _is_single(spawner, site, argument))
                    many = (is_task and several and not self._of_each(spawner, site, argument)) or served
                    found[argument.rsplit(".", 1)[-1]].append(Start(spawner, site, is_task, many, joined))
        return found

    def _of_each(self, spawner: Function, site: CallSite, argument: str) -> bool:
        """Tell whether a method is spawned of each of several objects: of what a loop goes over, or makes anew."""
        receiver, facts = argument.rpartition(".")[0], spawner.facts
        if "[]" in receiver or receiver in facts.looped:
            return True
        made = dict(facts.made).get(receiver, "")
        if not made or self.resolver.program.find_class(spawner.path, made) is None:
            return False
        lines = [call.line for call in facts.calls if call.callee == made and call.in_loop and call.line <= site.line]
        if not facts.is_async:  # where its loops begin and end is not known
            return site.in_loop and bool(lines)
        return any(first <= line <= site.line <= last for first, last in facts.spans for line in lines)

    def starts_missing(self, function: Function) -> bool:
        """Tell whether a function starts a task where it has looked for it: it is called again and again."""
        facts = function.facts
        return any(
            write.line == site.line and write.place in facts.loads and self._spawns(function, site)
            for write in facts.writes
            if write.how == "store"
            for site in facts.calls
        )

    def _spawns(self, spawner: Function, site: CallSite) -> bool:
        """Tell whether a call is one that libraries start a task with."""
        models = self.resolver.program.models
        last = site.callee.rsplit(".", 1)[-1]
        if models.has("spawns.methods", last) or SPAWNING.fullmatch(last):
            return True
        return models.has("spawns.functions", self.resolver.program.qualified(spawner.path, site.callee))

    def _hands_on(self, spawner: Function, site: CallSite) -> bool:
        """Tell whether a call is of a function of the project that starts a task with what it is given."""
        if site.callee.rsplit(".", 1)[-1] not in self._wrapped:
            return False
        return any(target in self._wrappers for target in self.resolver.targets(spawner, site.callee))

    def _stays(self, spawner: Function, site: CallSite) -> bool:
        """Tell whether a call is awaited of a function that starts a task with what it is given and waits for that."""
        if not site.awaited or is_begin(spawner) or not self._hands_on(spawner, site):
            return False
        targets = [one for one in self.resolver.targets(spawner, site.callee) if one in self._wrappers]
        return all(self._waits(target) for target in targets)

    def _waits(self, wrapper: Function) -> bool:
        """Tell whether a function gives way where it has started a task with a parameter, or further on."""
        facts = wrapper.facts
        given = {name for name, _ in facts.params}
        started = min(
            (site.line for site in facts.calls if self._spawns(wrapper, site) and not given.isdisjoint(site.arguments)),
            default=facts.end_line,
        )
        pauses = (*facts.pauses, *(site.line for site in facts.calls if site.awaited))
        return any(line >= started for line in pauses)

    @cached_property
    def _wrappers(self) -> frozenset[Function]:
        """The functions of the project that start a task with a parameter of theirs."""
        return frozenset(
            function
            for function in self.resolver.program.functions()
            if function.facts.params
            and not is_bridge(function)
            and any(
                self._spawns(function, site) and "threadsafe" not in site.callee
                for site in function.facts.calls
                if not {name for name, _ in function.facts.params[:3]}.isdisjoint(site.arguments)
            )
        )

    @cached_property
    def _wrapped(self) -> frozenset[str]:
        return frozenset(function.short for function in self._wrappers)


def _is_read(function: Function) -> bool:
    """Tell whether a method is a property: what it gives is handed over, and not the method."""
    names = {name.rpartition(".")[2] for name in function.facts.decorators}
    return not function.facts.is_async and not names.isdisjoint(("property", "cached_property"))


def _is_single(spawner: Function, site: CallSite, argument: str) -> bool:
    """Tell whether `gather` and the like run one call of a method: `gather(self.a(), self.b())`."""
    calls = [one for one in spawner.facts.calls if one.callee == argument and not one.awaited]
    return len(calls) == 1 and not calls[0].in_loop and calls[0].line >= site.line


def _spelled_out(spawner: Function, site: CallSite) -> CallSite:
    """Return a call with the coroutines among its arguments that locals hold named by what makes them."""
    made = {name: callee for name, callee in spawner.facts.made if name in site.arguments}
    if not made:
        return site
    begun = {call.callee for call in spawner.facts.calls if not call.awaited}
    return site._replace(arguments=(*site.arguments, *(callee for callee in made.values() if callee in begun)))
