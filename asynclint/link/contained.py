"""Tasks of a group: they begin and end within the block of the function that starts them."""

from __future__ import annotations

from dataclasses import dataclass

from asynclint.link.broken import Wait
from asynclint.link.changes import UNLIMITED, Entry
from asynclint.link.overlaps import RANK, Overlap, pair
from asynclint.link.program import Class, Function
from asynclint.link.roots import Root
from asynclint.link.starts import GROUP, Start
from asynclint.link.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Contained:
    """Answers about what such a function does outside of the block: only another run of it meets the tasks."""

    tasks: Tasks

    def limit(self, wait: Wait, root: Root, entry: Entry) -> Overlap:
        """Return how clearly the two overlap at most, where the one that waits begins at a root."""
        if entry.function is wait.function:
            return UNLIMITED
        lines = wait.stretch.lines
        if self._is_outside(root, entry.function, (entry.line, entry.line)):
            return self._of_another(entry.function, entry.root, entry.owner)
        if self._is_outside(entry.root, wait.function, lines):
            return self._of_another(wait.function, root, entry.owner)
        return UNLIMITED

    def _is_outside(self, task: Root, function: Function, lines: tuple[int, int]) -> bool:
        """Tell whether a task runs only within blocks of a function, and some lines of it are in none of them."""
        starts = self.tasks.starts(task.function)
        if not starts or any(start.spawner is not function for start in starts):
            return False
        blocks = [_block(start) for start in starts]
        return all(block is not None and (lines[1] < block[0] or lines[0] > block[1]) for block in blocks)

    def _of_another(self, function: Function, root: Root, owner: Class | None) -> Overlap:
        """Return how clearly a run of a function from some root meets one of it from a given root."""
        return max(
            (pair(one, root, one.function is root.function) for one in self.tasks.roots(function, owner)),
            key=RANK.__getitem__,
            default=UNLIMITED,
        )


def _block(start: Start) -> tuple[int, int] | None:
    """Return the lines of the group in which a task is started and ends, None if there is none."""
    group, dot, _ = start.site.callee.rpartition(".")
    if not start.is_task or not dot or "." in group:
        return None
    found = [
        (item.line, item.end_line)
        for item in start.spawner.facts.withs
        if item.is_async and GROUP.fullmatch(item.text) and item.line <= start.site.line <= item.end_line
    ]
    return max(found, default=None)
