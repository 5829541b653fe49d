"""Locks that are held and busy flags that are up while a function runs: whoever leads to it has taken or set them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from asynclint.flow.staleness import solved
from asynclint.flow.values import Hold
from asynclint.flow.verdicts import FALSE
from asynclint.ir import ops
from asynclint.link.assemble import Assembled, Assembler
from asynclint.link.callers import Callers
from asynclint.link.effects import Effects
from asynclint.link.locks import Locks
from asynclint.link.program import Class, Function
from asynclint.link.rewrite import EXCLUSIVE
from asynclint.link.roots import Root
from asynclint.link.tasks import MAX_CALLERS, OWN, Tasks
from asynclint.lower import Lowered

MAX_STEPS = 6
"""Calls between a root and a function beyond which nobody looks for flags."""
TELLING = (ops.Call, ops.Suspend, ops.LoadAttr)
"""Ops that stand where they run; a value that is returned is made where all ways meet."""
Flags = frozenset[str]
NONE: Flags = frozenset()


@dataclass(slots=True)
class Busy:
    """Answers about busy flags and locks, remembered by function."""

    tasks: Tasks
    locks: Locks
    effects: Effects
    callers: Callers
    lowered: Callable[[Function], Lowered]
    _known: dict[Function, Mapping[int, Flags]] = field(default_factory=dict)
    _ways: dict[tuple[Function, Function, Class | None], Flags] = field(default_factory=dict)

    def on_way(self, function: Function, root: Root, owner: Class | None) -> Flags:
        """Return what is held whenever a root leads to a function, each flag or lock by the class that has it."""
        key = (function, root.function, owner)
        known = self._ways.get(key)
        if known is None:
            known = self._ways[key] = self._on_way(*key, ()) or NONE
        return known

    def _on_way(
        self, function: Function, root: Function, owner: Class | None, seen: tuple[Function, ...]
    ) -> Flags | None:
        """Return what is held on every way; None if no way leads there."""
        if function is root:
            return NONE
        if len(seen) >= MAX_STEPS:
            return None
        found: list[Flags] = []
        for caller, site in self.tasks.callers(function)[:MAX_CALLERS]:
            if caller in seen or not self.tasks.same_object(caller, site.callee, owner):
                continue
            cls = owner if OWN.match(site.callee) else self.tasks.resolver.program.class_of(caller)
            above = self._on_way(caller, root, cls, (*seen, function))
            if above is not None:
                found.append(above | self.at(caller, site.line) | self.locked(caller, site.line))
        return frozenset.intersection(*found) if found else None

    def locked(self, function: Function, line: int) -> Flags:
        """Return the locks that a function holds at a line, as far as they have a name."""
        return self.callers.at(function, line) - {""}

    def at(self, function: Function, line: int) -> Flags:
        """Return the flags and locks that a function itself has set or taken whenever it is at a line."""
        known = self._known.get(function)
        if known is None:
            known = self._known[function] = self._find(function) if self._may_reserve(function) else {}
        return known.get(line, NONE)

    def _may_reserve(self, function: Function) -> bool:
        """Tell whether a function, or a helper that it calls, takes a lock or looks at a flag and sets it."""
        if any(self.locks.kind(function, item.text) in EXCLUSIVE for item in function.facts.withs):
            return True
        if any(site.callee.endswith(".acquire") for site in function.facts.calls):
            return True
        helpers = (
            self.tasks.resolver.target(function, site.callee) for site in function.facts.calls if not site.awaited
        )
        return any(
            write.how == "store" and write.place.kind == "self" and write.detail not in FALSE
            for one in (function, *helpers)
            if one is not None
            for write in one.facts.writes
            if write.place in one.facts.loads
        )

    def _find(self, function: Function) -> dict[int, Flags]:
        """Return the flags that are up, and the locks that are held, whenever the function is at a line, by line."""
        assembled = Assembler(self.locks, self.effects, self.lowered).assemble(function)
        held: dict[int, frozenset[Hold]] = {}
        for _, _, moments in solved(assembled.graph, assembled.entry, assembled.interest).blocks():
            for op, cursor, _ in moments:
                if isinstance(op, TELLING):
                    line = _line(assembled, op.at)
                    held[line] = held.get(line, cursor.held) & cursor.held
        return {line: self._flags(function, holds) for line, holds in held.items()}

    def _flags(self, function: Function, holds: frozenset[Hold]) -> Flags:
        names = {hold.lock for hold in holds if _is_of_object(hold)}
        return frozenset(self.callers.qualified(function, name) for name in names)


def _is_of_object(hold: Hold) -> bool:
    """Tell whether a flag or lock is an attribute of the object: of the locks in a container each is another one."""
    if hold.flag is not None:
        return hold.flag.kind == "self" and bool(hold.lock)
    return hold.lock.startswith("self.") and "[" not in hold.lock


def _line(assembled: Assembled, at: int) -> int:
    """Return the line of an op, or of the call that leads to it, in the root function."""
    return assembled.span(assembled.in_root(at)).line
