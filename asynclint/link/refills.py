"""Refills: whether a function stores into state only where it has found nothing there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from asynclint.flow.cursor import Cursor
from asynclint.flow.staleness import solved
from asynclint.flow.writes import Written, empty
from asynclint.ir import ops
from asynclint.link.assemble import Assembler
from asynclint.link.effects import Effects
from asynclint.link.locks import Locks
from asynclint.link.program import Function
from asynclint.link.tasks import Tasks
from asynclint.lower import Lowered
from asynclint.survey.facts import Write

Store = tuple[Function, int, int]
"""A store by its function, line and column."""


@dataclass(slots=True)
class Refills:
    """Answers about stores, remembered by function."""

    tasks: Tasks
    locks: Locks
    effects: Effects
    lowered: Callable[[Function], Lowered]
    _known: dict[Function, frozenset[Store]] = field(default_factory=dict)

    def only(self, function: Function, write: Write) -> bool:
        """Tell whether a store is made only where the state was found empty: it replaces nobody's object.

        A helper that does not look itself is asked for through its callers.
        """
        if write.how not in ("store", "item"):
            return False
        store = (function, write.line, write.column)
        if store in self._stores(function):
            return True
        callers = dict.fromkeys(caller for caller, _ in self.tasks.callers(function))
        if not callers or any(root.function is function for root in self.tasks.roots(function)):
            return False
        return all(store in self._stores(caller) for caller in callers)

    def _stores(self, function: Function) -> frozenset[Store]:
        known = self._known.get(function)
        if known is None:
            known = self._known[function] = self._find(function)
        return known

    def _find(self, function: Function) -> frozenset[Store]:
        """Return the stores, also those of helpers, that a check for emptiness settles."""
        assembled = Assembler(self.locks, self.effects, self.lowered).assemble(function)
        found: set[Store] = set()
        for _, _, moments in solved(assembled.graph, assembled.entry, assembled.interest).blocks():
            for op, before, wrote in moments:
                if isinstance(op, ops.StoreAttr | ops.StoreItem) and wrote is not None and _settled(before, wrote):
                    span = assembled.span(op.at)
                    found.add((assembled.frames[assembled.frame(op.at)].function, span.line, span.column))
        return frozenset(found)


def _settled(cursor: Cursor, wrote: Written) -> bool:
    return any(
        guard.reading.path == wrote.path
        and guard.reading.certain
        and empty(guard)
        and cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)
        for guard in cursor.guards
    )
