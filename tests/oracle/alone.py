"""One task alone: what a program computes when nobody else runs, to compare it with what it was before a repair."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass
from types import coroutine
from typing import cast

from tests.oracle.program import Domain, Program
from tests.oracle.terms import Term

STEPS = 60
OUTSIDE = ("pause", "fetch", "flip", "make", "bump", "use")


class BoomError(Exception):
    """What outside calls may raise."""


@dataclass(frozen=True)
class Ran:
    """How a run ended, what the object holds after it, and the outside calls in their order."""

    ended: str
    state: str
    calls: tuple[str, ...]


class _Outside:
    """The functions that a program calls; what they answer depends on the seed and on how often they were called."""

    def __init__(self, dice: random.Random, raising: bool) -> None:
        self._dice = dice
        self._raising = raising
        self.calls: list[str] = []

    def names(self) -> dict[str, object]:
        """Return them by name."""
        return {"asyncio": asyncio} | {name: getattr(self, name) for name in OUTSIDE}

    def _call(self, name: str, *args: object) -> Term:
        self.calls.append(f"{name}{args}")
        if self._raising and self._dice.random() < 0.2:
            raise BoomError
        return Term(name, len(self.calls), *args)

    @coroutine
    def pause(self) -> Iterator[None]:
        """Give way."""
        yield
        self._call("pause")

    @coroutine
    def fetch(self, *args: object) -> Iterator[None]:
        """Give way, then answer."""
        yield
        return self._call("fetch", *args)  # type: ignore[return-value]  # a generator's result, to its type

    def flip(self) -> bool:
        """Answer as it likes."""
        return self._dice.random() < 0.5

    def make(self, *args: object) -> Term:
        """Make something."""
        return self._call("make", *args)

    def bump(self, *args: object) -> Term:
        """Compute something; of a generator only what it yields counts."""
        return Term("bump", *(list(arg) if isinstance(arg, Generator) else arg for arg in args))

    def use(self, *args: object) -> None:
        """Use something."""
        self._call("use", *args)


def alone(program: Program, seed: int) -> Ran:
    """Run a program's method by itself, from a state and with arguments that the seed chooses."""
    dice = random.Random(seed)
    outside = _Outside(dice, raising=False)
    names = outside.names()
    exec(compile(program.source, "<alone>", "exec"), names)  # the text is our own, generated
    shared = cast("Callable[[], object]", names["Shared"])()
    for path, domain in program.state:
        _set(shared, path, _value(domain, dice, path))
    params = next(method.params for method in program.methods if method.name == program.victim)
    arguments = [_value(domain, dice, param) for param, domain in params]
    outside.calls.clear()
    outside._raising = program.raising
    ended = _run(cast("Coroutine[None, None, object]", getattr(shared, program.victim)(*arguments)))
    state = {name: value for name, value in sorted(vars(shared).items()) if not isinstance(value, asyncio.Lock)}
    return Ran(ended, repr(state), tuple(outside.calls))


def _run(work: Coroutine[None, None, object]) -> str:
    try:
        for _ in range(STEPS):
            work.send(None)
    except StopIteration as done:
        return f"returned {done.value}"
    except (BoomError, KeyError, AssertionError, TypeError, AttributeError, UnboundLocalError) as error:
        return f"raised {error!r}"
    work.close()
    return "went on"


def _set(shared: object, path: str, value: object) -> None:
    name, _, key = path.partition("[")
    if not key:
        setattr(shared, name, value)
    elif value is not None:
        cast("dict[object, object]", getattr(shared, name))["k" if key == "key]" else key.strip("]'")] = value


def _value(domain: Domain, dice: random.Random, name: str) -> object:
    either = dice.random() < 0.5
    match domain:
        case "bool" | "flag":
            return either
        case "items":
            return [dice.random() < 0.5 for _ in range(dice.randrange(3))]
        case "key":
            return "k"
        case "count" if either:
            return 0
        case "slot" | "absent" | "alike" if either:
            return None
    return Term("first", name)
