"""The staleness domain: what each variable holds, what it was read from, and what it slept through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from asynclint.ir.ops import Var
from asynclint.ir.places import Path, inner

NO_SPANS: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """State that was read: which path, at which op, the first suspension since, and the locks held ever since.

    `spans` are the acquisitions (by op) that cover everything from the read to here. `weak` readings passed through
    the result of an awaited call, which need not depend on its arguments, 2: or are one of several things in an
    object, 3: and it is a part of the result that is looked at. `rewritten`: this task itself has written
    the path since, 1: before it gave way it took out the key, 2: it wrote before it gave way, 3: after. Not `certain`:
    on some of the ways here only is the value made of it.

    Only a pool makes readings, and each of them once, so that they can be told apart as objects. What two readings
    must share to be merged is their `identity`: path, op, weakness, rewriting, and whether it has slept.
    """

    path: Path
    at: int
    slept: int | None
    spans: frozenset[int]
    weak: int
    rewritten: int
    certain: bool
    pool: Pool = field(repr=False)
    origin: int = field(repr=False)
    identity: int = field(repr=False)

    def __hash__(self) -> int:
        # The same in every run, or sets would be gone through in another order.
        return self.identity


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """A branch that was decided by state: `test` is its block, `edge` the way that was taken.

    `form` says how the state was tested (`is None`, `in`, `==`, `len`, empty for its truth). Guards are made like
    readings; those of one `identity` are merged like their readings.
    """

    test: int
    edge: bool
    form: str
    reading: Reading
    identity: int = field(repr=False)

    def __hash__(self) -> int:
        return self.identity


Readings = frozenset[Reading]
Guards = frozenset[Guard]


@dataclass(slots=True)
class Pool:
    """Makes the readings and guards of one analysis, each once."""

    _origins: dict[tuple[Path, int], int] = field(default_factory=dict)
    _readings: dict[tuple[int, int | None, frozenset[int], int, int, bool], Reading] = field(default_factory=dict)
    _guards: dict[tuple[int, bool, str, int], Guard] = field(default_factory=dict)

    def reading(self, path: Path, at: int, slept: int | None = None, spans: frozenset[int] = NO_SPANS) -> Reading:
        """Return the reading of a path at an op."""
        origin = self._origins.setdefault((path, at), len(self._origins))
        return self.varied(path, at, origin, slept, spans, 0, 0, True)

    def varied(
        self,
        path: Path,
        at: int,
        origin: int,
        slept: int | None,
        spans: frozenset[int],
        weak: int,
        rewritten: int,
        certain: bool,
    ) -> Reading:
        """Return what a reading has become."""
        key = (origin, slept, spans, weak, rewritten, certain)
        known = self._readings.get(key)
        if known is None:
            identity = origin << 5 | weak << 3 | rewritten << 1 | (slept is None)
            known = Reading(path, at, slept, spans, weak, rewritten, certain, self, origin, identity)
            self._readings[key] = known
        return known

    def guard(self, test: int, edge: bool, form: str, reading: Reading) -> Guard:
        """Return a guard: known by the reading's `id`, as readings that have slept in different places hash alike."""
        key = (test, edge, form, id(reading))
        known = self._guards.get(key)
        if known is None:
            identity = (reading.origin << 24 | test) << 2 | edge << 1 | (reading.slept is None)
            known = self._guards[key] = Guard(test, edge, form, reading, identity)
        return known


@dataclass(frozen=True, slots=True)
class Hold:
    """Mutual exclusion in force: a lock, or a busy flag that this task has set after finding it clear.

    `flag` is the path of such a flag; without the name of a lock it is an amount, and covers what its test looked at.
    """

    acquired: int
    lock: str
    flag: Path | None = None

    @property
    def of_callers(self) -> bool:
        """Tell whether it is a lock, known by name, that all callers of the function hold."""
        return self.acquired < 0 and self.lock != ""


class Value(NamedTuple):  # nearly every op makes one, and every join compares many
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

    def weakened(self, weak: int) -> Value:
        """Return the value as the outcome of an awaited call that was given it."""
        return Value(readings=frozenset([weakened(reading, weak) for reading in self.readings]))


UNKNOWN = Value()


def slept(one: Reading, at: int | None) -> Reading:
    """Return a reading with the suspension that it slept through, or with none."""
    return one.pool.varied(one.path, one.at, one.origin, at, one.spans, one.weak, one.rewritten, one.certain)


def spanned(one: Reading, spans: frozenset[int]) -> Reading:
    """Return a reading with other exclusions over it."""
    return one.pool.varied(one.path, one.at, one.origin, one.slept, spans, one.weak, one.rewritten, one.certain)


