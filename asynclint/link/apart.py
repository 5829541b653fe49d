"""What keeps a window of one function and a run of another apart, beyond what is over before and what was ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from asynclint.flow.ways import sleeps_before
from asynclint.ir import ops
from asynclint.link.assemble import Assembled
from asynclint.link.busy import Busy
from asynclint.link.program import Class, Function
from asynclint.link.roots import Root
from asynclint.link.starts import Start
from asynclint.link.tasks import Tasks

NO_TEST = -1
CHAIN = 2


class Stretch(NamedTuple):
    """From where something is read to where it is written: two ops, and their lines in the root function."""

    read: int
    wrote: int
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Apart:
    """Answers about one function: which runs of others, by their roots, cannot fall into a stretch of it."""

    function: Function
    assembled: Assembled
    tasks: Tasks
    busy: Busy

    def keeps(
        self, one: Root, two: Root, other: Function, line: int, stretch: Stretch | None, owner: Class | None
    ) -> bool:
        """Tell whether a run from the root `one` and a run of another function from `two` exclude each other.

        `line` is that of the write in `other`.
        """
        if one.near and two.near and self._both_busy(one, two, other, line, owner):
            return True
        if stretch is None:
            return False
        if self._begins_later(two, stretch, one.fresh, owner):
            return True
        # A run that itself is such a callback finds what was written before it was registered.
        return self._begins_later(one, stretch, two.fresh, owner)

    def _both_busy(self, one: Root, two: Root, other: Function, line: int, owner: Class | None) -> bool:
        """Tell whether both run only under one lock or busy flag, which each of them has taken or has found clear."""
        mine = self.busy.on_way(self.function, one, owner)
        if not mine:
            return False
        theirs = self.busy.on_way(other, two, owner) | self.busy.at(other, line) | self.busy.locked(other, line)
        return bool(mine & theirs)

    def _begins_later(self, root: Root, stretch: Stretch, alone: bool, owner: Class | None, depth: int = CHAIN) -> bool:
        """Tell whether a callback or task exists only after the write: this function registers or starts it behind.

        A callback of an earlier run is left to the object of that run. A task of an earlier run may still be there,
        unless the object is new, and this run `alone` has it.
        """
        if not root.starts:
            return False
        for start in root.starts:
            if start.is_task and not alone:
                return False
            if self._is_behind(start, stretch) and (start.is_task or self._is_of_run(start, root.function)):
                continue
            above = self.tasks.roots(start.spawner, owner) if start.is_task and depth else ()
            if not above or not all(self._begins_later(each, stretch, alone, owner, depth - 1) for each in above):
                return False
        return True

    def _is_behind(self, start: Start, stretch: Stretch) -> bool:
        """Tell whether a start stands here or in a helper, and no way leads from it over a pause to the write."""
        last = start.site.callee.rsplit(".", 1)[-1]
        frames = [n for n, frame in enumerate(self.assembled.frames) if frame.function is start.spawner]
        graph = self.assembled.graph
        found = [
            op.at
            for block in graph.blocks
            for op in block.ops
            if isinstance(op, ops.Call)
            and op.method == last
            and self.assembled.frame(op.at) in frames
            and self.assembled.span(op.at).line == start.site.line
        ]
        return bool(found) and not any(sleeps_before(graph, at, NO_TEST, False, stretch.wrote) for at in found)

    def _is_of_run(self, start: Start, callback: Function) -> bool:
        """Tell whether a callback is registered with what this run has made or got, or in a way to take it back."""
        facts = start.spawner.facts
        if callback.facts.parent == start.spawner.name:
            return True
        first, *names = start.site.callee.split(".")[:-1] or [""]
        kept = [write for write in facts.writes if write.how == "store" and write.place.kind == "self"]
        if first == "self" and names:
            if any(write.place.steps == (names[0],) and write.line <= start.site.line for write in kept):
                return True
        elif first in dict(facts.made):
            return True
        return any(write.line == start.site.line for write in kept)
