"""What protects a reading up to a write: locks that last, marks that others respect, checks that are passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from asynclint.flow.cursor import Cursor
from asynclint.flow.staleness import Solved
from asynclint.flow.transfer import constant_of
from asynclint.flow.values import Guard, Reading
from asynclint.flow.verdicts import FALSE, empty, filled
from asynclint.flow.ways import pause_between
from asynclint.flow.writes import Written
from asynclint.ir.graph import Graph
from asynclint.ir.places import Path
from asynclint.ir.walk import reached


@dataclass(slots=True)
class Marks:
    """The state that tasks set so that others keep out, as far as the function itself respects that."""

    solved: Solved
    _anyway: dict[Path, bool] = field(default_factory=dict)
    _writes: dict[Path, list[tuple[int, Written]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """List once what is written of each path, with the block; many checks ask."""
        for number, _, moments in self.solved.blocks():
            for _, _, wrote in moments:
                if wrote is not None:
                    self._writes.setdefault(wrote.path, []).append((number, wrote))

    def taken_anyway(self, mark: Path) -> bool:
        """Tell whether a run takes a mark away before it looks whether there is one: that of another run, too."""
        known = self._anyway.get(mark)
        if known is None:
            known = self._anyway[mark] = any(
                wrote is not None and wrote.path == mark and _takes_away(wrote) and not _knows_of(cursor, mark)
                for _, _, moments in self.solved.blocks()
                for _, cursor, wrote in moments
            )
        return known

    def done_away(self, guard: Guard, block: int) -> bool:
        """Tell whether who finds something there takes it out, whoever put it, and comes here all the same."""
        graph = self.solved.graph
        ways = graph.blocks[guard.test].successors
        if len(ways) != 2 or not empty(guard):
            return False
        other = ways[1 if guard.edge else 0]
        written = self._writes.get(guard.reading.path, ())
        taking = {number for number, wrote in written if number != block and _takes_away(wrote)}
        here = (guard.test, block)
        # A block may be left for its handler before it has taken anything out.
        spared = set(reached([other], lambda one: _failing(graph, one) if one in taking else graph.edges[one])) - taking
        left = set(reached([other], lambda one: () if one in here else graph.blocks[one].successors))
        # Who puts something in again on the way finds that, and takes it for what it has found first.
        filling = {number for number, wrote in written if number != block and not _takes_away(wrote)}
        return bool(taking) and spared.isdisjoint(here) and graph.exit not in left and filling.isdisjoint(left)

    def is_own(self, reading: Reading) -> bool:
        """Tell whether the task itself has put there, in the same turn, what it has read: no news of others."""
        return any(self._own(reading))

    def is_made(self, guard: Guard) -> bool:
        """Tell whether a check has found nothing where the task itself has just put what it has made: that never is."""
        values = (wrote.value for wrote in self._own(guard.reading) if wrote.how == "store") if empty(guard) else ()
        return any(value.source is None and not value.readings and not value.constant for value in values)

    def _own(self, reading: Reading) -> Iterator[Written]:
        """Yield what the task itself has written, in the same turn and on every way, of what it then reads."""
        graph = self.solved.graph
        written = self._writes.get(reading.path)
        if not written:
            return
        read = [(n, i) for n, block in enumerate(graph.blocks) for i, op in enumerate(block.ops) if op.at == reading.at]
        for number, wrote in written:
            first = all(self._comes_first(number, wrote.at, place) for place in read)
            if first and pause_between(graph, wrote.at, reading.at) is None:
                yield wrote

    def _comes_first(self, number: int, wrote: int, place: tuple[int, int]) -> bool:
        """Tell whether every way to a place in a block passes a write of another, or of the same one, before.

        A block may be left for its handler before it has written.
        """
        graph, deciding = self.solved.graph, self.solved.scope.deciding
        if number == place[0]:
            return any(op.at == wrote for op in graph.blocks[number].ops[: place[1]])
        # It may not come there once more, either, without having written anew.
        starts = (*_failing(graph, number), *graph.edges[place[0]])
        past = reached(starts, lambda one: () if one == number else graph.edges[one])
        return deciding.dominates(number, place[0]) and place[0] not in past


def _failing(graph: Graph, number: int) -> tuple[int, ...]:
    """Return where a block leads when something in it fails and is dealt with."""
    handler = graph.blocks[number].handler
    return (handler,) if handler in graph.edges[number] and handler != graph.raised else ()


def _takes_away(wrote: Written) -> bool:
    """Tell whether nothing is left of a mark."""
    if wrote.how in ("delete", "delete item") or wrote.method == "pop":
        return True
    return wrote.how in ("store", "item") and constant_of(wrote.value) in FALSE


def _knows_of(cursor: Cursor, mark: Path) -> bool:
    """Tell whether a run has a mark, or has looked for it and not found that of another."""
    if any(hold.flag == mark for hold in cursor.held):
        return True
    looked = [guard for guard in cursor.guards if guard.reading.path == mark]
    return bool(looked) and not any(_finds(cursor, guard) for guard in looked)


def _finds(cursor: Cursor, guard: Guard) -> bool:
    """Tell whether a check has just found, on every way here, that there is something, whoever has put it."""
    settled = cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)
    return settled and guard.reading.slept is None and not guard.reading.rewritten and filled(guard)


@dataclass(frozen=True, slots=True)
class View:
    """What holds just before a write."""

    cursor: Cursor
    marks: Marks

    def protected(self, reading: Reading) -> bool:
        """Tell whether one acquisition has lasted from the reading to here, or a mark that runs of this respect."""
        holds = [hold for hold in self.cursor.held if hold.acquired in reading.spans]
        return any(hold.flag is None or not self.marks.taken_anyway(hold.flag) for hold in holds)

    def callers_locks(self, reading: Reading) -> frozenset[str] | None:
        """Return the locks that the callers hold from the reading to here; None if the function holds one itself."""
        holds = [hold for hold in self.cursor.held if hold.acquired in reading.spans]
        return frozenset(hold.lock for hold in holds) if all(hold.of_callers for hold in holds) else None

    def deciding(self, guards: Iterable[Guard]) -> list[Guard]:
        """Return those of some checks that decide whether, or when, this block runs."""
        deciding, block = self.cursor.scope.deciding, self.cursor.block
        return [g for g in guards if deciding.depends(block, g.test, g.edge) or deciding.awaits(g.test, g.edge)]

    def settled(self, guards: Iterable[Guard]) -> list[Guard]:
        """Return those of some checks that every way here has passed with one outcome.

        Those are the checks that decide, and those of a loop's end.
        """
        deciding, block = self.cursor.scope.deciding, self.cursor.block
        return [g for g in guards if deciding.settles(g.test, g.edge, block)]

    def passed(self) -> list[Guard]:
        """Return the checks that every way here has passed with one outcome."""
        return self.settled(self.cursor.guards)
