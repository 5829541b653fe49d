"""How clearly a run of another function can fall into a wait, given what the object's attributes are meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from asynclint.link.alternatives import Alternatives
from asynclint.link.barred import Barred
from asynclint.link.broken import Broken, Wait
from asynclint.link.changes import UNLIMITED, Changes, Entry
from asynclint.link.contained import Contained
from asynclint.link.inlined import Inlines
from asynclint.link.overlaps import RANK, Overlap
from asynclint.link.rivals import Rivals
from asynclint.link.roots import Root
from asynclint.link.spent import Spent
from asynclint.link.stopped import Stopped
from asynclint.link.succession import Succession


@dataclass(frozen=True, slots=True)
class Shut:
    """Answers about pairs of a wait and a run that writes."""

    rivals: Rivals
    bodies: Inlines
    _changes: Changes
    _barred: Barred
    _stopped: Stopped
    _alternatives: Alternatives
    _spent: Spent
    _succession: Succession

    @classmethod
    def of(cls, rivals: Rivals, bodies: Inlines) -> Shut:
        """Return one that remembers its answers."""
        changes = Changes(rivals)
        return cls(
            rivals,
            bodies,
            changes,
            Barred(changes, bodies),
            Stopped(changes, bodies),
            Alternatives(rivals.tasks, bodies.lowered),
            Spent.of(changes),
            Succession(rivals.tasks, rivals.endings, rivals.order, bodies),
        )

    def limit(self, wait: Wait, root: Root, entry: Entry) -> Overlap:
        """Return how clearly the two overlap at most, where the one that waits begins at a root."""
        best = self._limit(wait, root, entry)
        # That both are there takes two runs of what starts the one or the other.
        best = min(best, Contained(self.rivals.tasks, self.bodies).limit(wait, root, entry), key=RANK.__getitem__)
        either = RANK[best] > RANK["possible"] and self._alternatives.exclude(root, entry.root)
        return "possible" if either else best

    def _limit(self, wait: Wait, root: Root, entry: Entry) -> Overlap:
        if not wait.sleeps:
            return "none"  # it does not wait at all, given what it has found
        if wait.path.kind != "self" or not self._changes.is_of_object(wait.function, entry.function):
            return UNLIMITED
        if Broken(self.rivals.endings, self.bodies).off(wait, root, entry.function, entry.line):
            return "none"
        if self._spent.is_over(wait, entry):
            return "none"
        if self._succession.keeps(wait.function, wait.stretch.lines[1], root, entry):
            return "none"
        if not self._changes.on_way(entry):
            return UNLIMITED
        best = self._barred.limit(wait, entry)
        return min(best, self._stopped.limit(wait, entry), key=RANK.__getitem__) if RANK[best] else best
