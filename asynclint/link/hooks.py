"""What a framework calls on an object by itself: beside what else it calls, or one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from asynclint.link.models import Hooks
from asynclint.link.program import Class, Function, Program
from asynclint.link.roots import Root
from asynclint.survey.facts import Write

UNCALLED = frozenset(("property", "cached_property", "setter", "staticmethod", "classmethod"))
"""Decorators, by their last name, of what no framework calls as a method."""


@dataclass(frozen=True, slots=True)
class Hooked:
    """Answers about the classes of one program, remembered."""

    program: Program
    _kinds: dict[Class, tuple[Hooks, ...]] = field(default_factory=dict)
    _turns: dict[tuple[Class, str], bool] = field(default_factory=dict)

    def root(self, function: Function, owner: Class | None) -> Root | None:
        """Return the root that a method is to the framework that has an object of a class, None if it is no hook."""
        facts = function.facts
        cls = owner or self.program.class_of(function)
        if cls is None or facts.cls is None or facts.parent is not None or facts.kind != "method":
            return None
        if any(name.split("(", 1)[0].rsplit(".", 1)[-1] in UNCALLED for name in facts.decorators):
            return None
        found = (self._root(function, cls, hooks) for hooks in self._of(cls))
        return next((root for root in found if root is not None), None)

    def _root(self, function: Function, cls: Class, hooks: Hooks) -> Root | None:
        short = function.short
        if hooks.first.match(short):
            return Root(function, "early", "")
        if hooks.served.match(short):
            # What is done for two requests at once is mostly worked out twice, and no more.
            return Root(function, "callback", f"{function.name} answers each request to a {hooks.kind}")
        polled = hooks.polled.match(short)
        if not polled and not hooks.asked.match(short):
            return None
        if self._in_turn(cls, hooks) or (polled and not self._is_polled(cls, hooks)):
            return Root(function, "serial", "")
        if polled:
            return Root(function, "polled", f"{function.name} is polled by a task of its own, as of each {hooks.kind}")
        return Root(function, "asked", f"{function.name} runs for whoever wants it of a {hooks.kind}, beside others")

    def is_framework(self, caller: Function, hook: Function) -> bool:
        """Tell whether a method that calls a hook is the framework's own: its class has nothing by that name."""
        cls, own = self.program.class_of(caller), self.program.class_of(hook)
        if cls is None or own is None or not self._of(own) or cls not in self.program.ancestors(own):
            return False
        return self.program.method(cls, hook.short) is None

    def _of(self, cls: Class) -> tuple[Hooks, ...]:
        """Return the tables that speak of a class, by the names of those above it."""
        known = self._kinds.get(cls)
        if known is None:
            names = tuple(name for one in self.program.ancestors(cls) for name in self._names(one))
            known = tuple(hooks for hooks in self.program.models.hooks if any(map(hooks.classes.match, names)))
            self._kinds[cls] = known
        return known

    def _names(self, cls: Class) -> Iterator[str]:
        """Yield the qualified names of a class and of its bases, as far as its module says them."""
        yield f"{self.program.dotted[cls.path]}.{cls.name}"
        for base in cls.facts.bases:
            yield self.program.qualified(cls.path, base)

    def _in_turn(self, cls: Class, hooks: Hooks) -> bool:
        """Tell whether all modules that make objects of a class, or of one below, let one hook through at a time."""
        key = (cls, hooks.kind)
        if key not in self._turns:
            below = self.program.descendants(cls)
            leaves = [one for one in (*below, cls) if not self.program.descendants(one)]
            self._turns[key] = all(self._lets_one_through(one, hooks) for one in leaves)
        return self._turns[key]

    def _lets_one_through(self, cls: Class, hooks: Hooks) -> bool:
        """Tell whether the module of a class has a constant that says so, or it is polled in threads, which says it."""
        for name in sorted(hooks.turns):
            found = self.program.locate(cls.path, name)
            if found is not None:
                return found[0].constants.get(found[1]) == "1"
        methods = self._methods(cls, hooks.polled)
        return bool(methods) and not any(method.facts.is_async for method in methods)

    def _methods(self, cls: Class, names: re.Pattern[str]) -> list[Function]:
        """Return the methods that an object of a class has by some names."""
        known = {name for one in self.program.ancestors(cls) for name in one.facts.methods if names.match(name)}
        found = (self.program.method(cls, name) for name in sorted(known))
        return [method for method in found if method is not None]

    def _is_polled(self, cls: Class, hooks: Hooks) -> bool:
        """Tell whether nothing says of a class that its objects are not polled; what is nearest counts."""
        for one in self.program.ancestors(cls):
            constants = self.program.modules[one.path].constants
            told = next((f"{one.name}.{poll}" for poll in hooks.polls if f"{one.name}.{poll}" in constants), None)
            if told is not None:
                return constants[told] != "False"
            # The class that asks is the framework's own.
            if one.facts.bases and hooks.polls.intersection(one.facts.methods):
                return False
            if any(map(hooks.unpolled.match, self._names(one))):
                return False
            init = self.program.modules[one.path].functions.get(f"{one.name}.__init__")
            if init is not None and any(_denies(write, hooks) for write in init.facts.writes):
                return False
        return True


def _denies(write: Write, hooks: Hooks) -> bool:
    return write.detail == "False" and write.place.kind == "self" and write.place.steps[-1] in hooks.polls
