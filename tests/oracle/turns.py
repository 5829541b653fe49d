"""Turns that need not be tried: the same comes out of another order that has been (sleep sets, Godefroid 1996)."""

from __future__ import annotations


class Footprint:
    """What a turn has looked at and changed; `everything` if it matters to whatever others do, like taking a lock."""

    __slots__ = ("changed", "everything", "looked")

    def __init__(self) -> None:
        self.looked: set[str] = set()
        self.changed: set[str] = set()
        self.everything = False

    def apart(self, other: Footprint) -> bool:
        """Tell whether two turns of different tasks, in either order, do the same."""
        if self.everything or other.everything:
            return False
        return (
            self.changed.isdisjoint(other.looked)
            and self.changed.isdisjoint(other.changed)
            and self.looked.isdisjoint(other.changed)
        )

    def join(self, other: Footprint) -> None:
        """Take in what the turn has done under other choices."""
        self.looked |= other.looked
        self.changed |= other.changed
        self.everything = self.everything or other.everything


Asleep = dict[int, Footprint]
"""Tasks whose next turn has been tried already, before turns that it does not touch."""


class Turns:
    """The turns that were tried at each point of a depth-first walk.

    Where one turn and then another were tried, and neither touches what the other does, the other and then the one
    need not be. `thorough`: leave out none.
    """

    def __init__(self, thorough: bool = False) -> None:
        self._tried: dict[int, Asleep] = {}
        self.thorough = thorough

    def begin(self, depth: int) -> None:
        """Begin a run that goes new ways after so many choices."""
        for position in [position for position in self._tried if position >= depth]:
            del self._tried[position]

    def took(self, position: int, number: int, footprint: Footprint, asleep: Asleep) -> Asleep:
        """Note a turn and return who sleeps after it; `position` is that of the choice of it, -1 if there was none."""
        if self.thorough or (position < 0 and not asleep):
            return asleep
        tried = self._tried.setdefault(position, {}) if position >= 0 else {}
        after = {task: one for task, one in (asleep | tried).items() if task != number and one.apart(footprint)}
        known = tried.setdefault(number, footprint)
        if known is not footprint:
            known.join(footprint)
        return after
