"""One run's memory: the state, what the victim read, wrote and decided, and the judgement of each of its writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.oracle.callers import local_values
from tests.oracle.free import Unborn
from tests.oracle.freedom import Wide
from tests.oracle.terms import MISSING, Term, is_constant, same
from tests.oracle.turns import Footprint

Lines = tuple[int, ...]
"""Where something happens: a line of the method that a task runs, and those of the helpers that it is in."""
Place = tuple[Lines, str, int]
"""An event of the victim: source lines, access path, and the how-manieth time it happens there."""
VICTIM = 0
NONE: frozenset[Place] = frozenset()


class BoomError(KeyError):
    """What an outside call may raise: whatever a handler catches."""


class Reached(BaseException):
    """A replay has arrived at the write that it was to reach."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A write of the victim after somebody else wrote what it had read of the same path.

    `changed` are the readings that somebody wrote over since and left something else, `seen` is what they gave,
    `loose` those after which the victim did not reserve the path by a write of its own, nor after it had found the same
    there again; `fresh` are the readings that nobody wrote over. `excused`: the same constant stands there already, the
    write decides for itself (`setdefault`), or another task has ignored the lock or busy flag under which the victim
    had read. `own`: the victim has written the path in this very turn; `mine` are the readings that gave what it had
    put there in the same turn.
    `cleared`: others only cleared what the victim had found clear.
    """

    place: Place
    value: object
    changed: frozenset[Place]
    seen: tuple[object, ...]
    loose: frozenset[Place]
    fresh: frozenset[Place]
    excused: bool
    own: bool
    cleared: bool = False
    mine: frozenset[Place] = frozenset()


class Counter(dict[tuple[Lines, str], int]):
    """How often something happened at a line."""

    def place(self, line: Lines, path: str) -> Place:
        """Count one more event and name it."""
        key = (line, path)
        count = self.get(key, 0)
        self[key] = count + 1
        return (line, path, count)


class World:
    """The memory of a recorded run; `actor` is the task that runs now, task 0 the victim.

    `reads` are the readings of the victim, each with what it gave and when; `at_hand` is what its locals held then.
    `spoiled` names the paths of which a write has been judged to be wrong, `robbed` the writes of the victim that have
    failed as another task had taken away what it had put there itself. `vague`: some argument is None or 0, so that
    nobody can tell whether storing it takes a flag. `wide`: what is free beyond what the source says.
    """

    def __init__(
        self,
        state: dict[str, object],
        choose: Callable[[], bool],
        judge: Callable[[World, Suspect], None],
        falsy: object = None,
        wide: Wide | None = None,
    ) -> None:
        self.state = state
        self.actor = VICTIM
        self.reads: list[tuple[Place, object, int]] = []
        self.at_hand: dict[Place, list[object]] = {}
        self.decisions: dict[Place, bool] = {}
        self.turned: set[Place] = set()
        self._seen: tuple[Counter, ...] = (Counter(), Counter(), Counter(), Counter())
        self._foreign: dict[str, list[int]] = {}
        self._own: dict[str, list[int]] = {}
        self._left: dict[str, object] = {}
        self._held: dict[object, int] = {}
        self._covers: dict[str, set[int]] = {}
        self._trespassed: set[str] = set()
        self._looked: dict[str, tuple[int, object]] = {}
        self._wrote: dict[str, int] = {}
        self._mine: set[Place] = set()
        self._cleared: dict[str, int] = {}
        self.turn, self.touched = 0, Footprint()
        self.vague = False
        self.spoiled: set[str] = set()
        self.written: set[tuple[str, int]] = set()
        self.robbed: set[tuple[str, int]] = set()
        self._clock = 0
        self._decided: list[int] = []
        self._raised: set[int] = set()
        self.choose = choose
        self.falsy = falsy
        self.wide = wide
        self._judge = judge

    def now(self, path: str) -> object:
        """Look at a path without reading it."""
        value = self.state.get(path, MISSING)
        if isinstance(value, Unborn):
            value = self.state[path] = value.born()
        return value

    def left(self, path: str) -> object:
        """Return what others left in a path, whatever the victim has written since."""
        return self._left.get(path, self.state.get(path, MISSING))

    def event(self, line: Lines, kind: str) -> Place:
        """Name an event of the running task."""
        return self._seen[self.actor].place(line, kind)

    def read(self, path: str, line: Lines, strict: bool = False, decides: bool = False) -> object:
        """Read a path; a missing key reads as `MISSING`, which raises in the caller if `strict`.

        `decides`: what follows depends on what is found, as after a test.
        """
        value = self.now(path)
        self.touched.looked.add(path)
        if self.actor == VICTIM:
            self._clock += 1
            place = self._seen[VICTIM].place(line, "r " + path)
            self.reads.append((place, value, self._clock))
            self.at_hand[place] = local_values()
            if self._wrote.get(path) == self.turn:
                self._mine.add(place)
            self._covers.setdefault(path, set()).update(self._held.values())
            self._looked[path] = (self.turn, value)
            if strict or decides:
                self._decided.append(self._clock)
        return value

    def there(self, path: str, line: Lines) -> bool:
        """Tell whether a key is there that is to be taken out."""
        self.touched.looked.add(path)
        there = self.now(path) is not MISSING or (self.lenient and self.choose())
        if self.actor == VICTIM:
            self.decisions[self._seen[VICTIM].place(line, "t " + path)] = there
        return there

    def write(self, path: str, value: object, line: Lines, atomic: bool = False) -> None:
        """Write a path; `MISSING` deletes a key. A victim's write is judged first; `atomic` ones decide for themselves.

        What another task writes back unchanged counts as a new value unless it is a constant: nobody who reads the
        source could know that it is the same.
        """
        self._clock += 1
        self.touched.changed.add(path)
        if self.actor == VICTIM:
            place = self._seen[VICTIM].place(line, "w " + path)
            self.written.update((path, one) for one in line)
            self._suspect(path, value, place, atomic)
            if value is not None or self.now(path) is not None:  # None over None tells nobody anything
                self._own.setdefault(path, []).append(self._clock)
            self._wrote[path] = self.turn
            self._flag(path, value)
        else:
            self._foreign.setdefault(path, []).append(self._clock)
            if value is MISSING and self.now(path) is MISSING and path in self._own:
                self._trespassed.add(path)  # the victim itself had taken it out: nothing is lost for sure
            if not self._covers.get(path, set()).isdisjoint(self._held.values()):
                self._trespassed.add(path)
            self.clear(path, value)
            value = self._left[path] = self._foreign_value(path, value)
        self.state[path] = value

    def miss(self, path: str, line: Lines) -> None:
        """Note that a task fails to take out what is not there."""
        if self.actor == VICTIM and path in self._own:
            self.robbed.update((path, one) for one in line)

    def clear(self, path: str, value: object = MISSING) -> None:
        """Note that another task clears a path, or would, were it not clear."""
        if self.actor != VICTIM and is_constant(value) and not value:
            self._clock += 1
            self._cleared[path] = self._clock
            self.touched.changed.add(path)

    def hold(self, lock: object) -> None:
        """Note that the victim has an exclusion from now on."""
        self.touched.everything = True
        if self.actor == VICTIM:
            self._clock += 1
            self._held[lock] = self._clock
            if isinstance(lock, str):  # a flag also covers what was read in the turn in which it was taken
                for path in [path for path, (turn, _) in self._looked.items() if turn == self.turn]:
                    self._covers.setdefault(path, set()).add(self._clock)

    def give_up(self, lock: object) -> None:
        """Note that the victim has it no longer; what was read under it is as good as read now."""
        self.touched.everything = True
        since = self._held.pop(lock, None) if self.actor == VICTIM else None
        for path, (_, value) in self._looked.items():
            if path != lock and since in self._covers.get(path, ()):
                self._looked[path] = (self.turn, value)

    def _flag(self, path: str, value: object) -> None:
        """Count a path as a lock that is set in the turn in which it was found clear; the next write gives it up.

        So does one that is cleared in the turn in which it was found set, like `idle`.
        """
        if path in self._held:
            self.give_up(path)
            return
        turn, found = self._looked.get(path, (-1, None))
        if turn == self.turn and (bool(value) or self.vague or bool(found)):
            self.hold(path)

    def _foreign_value(self, path: str, value: object) -> object:
        if self.wide is not None and self.choose():
            if self.choose():
                if self.wide.alike and self.choose():
                    return Term("first", 0)
                return MISSING if "[" in path else self.falsy
            # There are more false values than one: an attribute that is not set need not be as it was.
            return Term("else", self.actor, self._clock, true="[" in path or not self.choose())
        if not is_constant(value) and value == self.now(path):
            return Term("again", self.actor, value)
        return value

    def _suspect(self, path: str, value: object, place: Place, atomic: bool) -> None:
        if any(when < self._cleared.get(path, 0) for at, seen, when in self.reads if at[1] == "r " + path and not seen):
            self._judge(self, Suspect(place, value, NONE, (), NONE, NONE, True, False, cleared=True))
        foreign = self._foreign.get(path)
        if not foreign:
            return
        past, now, left = "r " + path, self.now(path), self.left(path)
        past_reads = [(at, seen, when) for at, seen, when in self.reads if at[1] == past]
        changed = [read for read in past_reads if read[2] < foreign[-1] and not same(read[1], left)]
        if not changed:
            return
        suspect = Suspect(
            place,
            value,
            frozenset(at for at, _, _ in changed),
            tuple(seen for _, seen, _ in changed),
            frozenset(at for at, seen, when in changed if not self._settled(path, seen, when)),
            frozenset(at for at, _, when in past_reads if when > foreign[-1]),
            atomic or path in self._trespassed or (is_constant(value) and value == now and value is not MISSING),
            self._wrote.get(path) == self.turn,
            mine=frozenset(self._mine),
        )
        self._judge(self, suspect)

    def _settled(self, path: str, seen: object, since: int) -> bool:
        """Say whether the victim reserved the path after it had read it, or after it had found the same there again."""
        again = (when for at, other, when in self.reads if at[1] == "r " + path and when >= since and same(seen, other))
        return any(self._reserved(path, when) for when in again)

    def _reserved(self, path: str, since: int) -> bool:
        """Say whether the victim, having read and decided, wrote the path before anybody else did."""
        decided = next((when for when in self._decided if when >= since), None)
        own = [when for when in self._own.get(path, ()) if decided is not None and when > decided]
        return bool(own) and not any(since < when < own[0] for when in self._foreign[path])

    def branch(self, value: object, number: int, line: Lines = ()) -> bool:
        """Decide a branch; the victim's decisions are recorded."""
        if self.actor != VICTIM and self.wide is not None and self.wide.blind:
            return self.choose()
        turned = self.wide is not None and number in self.wide.open and self.choose()
        decision = bool(value) != turned
        if self.actor == VICTIM:
            self._decided.append(self._clock)
            place = self._seen[VICTIM].place((number,), "?")
            self.decisions[place] = decision
            if turned:
                self.turned.add(place)
        return decision

    def free(self, line: Lines, kind: str) -> bool:
        """Choose freely."""
        decision = self.choose()
        if self.actor == VICTIM:
            self.decisions[self._seen[VICTIM].place(line, kind)] = decision
        return decision

    @property
    def may_be_false(self) -> bool:
        """Whether what the running task computes may be false."""
        return self.wide is not None and self.wide.blind and self.actor == VICTIM

    @property
    def all_may_raise(self) -> bool:
        """Whether any outside call of the running task may raise, not only those that are made to."""
        return self.wide is not None and self.actor == VICTIM

    @property
    def lenient(self) -> bool:
        """Whether keys and locks are lenient."""
        return self.wide is not None and self.wide.lenient

    @property
    def failed(self) -> bool:
        """Whether an outside call of the victim has raised."""
        return VICTIM in self._raised

    def raises(self, line: Lines) -> bool:
        """Choose whether an outside call raises; one does in a task."""
        if self.actor in self._raised or not self.free(line, "!"):
            return False
        self._raised.add(self.actor)
        return True
