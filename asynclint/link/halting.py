"""Halting: who says by a flag that an object is in use no more, and ends what it has at that moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from asynclint.flow.verdicts import FALSE
from asynclint.link.effects import Effects
from asynclint.link.program import Class, Function
from asynclint.link.rivals import Rivals
from asynclint.link.touches import TAKING
from asynclint.survey.facts import Write

DEPTH = 3
EMPTY = FALSE | {"{}", "[]", "set()", "()"}
ENDS = re.compile(r"(a|async_)?(cancel|close|stop|terminate|kill|shutdown|disconnect|abort)")
"""Methods with which an object is ended."""


@dataclass(frozen=True, slots=True)
class Halt:
    """A flag that a function sets, and the attributes whose objects it ends or lets go."""

    function: Function
    flag: Write
    ended: frozenset[str]

    @property
    def name(self) -> str:
        """The attribute that is the flag."""
        return self.flag.place.steps[0]


@dataclass(frozen=True, slots=True)
class Halting:
    """Answers about classes, remembered."""

    rivals: Rivals
    effects: Effects
    _known: dict[Class, tuple[Halt, ...]] = field(default_factory=dict)

    def of(self, function: Function) -> tuple[Halt, ...]:
        """Return who halts the object that a function runs on."""
        cls = self.effects.resolver.program.class_of(function)
        if cls is None:
            return ()
        known = self._known.get(cls)
        if known is None:
            known = self._known[cls] = tuple(self._find(cls))
        return known

    def may_come_late(self, function: Function) -> bool:
        """Tell whether a function may look at a flag, and put something where who sets the flag ends what is there."""
        halts = self.of(function)
        if not halts:
            return False
        touched = self.effects.all(function)
        return any(
            halt.function is not function
            and f"self:{halt.name}" in touched.reads
            and any(f"self:{name}" in touched.writes for name in halt.ended)
            for halt in halts
        )

    def _find(self, cls: Class) -> Iterator[Halt]:
        for function in self.effects.resolver.program.members(cls):
            flags = [write for write in function.facts.writes if _is_flag(write)]
            if not flags or self.rivals.tasks.setup_only(function):
                continue
            ended = frozenset(self._ended(function))
            for flag in flags:
                others = ended - {flag.place.steps[0]}
                if others:
                    yield Halt(function, flag, others)

    def _ended(self, function: Function) -> Iterator[str]:
        """Yield the attributes that a function and what it runs empty, or of which they end the object."""
        seen, layer = {function}, [function]
        for _ in range(DEPTH):
            for one in layer:
                yield from (write.place.steps[0] for write in one.facts.writes if _empties(write))
                yield from (name for name, _ in closed(one))
            layer = [callee for one in layer for callee in self.effects.callees(one) if callee not in seen]
            seen.update(layer)


def _is_flag(write: Write) -> bool:
    place = write.place
    return place.kind == "self" and len(place.steps) == 1 and write.how == "store" and write.detail in ("True", "False")


def _empties(write: Write) -> bool:
    """Tell whether a write leaves nothing of what an attribute of the object holds, or less."""
    steps = write.place.steps
    if write.place.kind != "self" or not steps or steps[1:] not in ((), ("[]",)):
        return False
    if write.how == "store":
        return write.detail in EMPTY and write.detail != "False"
    return write.how in ("delete", "delete item") or (write.how == "mutate" and write.detail in TAKING)


def closed(function: Function) -> Iterator[tuple[str, int]]:
    """Yield the attributes of which a function ends the object, which it may have moved to a local first, and where."""
    made = dict(function.facts.made)
    for site in function.facts.calls:
        owner, _, method = site.callee.rpartition(".")
        if ENDS.fullmatch(method):
            first, dot, rest = owner.partition(".")
            spelled = (made.get(first, "=" + first).removeprefix("=") + dot + rest).replace("[]", "")
            if spelled.startswith("self.") and spelled.count(".") == 1:
                yield spelled.removeprefix("self."), site.line
