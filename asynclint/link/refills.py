"""Refills: whether a function stores only where it has found nothing, or without a look; and where it stores."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from asynclint.flow.cursor import Cursor
from asynclint.flow.staleness import solved
from asynclint.flow.verdicts import empty
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.places import Key, Path, Step
from asynclint.link.assemble import Assembler
from asynclint.link.effects import Effects
from asynclint.link.keys import at_one_key
from asynclint.link.locks import Locks
from asynclint.link.program import Function
from asynclint.link.tasks import Tasks
from asynclint.lower import Lowered
from asynclint.survey.facts import Write

Store = tuple[Function, int, int]
"""A store by its function, line and column."""
LITERAL = re.compile(r"-?\d+|'[^']*'|\"[^\"]*\"")
NAME = re.compile(r"(?:[\w.]*\.)?(_*[A-Z][A-Z0-9_]+)")
"""The texts of keys that are literals, or constants by their spelling. Constants of two names are two keys."""
FAR = 3
"""Calls between a store and what may have looked before it."""


class Stores(NamedTuple):
    """The stores that a function makes, also by helpers: those that a check for emptiness settles, and those that hang
    on any check of what they overwrite. `places` are those of all that it writes, down to the keys. `begun` are the
    writes that are made only where the whole container was just found empty.
    """

    settled: frozenset[Store]
    asked: frozenset[Store]
    places: Mapping[Store, frozenset[Path]]
    begun: frozenset[Store]


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

    def begins(self, function: Function, write: Write) -> bool:
        """Tell whether a write puts something into a container only where there is nothing in it."""
        return (function, write.line, write.column) in self._stores(function).begun

    def regardless(self, store: Store, function: Function, write: Write | None) -> bool:
        """Tell whether a store is also a function's write, and made on some way without a look at what stands there."""
        if write is None or write.how not in ("store", "item") or store != (function, write.line, write.column):
            return False
        return self._unasked(function, store, FAR)

    def meeting(self, path: Path, writes: Iterable[tuple[Function, Write]]) -> Iterator[tuple[Function, Write]]:
        """Yield those of several writes that may be of a path also by their keys: `d["a"]` is not `d["b"]`."""
        at_key = at_one_key(path, writes, self.lowered)
        if not any(map(is_constant, path.steps)):
            yield from at_key
            return
        for function, write in at_key:
            found = self._stores(function).places.get((function, write.line, write.column), ())
            if not found or not all(_differs(path, one, write) for one in found):
                yield function, write

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
        begun: set[Store] = set()
        late: set[Store] = set()
        places: dict[Store, set[Path]] = defaultdict(set)
        for _, _, moments in solved(assembled.graph, assembled.entry, assembled.interest).blocks():
            for op, before, wrote in moments:
                if wrote is None:
                    continue
                span = assembled.span(op.at)
                store = (assembled.frames[assembled.frame(op.at)].function, span.line, span.column)
                places[store].add(wrote.path)
                (begun if _begins(before, wrote) else late).add(store)
                if isinstance(op, ops.StoreAttr | ops.StoreItem):
                    if _settled(before, wrote):
                        settled.add(store)
                    if _asked(before, wrote):
                        asked.add(store)
        found = {store: frozenset(several) for store, several in places.items()}
        return Stores(frozenset(settled), frozenset(asked), found, frozenset(begun - late))


def _differs(path: Path, other: Path, write: Write) -> bool:
    """Tell whether a write goes to another element than a path: both have a constant key at one step, not the same."""
    if other.shape[: len(write.place.steps)] != write.place.steps:
        return False  # known by another name
    pairs = zip(path.steps, other.steps, strict=False)
    return any(_are_two(one, two) for one, two in pairs)


def is_constant(step: Step) -> bool:
    """Tell whether a step is a key that is a literal, or by its spelling a constant of the module."""
    return isinstance(step, Key) and (LITERAL.fullmatch(step.text) or NAME.fullmatch(step.text)) is not None


def _are_two(one: Step, other: Step) -> bool:
    """Tell whether two keys are literals that differ, or constants with other names; a constant may be any literal."""
    if not isinstance(one, Key) or not isinstance(other, Key):
        return False
    if LITERAL.fullmatch(one.text) and LITERAL.fullmatch(other.text):
        return one.text != other.text
    names = NAME.fullmatch(one.text), NAME.fullmatch(other.text)
    return names[0] is not None and names[1] is not None and names[0].group(1) != names[1].group(1)


def _settled(cursor: Cursor, wrote: Written) -> bool:
    return any(
        guard.reading.path == wrote.path
        and guard.reading.certain
        and empty(guard)
        and cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)
        for guard in cursor.guards
    )


def _begins(cursor: Cursor, wrote: Written) -> bool:
    """Tell whether the container that a write changes was found empty in the same turn, on every way there."""
    return wrote.container is not None and any(
        guard.reading.path == wrote.container
        and guard.reading.slept is None
        and guard.reading.certain
        and guard.form in ("", "not")
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
