"""Where functions are handed over to run on their own: spawned as tasks, or registered as callbacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from asynclint.link.program import Function, speaks_of
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


@dataclass(frozen=True, slots=True)
class Start:
    """A place where a function is handed over to run on its own: as a task, or as a callback."""

    spawner: Function
    site: CallSite
    is_task: bool
    many: bool


@dataclass
class Starts:
    """Answers about where a function is handed over, remembered."""

    resolver: Resolver
    _known: dict[Function, tuple[Start, ...]] = field(default_factory=dict)

    def of(self, function: Function) -> tuple[Start, ...]:
        """Return the places where a function is spawned or registered."""
        known = self._known.get(function)
        if known is None:
            known = self._known[function] = tuple(self._find_starts(function))
        return known

    def _find_starts(self, function: Function) -> Iterator[Start]:
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
        return spawner is not function  # it does the same to many others, whose class is not known

    @cached_property
    def _index(self) -> dict[str, list[Start]]:
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
                together = last in ("gather", "as_completed", "wait")
                for argument in site.arguments:
                    several = site.in_loop or (together and not _is_single(spawner, site, argument))
                    many = is_task and several and not _of_each(spawner, argument)
                    found[argument.rsplit(".", 1)[-1]].append(Start(spawner, site, is_task, many))
        return found


def _is_single(spawner: Function, site: CallSite, argument: str) -> bool:
    """Tell whether `gather` and the like run one call of a method: `gather(self.a(), self.b())`."""
    calls = [one for one in spawner.facts.calls if one.callee == argument and not one.awaited]
    return len(calls) == 1 and not calls[0].in_loop and calls[0].line >= site.line


def _of_each(spawner: Function, argument: str) -> bool:
    """Tell whether a method is spawned of each of several objects: `one.run` in a loop over them."""
    receiver, _, _ = argument.rpartition(".")
    return "[]" in receiver or receiver in spawner.facts.looped
