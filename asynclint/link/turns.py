"""Handlers that come one at a time: the object itself lets a message through only when it has the turn."""

from __future__ import annotations

from dataclasses import dataclass

from asynclint.link.locks import Locks
from asynclint.link.program import Class, Function
from asynclint.link.resolve import Resolver
from asynclint.survey.facts import CallSite

EXCLUSIVE = ("mutex", "condition")


@dataclass(frozen=True, slots=True)
class Turns:
    """Answers about the objects of one program."""

    resolver: Resolver

    def taken(self, cls: Class) -> bool:
        """Tell whether a method of a class, or of one of its bases, hands on to its own base while it holds a lock.

        What no class in sight has before is what a framework calls to deliver a message. A message for which the lock
        is not taken is one of which the author says that it gets in nobody's way.
        """
        program = self.resolver.program
        for one in program.ancestors(cls):
            known = {name for base in program.ancestors(one)[1:] for name in base.facts.methods}
            names = [name for name in one.facts.methods if name not in known and not name.startswith("__")]
            methods = (program.modules[one.path].functions.get(f"{one.name}.{name}") for name in names)
            if any(method is not None and method.facts.is_async and self._in_turn(method) for method in methods):
                return True
        return False

    def _in_turn(self, method: Function) -> bool:
        handed = [site for site in method.facts.calls if site.callee == f"super().{method.short}" and site.awaited]
        return any(self._is_held(method, site) for site in handed)

    def _is_held(self, method: Function, site: CallSite) -> bool:
        """Tell whether a lock is held at a call: in a block, or taken by hand before it and given back behind it."""
        locks, facts = Locks(self.resolver), method.facts
        if any(
            item.line <= site.line <= item.end_line and locks.kind(method, item.text) in EXCLUSIVE
            for item in facts.withs
        ):
            return True
        taken = {one.callee.rpartition(".")[0] for one in facts.calls if _is(one, "acquire") and one.line < site.line}
        given = {one.callee.rpartition(".")[0] for one in facts.calls if _is(one, "release") and one.line > site.line}
        return any(locks.kind(method, name) in EXCLUSIVE for name in sorted(taken & given))


def _is(site: CallSite, method: str) -> bool:
    return site.callee.endswith(f".{method}")
