"""Which expressions are locks: by constructor, by annotation, and last by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from asynclint.link.models import LOCK_NAME, SEMAPHORE_NAME
from asynclint.link.program import Function
from asynclint.link.resolve import Resolver
from asynclint.survey.facts import AttributeFacts

LockKind = Literal["mutex", "condition", "semaphore", "thread", "none"]
MANAGERS = ("asynccontextmanager", "contextlib.asynccontextmanager", "contextmanager", "contextlib.contextmanager")


@dataclass(frozen=True, slots=True)
class Locks:
    """Answers about locks of one program."""

    resolver: Resolver

    def kind(self, function: Function, text: str, within: frozenset[Function] = frozenset()) -> LockKind:
        """Return what a dotted expression (`self._lock`, `self._locks[]`, `LOCK`, `self._guard()`) is as a lock.

        `within` are the context managers whose own locks are being asked for: one may use itself.
        """
        name = text.removesuffix("()")
        if text != name:
            return self._called(function, name, within)
        facts = self.resolver.declared(function, name.replace("[]", ""))
        if facts is not None:
            known = self._declared(function.path, facts)
            if known is not None:
                return known
        return _by_name(name.replace("[]", ""))

    def _declared(self, path: str, facts: AttributeFacts) -> LockKind | None:
        kinds: set[str] = set()
        for constructor in facts.constructors:
            known = self.constructed(path, constructor)
            if known is not None:
                kinds.add(known)
        if not kinds and facts.annotation:
            words = frozenset(re.split(r"[|\[\].\s]+", facts.annotation))
            for known_name, kind in self.resolver.program.models.locks.items():
                if known_name.rsplit(".", 1)[-1] in words:
                    kinds.add(kind)
        if "mutex" in kinds:
            return "mutex"
        return _as_kind(min(kinds)) if kinds else None

    def constructed(self, path: str, constructor: str) -> LockKind | None:
        """Return the kind of lock that a constructor makes; a semaphore of one is a mutex."""
        callee, _, arguments = constructor.partition("(")
        kind = self.resolver.program.models.locks.get(self.resolver.program.qualified(path, callee))
        if kind == "semaphore" and arguments == "1)":
            return "mutex"
        return _as_kind(kind) if kind else None

    def _called(self, function: Function, callee: str, within: frozenset[Function]) -> LockKind:
        """A call that makes a lock guards nothing; one that hands out or takes a lock guards like it."""
        if self.constructed(function.path, callee) is not None:
            return "none"
        target = self.resolver.target(function, callee)
        if target is not None and target not in within and any(name in MANAGERS for name in target.facts.decorators):
            for item in target.facts.withs:
                if self.kind(target, item.text, within | {target}) in ("mutex", "condition"):
                    return "mutex"
        return _by_name(callee)


def _by_name(dotted: str) -> LockKind:
    """Judge by the last part of a name, where nothing else is known."""
    last = dotted.rsplit(".", 1)[-1]
    if SEMAPHORE_NAME.search(last):
        return "semaphore"
    return "mutex" if LOCK_NAME.search(last) else "none"


def _as_kind(kind: str) -> LockKind:
    match kind:
        case "mutex" | "condition" | "semaphore" | "thread":
            return kind
        case _:
            return "none"
