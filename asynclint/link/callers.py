"""Locks that every caller of a helper holds when it calls."""

from __future__ import annotations

from dataclasses import dataclass, field

from asynclint.flow.values import Hold
from asynclint.link.locks import Locks
from asynclint.link.program import Function
from asynclint.link.rewrite import EXCLUSIVE
from asynclint.link.tasks import Tasks
from asynclint.survey.facts import CallSite

LOCKED_NAMES = (
    "_locked",
    "_unlocked",
    "_while_locked",
    "_under_lock",
    "_with_lock",
    "_nolock",
    "_no_lock",
    "_lock_held",
)


@dataclass(slots=True)
class Callers:
    """Answers about what callers hold, remembered."""

    tasks: Tasks
    locks: Locks
    _known: dict[Function, frozenset[str]] = field(default_factory=dict)

    def held(self, function: Function) -> frozenset[Hold]:
        """Return the locks that are held whenever the function runs, as exclusions from before its first op."""
        return frozenset(Hold(-1 - number, lock) for number, lock in enumerate(sorted(self._names(function))))

    def _names(self, function: Function) -> frozenset[str]:
        known = self._known.get(function)
        if known is not None:
            return known
        self._known[function] = frozenset()
        self._known[function] = answer = self._find(function)
        return answer

    def _find(self, function: Function) -> frozenset[str]:
        if function.short.endswith(LOCKED_NAMES):
            return frozenset(("the caller's lock",))
        if function.short.startswith("__") or self.tasks.starts(function):
            return frozenset()
        if not function.short.startswith("_") and self.tasks.called_elsewhere(function):
            return frozenset()
        callers = [(caller, site) for caller, site in self.tasks.callers(function) if not self.tasks.setup_only(caller)]
        if not callers:
            return frozenset()
        held = [self._at(caller, site) for caller, site in callers]
        return frozenset.intersection(*held)

    def _at(self, caller: Function, site: CallSite) -> frozenset[str]:
        around = {
            item.text
            for item in caller.facts.withs
            if item.line <= site.line <= item.end_line and self.locks.kind(caller, item.text) in EXCLUSIVE
        }
        return frozenset(around) | self._names(caller)
