"""Values that are chosen when they are first looked at, so that only choices that matter are enumerated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol


class Choices(Protocol):
    """What makes choices."""

    def choose(self, size: int) -> int:
        """Choose one of `size` ways."""


class FreeBool:
    """True or False, the same each time it is asked."""

    __slots__ = ("_choices", "_known")

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._known: bool | None = None

    def __bool__(self) -> bool:
        if self._known is None:
            self._known = bool(self._choices.choose(2))
        return self._known


class FreeItems:
    """Up to `rounds` free booleans, the same each time they are iterated over."""

    __slots__ = ("_choices", "_items", "_more")

    def __init__(self, choices: Choices, rounds: int) -> None:
        self._choices = choices
        self._items: list[FreeBool] = []
        self._more: list[FreeBool] = [FreeBool(choices) for _ in range(rounds)]

    def __iter__(self) -> Iterator[FreeBool]:
        for at, more in enumerate(self._more):
            if not more:
                return
            if at == len(self._items):
                self._items.append(FreeBool(self._choices))
            yield self._items[at]


class Unborn:
    """The first value of some state; nobody has looked yet."""

    __slots__ = ("_known", "_make")

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make
        self._known: list[object] = []

    def born(self) -> object:
        """Choose the value, once."""
        if not self._known:
            self._known.append(self._make())
        return self._known[0]