def doubted(one: Reading) -> Reading:
    """Return a reading as one that was made on some ways only."""
    return one.pool.varied(one.path, one.at, one.origin, one.slept, one.spans, one.weak, one.rewritten, False)


def weakened(one: Reading, weak: int) -> Reading:
    """Return a reading as one that went through the result of an awaited call."""
    weak = max(one.weak, weak)
    return one.pool.varied(one.path, one.at, one.origin, one.slept, one.spans, weak, one.rewritten, one.certain)


def parts(readings: Iterable[Reading]) -> frozenset[Reading]:
    """Return what a part of a value, or an answer of it, was read from."""
    return merge_readings(weakened(one, 3) if one.weak == 2 else one for one in readings)


def rewritten(one: Reading, removed: bool) -> Reading:
    """Return a reading as it is after this task's own write of its path, or removal of its key."""
    since = 3 if one.slept is not None or one.rewritten == 3 else 1 if removed else 2
    return one.pool.varied(one.path, one.at, one.origin, one.slept, one.spans, one.weak, since, one.certain)


def with_readings(value: Value, readings: frozenset[Reading]) -> Value:
    """Return a value with other readings."""
    return Value(value.place, value.live, value.source, readings, value.form, value.constant, value.fresh)


def about(guard: Guard, reading: Reading) -> Guard:
    """Return a guard with another reading."""
    return reading.pool.guard(guard.test, guard.edge, guard.form, reading)


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
    merged: dict[int, Reading] = {}
    for reading in readings:
        if (known := merged.setdefault(reading.identity, reading)) is not reading:
            merged[reading.identity] = _meet(known, reading)
    return frozenset(merged.values())


def _meet(left: Reading, right: Reading) -> Reading:
    slept = None if left.slept is None or right.slept is None else min(left.slept, right.slept)
    spans, certain = left.spans & right.spans, left.certain and right.certain
    weak, rewritten = min(left.weak, right.weak), max(left.rewritten, right.rewritten)
    return left.pool.varied(left.path, left.at, left.origin, slept, spans, weak, rewritten, certain)


def merge_guards(guards: Iterable[Guard]) -> frozenset[Guard]:
    """Merge guards of one test like their readings."""
    merged: dict[int, Guard] = {}
    for guard in guards:
        if (known := merged.setdefault(guard.identity, guard)) is not guard:
            merged[guard.identity] = _met(known, guard)
    return frozenset(merged.values())


def _met(left: Guard, right: Guard) -> Guard:
    reading = _meet(left.reading, right.reading)
    return reading.pool.guard(left.test, left.edge, min(left.form, right.form), reading)


def join_guards(left: frozenset[Guard], right: frozenset[Guard]) -> frozenset[Guard]:
    """Return the guards of two ways, merged; `left` itself where it holds all of the right ones."""
    more = right - left
    if not more:
        return left
    known = {guard.identity: guard for guard in left}
    gone, new = set[Guard](), set[Guard]()
    for guard in more:
        like = known.get(guard.identity)
        if like is None:
            new.add(guard)
        elif (met := _met(like, guard)) is not like:
            gone.add(like)
            new.add(met)
    return (left - gone) | new if new else left


def join_values(left: Value, right: Value) -> Value:
    """Return what is known of a variable that holds one value or the other; `left` itself if that is all."""
    if left is right or left == right:
        return left
    readings = left.readings
    if right.readings != readings:
        readings = merge_readings((*_doubted(readings, right.readings), *_doubted(right.readings, readings)))
    joined = Value(
        left.place if left.place == right.place else inner(left.place, right.place),
        left.live if left.live == right.live else inner(left.live, right.live),
        left.source if left.source == right.source else None,
        readings,
        left.form if left.form == right.form else "",
        left.constant if left.constant == right.constant else "",
        left.fresh and right.fresh,
    )
    return left if joined == left else joined


def _doubted(readings: frozenset[Reading], others: frozenset[Reading]) -> Iterator[Reading]:
    """Yield readings, those that are made on this way alone as uncertain."""
    reads = {reading.origin for reading in others}
    for reading in readings:
        alone = reading.certain and reading.origin not in reads
        yield doubted(reading) if alone else reading


def join_states(left: State, right: State) -> State:
    """May for values and guards, must for what is held; `left` itself if it holds all of the right one."""
    env = _join_variables(left.env, right.env)
    guards, held = left.guards, left.held & right.held
    if right.guards is not guards:
        guards = join_guards(guards, right.guards)
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
