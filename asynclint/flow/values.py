"""The staleness domain: what each variable holds, what it was read from, and what it slept through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from asynclint.ir.ops import Var
from asynclint.ir.places import Path

NO_SPANS: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """State that was read: which path, at which op, the first suspension since, and the locks held ever since.

    `spans` are the acquisitions (by op) that cover everything from the read to here. `weak` readings passed through
    the result of an awaited call, which need not depend on its arguments. `rewritten`: this task itself has written
    the path since, 1: before it gave way, 2: after. Not `certain`: on some of the ways here only is the value made of
    it.
    """

    path: Path
    at: int
    slept: int | None = None
    spans: frozenset[int] = NO_SPANS
    weak: bool = False
    rewritten: int = 0
    certain: bool = True

    def __hash__(self) -> int:
        # Readings are hashed far more often than told apart; an op seldom reads two paths.
        return self.at if self.slept is None else self.at ^ self.slept << 16

    @property
    def identity(self) -> tuple[Path, int, bool, int, bool]:
        """What two readings must share to be merged."""
        return (self.path, self.at, self.weak, self.rewritten, self.slept is None)


@dataclass(frozen=True, slots=True)
class Guard:
    """A branch that was decided by state: `test` is its block, `edge` the way that was taken.

    `form` says how the state was tested (`is None`, `in`, `==`, `len`, empty for its truth).
    """

    test: int
    edge: bool
    form: str
    reading: Reading

    def __hash__(self) -> int:
        return hash(self.reading) ^ (self.test << 1 | self.edge) << 8


@dataclass(frozen=True, slots=True)
class Hold:
    """Mutual exclusion in force: a lock, or a busy flag that this task has set after finding it clear.

    `flag` is the path of such a flag.
    """

    acquired: int
    lock: str
    flag: Path | None = None

    @property
    def of_callers(self) -> bool:
        """Tell whether it is a lock, known by name, that all callers of the function hold."""
        return self.acquired < 0 and self.lock != ""


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable holds: the place that it denotes, the container that it iterates over live, and its readings.

    `source` is the path that exactly this value was loaded from, even if another object stands there now.
    """

    place: Path | None = None
    live: Path | None = None
    source: Path | None = None
    readings: frozenset[Reading] = frozenset()
    form: str = ""
    constant: str = ""
    fresh: bool = False

    def weakened(self) -> Value:
        """Return the value as the outcome of an awaited call that was given it."""
        return Value(readings=frozenset(replace(r, weak=True) for r in self.readings))


UNKNOWN = Value()


# What `dataclasses.replace` does, at a fifth of its cost.


def slept(one: Reading, at: int | None) -> Reading:
    """Return a reading with the suspension that it slept through, or with none."""
    return Reading(one.path, one.at, at, one.spans, one.weak, one.rewritten, one.certain)


def spanned(one: Reading, spans: frozenset[int]) -> Reading:
    """Return a reading with other exclusions over it."""
    return Reading(one.path, one.at, one.slept, spans, one.weak, one.rewritten, one.certain)


def doubted(one: Reading) -> Reading:
    """Return a reading as one that was made on some ways only."""
    return Reading(one.path, one.at, one.slept, one.spans, one.weak, one.rewritten, False)


def with_readings(value: Value, readings: frozenset[Reading]) -> Value:
    """Return a value with other readings."""
    return Value(value.place, value.live, value.source, readings, value.form, value.constant, value.fresh)


def about(guard: Guard, reading: Reading) -> Guard:
    """Return a guard with another reading."""
    return Guard(guard.test, guard.edge, guard.form, reading)


@dataclass(frozen=True, slots=True)
class State:
    """What holds at a point: the variables that matter, the checks that were made, the exclusion in force.

    `env` is never changed once the state exists.
    """

    env: dict[Var, Value] = field(default_factory=dict)
    guards: frozenset[Guard] = frozenset()
    held: frozenset[Hold] = frozenset()


def merge_readings(readings: Iterable[Reading]) -> frozenset[Reading]:
    """Merge readings of one read: the earliest suspension, and only the locks that hold on every way."""
    merged: dict[tuple[Path, int, bool, int, bool], Reading] = {}
    for reading in readings:
        known = merged.get(reading.identity)
        merged[reading.identity] = reading if known is None else _meet(known, reading)
    return frozenset(merged.values())


def _meet(left: Reading, right: Reading) -> Reading:
    if left == right:
        return left
    slept = None if left.slept is None or right.slept is None else min(left.slept, right.slept)
    weak, rewritten = left.weak and right.weak, max(left.rewritten, right.rewritten)
    return Reading(left.path, left.at, slept, left.spans & right.spans, weak, rewritten, left.certain and right.certain)


def merge_guards(guards: Iterable[Guard]) -> frozenset[Guard]:
    """Merge guards of one test like their readings."""
    merged: dict[tuple[int, bool, Path, int, bool], Guard] = {}
    for guard in set(guards):
        reading = guard.reading
        identity = (guard.test, guard.edge, reading.path, reading.at, reading.slept is None)
        known = merged.get(identity)
        if known is not None:
            guard = Guard(guard.test, guard.edge, min(known.form, guard.form), _meet(known.reading, reading))
        merged[identity] = guard
    return frozenset(merged.values())


def join_values(left: Value, right: Value) -> Value:
    """Return what is known of a variable that holds one value or the other; `left` itself if that is all."""
    if left is right or left == right:
        return left
    readings = left.readings
    if right.readings != readings:
        readings = merge_readings((*_doubted(readings, right.readings), *_doubted(right.readings, readings)))
    joined = Value(
        place=left.place if left.place == right.place else None,
        live=left.live if left.live == right.live else None,
        source=left.source if left.source == right.source else None,
        readings=readings,
        form=left.form if left.form == right.form else "",
        constant=left.constant if left.constant == right.constant else "",
        fresh=left.fresh and right.fresh,
    )
    return left if joined == left else joined


def _doubted(readings: frozenset[Reading], others: frozenset[Reading]) -> Iterator[Reading]:
    """Yield readings, those that are made on this way alone as uncertain."""
    reads = {(reading.path, reading.at) for reading in others}
    for reading in readings:
        alone = reading.certain and (reading.path, reading.at) not in reads
        yield doubted(reading) if alone else reading


def join_states(left: State, right: State) -> State:
    """May for values and guards, must for what is held; `left` itself if it holds all of the right one."""
    env = _join_variables(left.env, right.env)
    guards, held = left.guards, left.held & right.held
    if not right.guards <= guards:
        guards = merge_guards((*guards, *right.guards))
        if guards == left.guards:
            guards = left.guards
    if env is left.env and guards is left.guards and held == left.held:
        return left
    return State(env, guards, held)


def _join_variables(left: dict[Var, Value], right: dict[Var, Value]) -> dict[Var, Value]:
    """Join variable by variable; the left ones are copied only if one changes."""
    if left is right:
        return left
    changed: dict[Var, Value] = {}
    for var, value in right.items():
        known = left.get(var, UNKNOWN)
        if known is not value and (joined := join_values(known, value)) is not known:
            changed[var] = joined
    for var in left.keys() - right.keys():
        if (joined := join_values(left[var], UNKNOWN)) is not left[var]:
            changed[var] = joined
    return left | changed if changed else left
