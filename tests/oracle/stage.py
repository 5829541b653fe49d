"""What a generated program sees when it runs: its `self`, locks, and the outside functions that it calls."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from types import FrameType, coroutine

from tests.oracle.callers import PROGRAM
from tests.oracle.terms import MISSING, Term
from tests.oracle.world import BoomError, Lines, World

Step = Generator["Lock | None", None, None]


def line_of_caller() -> Lines:
    """Return the lines of generated code that called what called this, that of the method that a task runs first."""
    frame: FrameType = sys._getframe(2)
    if frame.f_code.co_filename != PROGRAM:
        return ()
    lines: Lines = (frame.f_lineno,)
    above = frame.f_back
    while above is not None and above.f_code.co_filename == PROGRAM:
        lines = (above.f_lineno, *lines)
        above = above.f_back
    return lines


class Lock:
    """A mutual exclusion between tasks; taking it gives way only while another holds it."""

    def __init__(self, stage: Stage, contended: Callable[[], bool]) -> None:
        self.held = 0
        self.limit = 1
        self._owner: int | None = None
        self._stage = stage
        self._contended = contended

    @coroutine
    def acquire(self) -> Generator[Lock | None, None, bool]:
        """Wait until there is room, then take it."""
        self._stage.world.touched.everything = True
        if self._contended():
            yield None
        while self.held >= self.limit and not (self._stage.world.lenient and self._stage.world.actor == self._owner):
            yield self
        self._owner = self._stage.world.actor
        self.held += 1
        self._stage.world.hold(self)
        return True

    def release(self) -> None:
        """Give it up."""
        self.held -= 1
        self._stage.world.give_up(self)

    def locked(self) -> bool:
        """Say whether nobody else can take it now."""
        return self.held >= self.limit

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *error: object) -> None:
        self.release()


class Stage:
    """The outside of one program; `world` is the memory of the run that goes on.

    `forgiving` are the lines where a key that is not there harms nobody.
    """

    def __init__(self, raising: bool) -> None:
        self.world = World({}, lambda: False, lambda world, found: None)
        self.raising = raising
        self.forgiving: frozenset[int] = frozenset()
        self.reached: set[str] = set()

    def outside(self) -> dict[str, object]:
        """Return the names that generated programs may use."""
        return {
            "pause": self.pause,
            "fetch": self.fetch,
            "flip": self.flip,
            "make": self.make,
            "bump": self.bump,
            "use": self.use,
            "test__": self.branch,
            "mark__": self.reached.add,
        }

    def branch(self, number: int, value: object) -> bool:
        """Decide a branch."""
        return self.world.branch(value, number, line_of_caller())

    def _may_raise_as_well(self, line: Lines) -> None:
        if self.world.all_may_raise:
            self._maybe_raise(line)

    def _maybe_raise(self, line: Lines) -> None:
        if self.raising and self.world.raises(line):
            raise BoomError

    @coroutine
    def pause(self) -> Step:
        """Give way once; may raise."""
        line = line_of_caller()
        yield None
        self._maybe_raise(line)

    @coroutine
    def fetch(self, *args: object) -> Generator[None, None, object]:
        """Give way once, then return a value that nobody else has; may raise."""
        line = line_of_caller()
        yield None
        self._maybe_raise(line)
        if self.world.may_be_false and self.world.free(line, "b"):
            return self.world.falsy
        return Term("fetch", self.world.actor, *self.world.event(line, "f")[::2], *args)

    def flip(self) -> bool:
        """Answer as it likes."""
        self._may_raise_as_well(line_of_caller())
        return self.world.free(line_of_caller(), "c")

    def make(self, *args: object) -> Term:
        """Make an object."""
        self._may_raise_as_well(line_of_caller())
        return Term("new", self.world.actor, *self.world.event(line_of_caller(), "n")[::2], *args)

    def bump(self, *args: object) -> object:
        """Compute something from the arguments."""
        self._may_raise_as_well(line_of_caller())
        if self.world.may_be_false and self.world.free(line_of_caller(), "b"):
            return self.world.falsy
        return Term("bump", *(list(arg) if isinstance(arg, Generator) else arg for arg in args))

    def use(self, *args: object) -> None:
        """Do something with the arguments that changes no state; may raise."""
        self._maybe_raise(line_of_caller())


class Table:
    """A dict in shared state; each key is an access path of its own."""

    def __init__(self, stage: Stage, name: str) -> None:
        self._stage = stage
        self._name = name

    def _path(self, key: object) -> str:
        return f"{self._name}[{key}]"

    def __getitem__(self, key: object) -> object:
        value = self._stage.world.read(self._path(key), line_of_caller(), strict=True)
        if value is MISSING:
            raise KeyError(key)
        return value

    def get(self, key: object, default: object = None) -> object:
        """Read a key, or give the default."""
        value = self._stage.world.read(self._path(key), line_of_caller())
        return default if value is MISSING else value

    def __contains__(self, key: object) -> bool:
        return self._stage.world.read(self._path(key), line_of_caller()) is not MISSING

    def __setitem__(self, key: object, value: object) -> None:
        self._stage.world.write(self._path(key), value, line_of_caller())

    def __delitem__(self, key: object) -> None:
        line = line_of_caller()
        there = self._stage.world.there(self._path(key), line)
        forgiven = not self._stage.forgiving.isdisjoint(line)
        if not there:
            self._stage.world.miss(self._path(key), line)
        self._stage.world.write(self._path(key), MISSING, line, atomic=forgiven)
        if not there:
            raise KeyError(key)

    def setdefault(self, key: object, default: object) -> object:
        """Read a key, storing the default first if it is missing."""
        line = line_of_caller()
        value = self._stage.world.read(self._path(key), line, decides=True)
        if value is not MISSING:
            return value
        self._stage.world.write(self._path(key), default, line, atomic=True)
        return default

    def pop(self, key: object, *default: object) -> object:
        """Take a key out; with a default, a missing one is left alone."""
        line = line_of_caller()
        value = self._stage.world.read(self._path(key), line, strict=not default, decides=True)
        if value is MISSING:
            self._stage.world.clear(self._path(key))
            if not default:
                self._stage.world.miss(self._path(key), line)
                raise KeyError(key)
            return default[0]
        self._stage.world.write(self._path(key), MISSING, line, atomic=bool(default))
        return value
