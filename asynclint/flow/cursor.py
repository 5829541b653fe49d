"""The state of the staleness analysis while ops are applied to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from asynclint.flow.control import Control
from asynclint.flow.values import (
    NO_SPANS,
    UNKNOWN,
    Guard,
    Hold,
    Pool,
    Reading,
    Value,
    about,
    merge_guards,
    merge_readings,
    slept,
    spanned,
    with_readings,
)
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import CLOSURE, MODULE, Path

ROOTS: dict[str, Value] = {
    MODULE: Value(place=Path("global", MODULE)),
    CLOSURE: Value(place=Path("closure", CLOSURE)),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What is worth following in a graph: `interest` names the attributes that somebody writes (None for all), `keys`
    are the variables that element keys are made of, `deciding` says which checks lead where. `containers` are the
    variables through which a container is changed."""

    interest: frozenset[str] | None
    keys: frozenset[ops.Var]
    deciding: Control
    containers: frozenset[ops.Var] = frozenset()
    pool: Pool = field(default_factory=Pool, repr=False, compare=False)


def scope_of(graph: Graph, interest: frozenset[str] | None, deciding: Control) -> Scope:
    """Return what is worth following in a graph."""
    keys: set[ops.Var] = set()
    changed: set[ops.Var | None] = set()
    for block in graph.blocks:
        for op in block.ops:
            match op:
                case ops.Mutate(call, _):
                    keys.update(*call.names)
                    changed.add(call.receiver)
                case ops.Call():
                    keys.update(*op.names)
                case ops.Iterate():
                    keys.add(op.into)
                case ops.StoreItem() | ops.DeleteItem():
                    keys.update(op.names)
                    changed.add(op.base)
                case ops.LoadItem() | ops.Compute():
                    keys.update(op.names)
    return Scope(interest, frozenset(keys), deciding, frozenset(var for var in changed if var is not None))


@dataclass(slots=True)
class Cursor:
    """A state while ops are applied to it; the only mutable thing of the flow stage."""

    env: dict[ops.Var, Value]
    guards: frozenset[Guard]
    held: frozenset[Hold]
    scope: Scope
    block: int

    def copy(self) -> Cursor:
        """Return the state as it is now, open for change while this one is kept."""
        return Cursor(self.env.copy(), self.guards, self.held, self.scope, self.block)

    def value(self, var: ops.Var) -> Value:
        """Return what a variable holds."""
        return self.env.get(var) or ROOTS.get(var, UNKNOWN)

    def readings(self, variables: Iterable[ops.Var]) -> frozenset[Reading]:
        """Return all that the variables were read from."""
        found: list[Reading] = []
        for var in variables:
            value = self.env.get(var)
            if value is not None:
                found.extend(value.readings)
        return merge_readings(found) if found else frozenset()

    def inspected(self, var: ops.Var, at: int) -> frozenset[Reading]:
        """Return what it depends on whether a variable is true, or how much is in it.

        A container that has a name is asked for what is in it now, whenever it was taken from its place.
        """
        value = self.value(var)
        if value.place is None or var not in self.scope.containers:
            return value.readings
        return frozenset(one for one in value.readings if one.path != value.place) | self.read(value.place, at)

    def bind(self, var: ops.Var, value: Value) -> None:
        """Assign a variable; what was known under a key that it makes up means another element from now on."""
        if var in self.scope.keys:
            self._rekey(var)
        if value is UNKNOWN or (not value.readings and value.place is None and value == UNKNOWN):
            self.env.pop(var, None)
        else:
            self.env[var] = value

    def read(self, path: Path, at: int) -> frozenset[Reading]:
        """Make the reading of a path at this point; none for a path that nobody here writes."""
        if self.scope.interest is not None and path.attribute not in self.scope.interest:
            return frozenset()
        spans = frozenset(h.acquired for h in self.held if h.lock or h.flag is None) if self.held else NO_SPANS
        return frozenset((self.scope.pool.reading(path, at, None, spans),))

    def sleep(self, at: int) -> None:
        """Mark every reading that lives across a suspension."""
        for var, value in self.env.items():
            if value.readings and _is_fresh(value):
                self.env[var] = with_readings(value, frozenset([_slept(r, at) for r in value.readings]))
        if self.guards:
            self.guards = frozenset(
                [about(g, slept(g.reading, at)) if g.reading.slept is None else g for g in self.guards]
            )

    def cover(self, acquired: int) -> None:
        """Let a flag that was just taken cover what was read since the last suspension: nobody ran in between."""
        for var, value in self.env.items():
            if value.readings and _is_fresh(value):
                self.env[var] = with_readings(value, frozenset([_covered(r, acquired) for r in value.readings]))
        self.guards = frozenset([about(g, _covered(g.reading, acquired)) for g in self.guards])

    def release(self, gone: frozenset[int]) -> None:
        """End exclusions: what was read under one is as good as read now, as nobody could write meanwhile."""
        self.held = frozenset(hold for hold in self.held if hold.acquired not in gone)
        for var, value in self.env.items():
            if value.readings and any(reading.spans & gone for reading in value.readings):
                renewed = merge_readings([_renewed(reading, gone) for reading in value.readings])
                self.env[var] = with_readings(value, renewed)
        self.guards = merge_guards([about(g, _renewed(g.reading, gone)) for g in self.guards])

    def renew(self, path: Path, places: frozenset[int]) -> None:
        """Let what was read at some places be as good as read now: the same has just been found there."""
        for var, value in self.env.items():
            if any(one.path == path and one.at in places for one in value.readings):
                again = (slept(r, None) if r.path == path and r.at in places else r for r in value.readings)
                self.env[var] = with_readings(value, merge_readings(again))
        again_checked = [one for one in self.guards if one.reading.path == path and one.reading.at in places]
        if again_checked:
            fresh = (about(guard, slept(guard.reading, None)) for guard in again_checked)
            self.guards = merge_guards((*self.guards.difference(again_checked), *fresh))

    def _rekey(self, var: ops.Var) -> None:
        for name, value in self.env.items():
            if value.place is not None and var in value.place.names:
                self.env[name] = value = value._replace(place=None, live=None)
            if value.readings and _is_under(value, var):
                kept = frozenset([r for r in value.readings if var not in r.path.names])
                self.env[name] = with_readings(value, kept)
        if self.guards and any(var in guard.reading.path.names for guard in self.guards):
            self.guards = frozenset([g for g in self.guards if var not in g.reading.path.names])


def _is_fresh(value: Value) -> bool:
    """Tell whether anything of a value was read since the last suspension."""
    for reading in value.readings:  # noqa: SIM110 -- it is asked of every variable, and a generator costs as much again
        if reading.slept is None:
            return True
    return False


def _is_under(value: Value, var: ops.Var) -> bool:
    """Tell whether anything of a value was read under a key that a variable makes up."""
    for reading in value.readings:  # noqa: SIM110 -- see above
        if var in reading.path.names:
            return True
    return False


def covered(guard: Guard, hold: Hold) -> Guard:
    """Return a check with what it read covered by an exclusion."""
    return about(guard, _covered(guard.reading, hold.acquired))


def _renewed(reading: Reading, gone: frozenset[int]) -> Reading:
    return slept(spanned(reading, reading.spans - gone), None) if reading.spans & gone else reading


def _covered(reading: Reading, acquired: int) -> Reading:
    return spanned(reading, reading.spans | {acquired}) if reading.slept is None else reading


def _slept(reading: Reading, at: int) -> Reading:
    return slept(reading, at) if reading.slept is None else reading
