"""Every interleaving, by replaying from the start under all sequences of choices."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from tests.oracle.stage import Lock, Stage
from tests.oracle.turns import Asleep, Footprint, Turns
from tests.oracle.world import VICTIM, BoomError

Work = Coroutine["Lock | None", None, object]
Start = Callable[[], object]
DROPS = 4
FAILURES = (BoomError, KeyError, TypeError)
"""What ends a task and no more: also `None += None`, which free values can come to."""


class Chooser:
    """A depth-first walk over sequences of choices: the first run takes 0 everywhere, each later run the next."""

    def __init__(self) -> None:
        self._taken: list[int] = []
        self._sizes: list[int] = []
        self._position = 0

    @property
    def position(self) -> int:
        """How many choices have been made in this run."""
        return self._position

    @property
    def depth(self) -> int:
        """How many choices of this run are given."""
        return len(self._taken)

    def choose(self, size: int) -> int:
        """Choose one of `size` ways."""
        if size == 1:
            return 0
        if self._position == len(self._taken):
            self._taken.append(0)
            self._sizes.append(size)
        self._position += 1
        return self._taken[self._position - 1]

    def advance(self) -> bool:
        """Go on to the next sequence; say whether there is one."""
        del self._taken[self._position :], self._sizes[self._position :]
        self._position = 0
        while self._taken and self._taken[-1] + 1 == self._sizes[-1]:
            self._taken.pop()
            self._sizes.pop()
        if not self._taken:
            return False
        self._taken[-1] += 1
        return True


@dataclass(slots=True)
class Task:
    """One task: not yet started, then a coroutine that waits for nothing or for a lock, then done.

    `like` is the number of an earlier task that runs the same (0: none): of such the first begins first. `sudden`: it
    is done in one step; before the victim begins it does nothing that the first values of the state could not do.
    """

    start: Start
    work: Work | None = None
    waits: Lock | None = None
    done: bool = False
    steps: int = 0
    like: int = 0
    sudden: bool = False

    def step(self) -> None:
        """Run to the next suspension or to the end."""
        self.steps += 1
        if self.work is None:
            started = self._begin()
            if not isinstance(started, Coroutine):
                self.done = True
                return
            self.work = cast("Work", started)
        try:
            self.waits = self.work.send(None)
        except (StopIteration, *FAILURES):
            self.done = True

    def _begin(self) -> object:
        try:
            return self.start()
        except FAILURES:
            return None

    @property
    def ready(self) -> bool:
        """Whether it can go on."""
        return not self.done and (self.waits is None or not self.waits.locked())


def interleave(stage: Stage, tasks: list[Task], chooser: Chooser, turns: Turns, patience: int) -> None:
    """Run tasks under chosen turns until the victim is done, nobody can go on, or all that follows is known.

    `patience` is how many steps each may take: what waits in a loop for a change that never comes is given up.
    """
    world, asleep = stage.world, Asleep()
    turns.begin(chooser.depth)
    while not tasks[VICTIM].done:
        ready = [
            number
            for number, task in enumerate(tasks)
            if number not in asleep and task.steps < patience and task.ready and (task.steps or _in_turn(tasks, task))
        ]
        if not ready:
            return
        position = chooser.position if len(ready) > 1 else -1
        number = ready[chooser.choose(len(ready))]
        world.actor = number
        world.turn += 1
        world.touched = Footprint()
        tasks[number].step()
        asleep = turns.took(position, number, world.touched, asleep)


def _in_turn(tasks: list[Task], task: Task) -> bool:
    """Tell whether a task can begin where that makes a difference."""
    return not (task.like and not tasks[task.like].steps) and not (task.sudden and not tasks[VICTIM].steps)


def close(tasks: list[Task]) -> None:
    """Drop tasks that are still under way, without a word about it."""
    for task in tasks:
        if task.work is not None and not task.done:
            drop(task.work)


def drop(work: Work) -> None:
    """Drop a coroutine that is under way; a `finally` in it may run, and may want to wait, again and again."""
    for _ in range(DROPS):
        with suppress(Exception):
            work.close()
