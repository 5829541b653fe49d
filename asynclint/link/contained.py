"""Tasks that begin and end within a run of the function that starts them: in a group, or cancelled by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.flow.moves import aliases
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.link.broken import Wait
from asynclint.link.changes import UNLIMITED, Entry
from asynclint.link.inlined import Inlined, Inlines
from asynclint.link.joining import GROUP
from asynclint.link.life import SETUP
from asynclint.link.overlaps import RANK, Overlap, pair
from asynclint.link.program import Class, Function
from asynclint.link.roots import Root
from asynclint.link.starts import Start
from asynclint.link.tasks import Tasks

Lines = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Contained:
    """Answers about what such a function does before and behind that: only another run of it meets the tasks."""

    tasks: Tasks
    bodies: Inlines

    def limit(self, wait: Wait, root: Root, entry: Entry) -> Overlap:
        """Return how clearly the two overlap at most, where the one that waits begins at a root."""
        if entry.function is wait.function:
            return UNLIMITED
        if self._is_outside(root, entry.function, (entry.line, entry.line)):
            return self._of_another(entry.function, entry.root, entry.owner)
        if self._is_outside(entry.root, wait.function, wait.stretch.lines):
            return self._of_another(wait.function, root, entry.owner)
        return UNLIMITED

    def _is_outside(self, task: Root, function: Function, lines: Lines) -> bool:
        """Tell whether a function starts a task, and none that it has started runs any more in some lines of it."""
        starts = self.tasks.starts(task.function)
        if not starts or any(start.spawner is not function or not start.is_task for start in starts):
            return False
        return all(self._is_over(start, lines) for start in starts)

    def _is_over(self, start: Start, lines: Lines) -> bool:
        block = _block(start)
        if block is not None:
            return lines[1] < block[0] or lines[0] > block[1]
        return _is_ended_before(self.bodies.of(start.spawner), start, self._kept(start.spawner), lines)

    def _kept(self, function: Function) -> frozenset[str]:
        """Return the attributes that a function writes, and nobody else without ending what stands there."""
        program = self.tasks.resolver.program
        cls = program.class_of(function)
        found = {name for name, how in _own_writes(function) if how == "store"}
        for member in program.members(cls) if cls is not None and found else ():
            if member is not function and member.short not in SETUP:
                ended = {site.callee for site in member.facts.calls}
                found -= {name for name, _ in _own_writes(member) if f"self.{name}.cancel" not in ended}
        return frozenset(found)

    def _of_another(self, function: Function, root: Root, owner: Class | None) -> Overlap:
        """Return how clearly a run of a function from some root meets one of it from a given root."""
        return max(
            (pair(one, root, one.function is root.function) for one in self.tasks.roots(function, owner)),
            key=RANK.__getitem__,
            default=UNLIMITED,
        )


def _own_writes(function: Function) -> Iterator[tuple[str, str]]:
    """Yield the attributes of its object that a function writes, and how; not what it does to the name `self`."""
    for one in function.facts.writes:
        if one.place.kind == "self" and one.place.steps:
            yield one.place.steps[0], one.how


def _block(start: Start) -> Lines | None:
    """Return the lines of the group in which a task is started and ends, None if there is none."""
    group, dot, _ = start.site.callee.rpartition(".")
    if not dot or "." in group:
        return None
    found = [
        (item.line, item.end_line)
        for item in start.spawner.facts.withs
        if item.is_async and GROUP.fullmatch(item.text) and item.line <= start.site.line <= item.end_line
    ]
    return max(found, default=None)


def _is_ended_before(body: Inlined, start: Start, kept: frozenset[str], lines: Lines) -> bool:
    """Tell whether every way from where a task is started to some lines ends it, which no others take away.

    A call that starts or logs something is not taken to fail, as long as nothing gives way.
    """
    graph, last = body.assembled.graph, start.site.callee.rsplit(".", 1)[-1]
    begins = [
        (number, place, op.into)
        for number, block in enumerate(graph.blocks)
        for place, op in enumerate(block.ops)
        if isinstance(op, ops.Call) and op.method == last and _line(body, op.at) == start.site.line
    ]
    stops = _ends(graph, [into for _, _, into in begins], kept)
    if not begins or not stops:
        return False
    seen, pending = set[int](), [(number, place + 1) for number, place, _ in begins]
    while pending:
        number, place = pending.pop()
        block = graph.blocks[number]
        for op in block.ops[place:]:
            if op.at in stops:
                break
            line = _line(body, op.at)
            if line is not None and lines[0] <= line <= lines[1]:
                return False
        else:
            ways = set(block.successors)
            if any(isinstance(op, ops.Suspend) for op in block.ops[place:]):
                ways.add(block.handler)
            pending.extend((way, 0) for way in ways - seen)
            seen |= ways
    return True


def _ends(graph: Graph, started: list[ops.Var], kept: frozenset[str]) -> frozenset[int]:
    """Return what cancels, or awaits, what some variables hold, and the loops that cancel all in a list of them.

    A task may be `kept` in an attribute; that this is looked at before it is cancelled counts as well.
    """
    every = [op for block in graph.blocks for op in block.ops]
    tasks = aliases(graph, started)
    lists = {op.into for op in every if isinstance(op, ops.New) and tasks.intersection(op.parts)}
    lists |= {
        op.call.receiver
        for op in every
        if isinstance(op, ops.Mutate) and op.call.receiver and tasks.intersection(op.call.args)
    }
    held = aliases(graph, lists)
    stored = [op for op in every if isinstance(op, ops.StoreAttr | ops.StoreItem) and op.value in tasks | held]
    if any(isinstance(op, ops.StoreItem) or op.value in held or op.name not in kept for op in stored):
        return frozenset()  # somebody else may take it out, or it is kept for another run
    names = {op.name for op in stored if isinstance(op, ops.StoreAttr)}
    tasks |= aliases(graph, [op.into for op in every if isinstance(op, ops.LoadAttr) and op.name in names])
    found = {op.at for op in every if isinstance(op, ops.Suspend) and op.value in tasks}
    for op in every:
        if isinstance(op, ops.Call) and op.method == "cancel" and op.receiver:
            if op.receiver in tasks:
                found.add(op.at)
            found.update(
                one.at
                for one in every
                if isinstance(one, ops.Iterate) and one.iterable in held and op.receiver in aliases(graph, (one.into,))
            )
    return frozenset(found | _asked_before(graph, found, names))


def _asked_before(graph: Graph, ends: set[int], names: set[str]) -> set[int]:
    """Return the looks at attributes that decide whether what stands there is ended at once."""
    found = set[int]()
    ending = {number for number, block in enumerate(graph.blocks) if any(op.at in ends for op in block.ops)}
    before = -1
    while before != (before := len(found)):
        for number, block in enumerate(graph.blocks):
            looks = {op.at for op in block.ops if isinstance(op, ops.LoadAttr) and op.name in names}
            asks = block.ops and isinstance(block.ops[-1], ops.Test)
            if looks and asks and ending.intersection(block.successors):
                found |= looks
                ending.add(number)
    return found


def _line(body: Inlined, at: int) -> int | None:
    """Return the line of an op of the function's own, or of the call that leads to it."""
    return body.assembled.span(body.assembled.in_root(at)).line
