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
    the path since. Not `certain`: only on some of the ways here is the value made of it.
    """

    path: Path
    at: int
    slept: int | None = None
    spans: frozenset[int] = NO_SPANS
    weak: bool = False
    rewritten: bool = False
    certain: bool = True

    def __hash__(self) -> int:
        return hash((self.path, self.at, self.slept))

    @property
    def identity(self) -> tuple[Path, int, bool, bool, bool]:
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
        return hash((self.test, self.edge, self.reading))


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
    merged: dict[tuple[Path, int, bool, bool, bool], Reading] = {}
    for reading in readings:
        known = merged.get(reading.identity)
        merged[reading.identity] = reading if known is None else _meet(known, reading)
    return frozenset(merged.values())


def _meet(left: Reading, right: Reading) -> Reading:
    if left == right:
        return left
    slept = None if left.slept is None or right.slept is None else min(left.slept, right.slept)
    weak, rewritten = left.weak and right.weak, left.rewritten or right.rewritten
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
    """Return what is known of a variable that holds one value or the other."""
    if left == right:
        return left
    readings = left.readings
    if right.readings != readings:
        readings = merge_readings((*_doubted(readings, right.readings), *_doubted(right.readings, readings)))
    return Value(
        place=left.place if left.place == right.place else None,
        live=left.live if left.live == right.live else None,
        source=left.source if left.source == right.source else None,
        readings=readings,
        form=left.form if left.form == right.form else "",
        constant=left.constant if left.constant == right.constant else "",
        fresh=left.fresh and right.fresh,
    )


def _doubted(readings: frozenset[Reading], others: frozenset[Reading]) -> Iterator[Reading]:
    """Yield readings, those that are made on this way alone as uncertain."""
    reads = {(reading.path, reading.at) for reading in others}
    for reading in readings:
        alone = reading.certain and (reading.path, reading.at) not in reads
        yield replace(reading, certain=False) if alone else reading


def join_states(left: State, right: State) -> State:
    """May for values and guards, must for what is held."""
    env = dict(left.env)
    if right.env is not left.env:
        for var, value in right.env.items():
            known = env.get(var, UNKNOWN)
            if known is not value:
                env[var] = join_values(known, value)
        for var in left.env.keys() - right.env.keys():
            env[var] = join_values(left.env[var], UNKNOWN)
    guards = left.guards
    if not right.guards <= guards:
        guards = merge_guards((*guards, *right.guards))
    return State(env, guards, left.held & right.held)
