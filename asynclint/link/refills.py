"""Refills: whether a function stores into state only where it has found nothing there, or without a look at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from asynclint.flow.cursor import Cursor
from asynclint.flow.staleness import solved
from asynclint.flow.writes import Written, empty
from asynclint.ir import ops
from asynclint.ir.places import Path
from asynclint.link.assemble import Assembler
from asynclint.link.effects import Effects
from asynclint.link.locks import Locks
from asynclint.link.program import Function
from asynclint.link.tasks import Tasks
from asynclint.lower import Lowered
from asynclint.survey.facts import Write

Store = tuple[Function, int, int]
"""A store by its function, line and column."""
FAR = 3
"""Calls between a store and what may have looked before it."""


class Stores(NamedTuple):
    """The stores that a function makes, also by helpers: those that a check for emptiness settles, and those that hang
    on any check of what they overwrite.
    """

    settled: frozenset[Store]
    asked: frozenset[Store]


@dataclass(slots=True)
class Refills:
    """Answers about stores, remembered by function."""

    tasks: Tasks
    locks: Locks
    effects: Effects
    lowered: Callable[[Function], Lowered]
    _known: dict[Function, Stores] = field(default_factory=dict)

    def only(self, function: Function, write: Write) -> bool:
        """Tell whether a store is made only where the state was found empty: it replaces nobody's object.

        A helper that does not look itself is asked for through its callers.
        """
        if write.how not in ("store", "item"):
            return False
        store = (function, write.line, write.column)
        if store in self._stores(function).settled:
            return True
        callers = dict.fromkeys(caller for caller, _ in self.tasks.callers(function))
        if not callers or any(root.function is function for root in self.tasks.roots(function)):
            return False
        return all(store in self._stores(caller).settled for caller in callers)

    def regardless(self, store: Store, function: Function, write: Write | None) -> bool:
        """Tell whether a store is also a function's write, and made on some way without a look at what stands there."""
        if write is None or write.how not in ("store", "item") or store != (function, write.line, write.column):
            return False
        return self._unasked(function, store, FAR)

    def _unasked(self, function: Function, store: Store, far: int) -> bool:
        if store in self._stores(function).asked:
            return False
        callers = dict.fromkeys(caller for caller, _ in self.tasks.callers(function))
        if not callers or any(root.function is function for root in self.tasks.roots(function)):
            return True
        return far > 0 and any(self._unasked(caller, store, far - 1) for caller in callers)

    def _stores(self, function: Function) -> Stores:
        known = self._known.get(function)
        if known is None:
            known = self._known[function] = self._find(function)
        return known

    def _find(self, function: Function) -> Stores:
        assembled = Assembler(self.locks, self.effects, self.lowered).assemble(function)
        settled: set[Store] = set()
        asked: set[Store] = set()
        for _, _, moments in solved(assembled.graph, assembled.entry, assembled.interest).blocks():
            for op, before, wrote in moments:
                if isinstance(op, ops.StoreAttr | ops.StoreItem) and wrote is not None:
                    span = assembled.span(op.at)
                    store = (assembled.frames[assembled.frame(op.at)].function, span.line, span.column)
                    if _settled(before, wrote):
                        settled.add(store)
                    if _asked(before, wrote):
                        asked.add(store)
        return Stores(frozenset(settled), frozenset(asked))


def _settled(cursor: Cursor, wrote: Written) -> bool:
    return any(
        guard.reading.path == wrote.path
        and guard.reading.certain
        and empty(guard)
        and cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)
        for guard in cursor.guards
    )


def _asked(cursor: Cursor, wrote: Written) -> bool:
    """Tell whether a store hangs on a check of what it overwrites, of a part of that, or of what that is a part of."""
    return any(
        _is_about(guard.reading.path, wrote.path)
        and cursor.scope.deciding.depends(cursor.block, guard.test, guard.edge)
        for guard in cursor.guards
    )


def _is_about(one: Path, other: Path) -> bool:
    shorter = min(len(one.shape), len(other.shape))
    return (one.kind, one.root, one.shape[:shorter]) == (other.kind, other.root, other.shape[:shorter])
