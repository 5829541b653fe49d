"""A function as a check sees it: its windows, its rivals, its places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from asynclint.findings import Role, Step
from asynclint.flow.order import looks_again
from asynclint.flow.staleness import Solved, solved
from asynclint.flow.values import Hold
from asynclint.flow.verdicts import FALSE
from asynclint.flow.windows import Window, windows
from asynclint.ir import ops
from asynclint.ir.places import Attr, Path
from asynclint.link.apart import Apart, Stretch
from asynclint.link.assemble import Assembled
from asynclint.link.broken import Wait
from asynclint.link.busy import Busy
from asynclint.link.changes import UNLIMITED, Entry
from asynclint.link.closures import is_shared
from asynclint.link.each import is_each_its_own
from asynclint.link.effects import Effects
from asynclint.link.halting import Halt, Halting
from asynclint.link.overlaps import RANK, SEEN, Overlap
from asynclint.link.program import Class, Function, speaks_of
from asynclint.link.rearming import Timers
from asynclint.link.refills import Refills
from asynclint.link.rivals import Rival, Rivals
from asynclint.link.roots import Root
from asynclint.link.shut import Shut
from asynclint.link.undoing import undone
from asynclint.lower import Lowered
from asynclint.source import Span
from asynclint.survey.facts import AttributeFacts, Write

OWN_PATH = re.compile(r"self\.(\w+)[\w.]*(\[[^\[\]]*\])*$")
FRAME_MARK = re.compile(r"'\d+")


@dataclass(frozen=True)
class FunctionView:
    """One root function: the graph with its helpers in it, and the program around it."""

    function: Function
    assembled: Assembled
    rivals: Rivals
    effects: Effects
    lowered: Callable[[Function], Lowered]
    _refills: Refills
    _busy: Busy
    _shut: Shut
    _halting: Halting
    timers: Timers

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The windows that are this function's own: opened and closed by different calls, or in its own body."""
        return tuple(window for window in windows(self.solved) if self.owns(window))

    @cached_property
    def solved(self) -> Solved:
        """What the staleness analysis knows at each point of the graph."""
        return solved(self.assembled.graph, self.assembled.entry, self.assembled.interest)

    @cached_property
    def looks_again(self) -> bool:
        """Whether anything that others take away may be looked at, and after a suspension again."""
        followed = self.assembled.interest | frozenset(undone(self.rivals, self.function))
        names = followed & self.rivals.touches.taken
        return bool(names) and looks_again(self.assembled.graph, names)

    @cached_property
    def asked(self) -> Solved:
        """The same, with what others take away followed as well where it is only read here."""
        return self.following(frozenset(undone(self.rivals, self.function)) & self._read_twice)

    @property
    def halts(self) -> tuple[Halt, ...]:
        """Who says by a flag that the object is in use no more, if what this function puts in could come too late."""
        return self._halting.of(self.function) if self._halting.may_come_late(self.function) else ()

    def following(self, names: frozenset[str]) -> Solved:
        """Return what is known at each point, with some attributes followed as well where they are only read here."""
        if names <= self.assembled.interest:
            return self.solved
        return solved(self.assembled.graph, self.assembled.entry, self.assembled.interest | names)

    @cached_property
    def _read_twice(self) -> frozenset[str]:
        """The attributes that are read twice or more: looked at, and used."""
        loads = [op for block in self.assembled.graph.blocks for op in block.ops if isinstance(op, ops.LoadAttr)]
        counts = Counter(op.name for op in loads)
        return frozenset(name for name, count in counts.items() if count > 1)

    def owns(self, window: Window) -> bool:
        """Tell whether a window is this function's own: opened and closed by different calls, or in its own body."""
        read = self.assembled.chain(window.reading.at)
        wrote = self.assembled.chain(window.at)
        return len(read) == 1 or len(wrote) == 1 or read[1] != wrote[1] or not self._in_one_call(window, read[1])

    def _in_one_call(self, window: Window, frame: int) -> bool:
        """Tell whether a helper's write can come after its read in the same call; else the value went out and in."""
        blocks = self.assembled.graph.blocks
        at = {op.at: (number, place) for number, block in enumerate(blocks) for place, op in enumerate(block.ops)}
        (first, begin), goal = at[window.reading.at], at[window.at]
        seen: set[int] = set()
        pending = [(first, begin)]
        while pending:
            number, place = pending.pop()
            for index, op in enumerate(blocks[number].ops[place:], place):
                if frame not in self.assembled.chain(op.at):
                    break
                if (number, index) == goal:
                    return True
            else:
                pending.extend((way, 0) for way in self.assembled.graph.edges[number] if way not in seen)
                seen.update(self.assembled.graph.edges[number])
        return False

    @cached_property
    def cls(self) -> Class | None:
        """The class whose `self` the function uses."""
        return self.rivals.tasks.resolver.program.class_of(self.function)

    def state(self, path: Path) -> str:
        """Return a path as the user would write it."""
        return FRAME_MARK.sub("", str(path))

    def written(self, window: Window) -> str:
        """Return the path as it is written at the write: by the name of a property, where it goes through one."""
        spelled = self.assembled.text(window.at)
        first = OWN_PATH.match(spelled)
        names = [name for name in window.path.shape if name != "[]"]
        if first is not None and window.path.kind == "self" and first.group(1) not in names:
            return spelled
        return self.state(window.path)

    def span(self, at: int) -> Span:
        """Return where an op stands."""
        return self.assembled.span(at)

    def primary(self, at: int) -> Span:
        """Return where an op, or the call that leads to it, stands in the root function."""
        return self.assembled.span(self.assembled.in_root(at))

    def step(self, role: Role, at: int, note: str) -> Step:
        """Make a step of the story at an op."""
        frame = self.assembled.frames[self.assembled.frame(at)]
        return Step(role, frame.function.path, self.span(at), frame.function.name, note)

    def suspension(self, window: Window) -> Step:
        """Make the step of the suspension: the await in the root function, also where a helper gives way inside it."""
        return self.step("suspend", self.assembled.in_root(window.slept), "other tasks run here")

    def rival_step(self, rival: Rival, note: str) -> Step | None:
        """Make the rival's step; None for a second run of the function itself."""
        write = rival.write
        if write is None:
            return None
        span = Span(write.line, write.column, write.end_line, write.end_column)
        return Step("rival", rival.function.path, span, rival.function.name, note)

    def attribute(self, path: Path) -> AttributeFacts | None:
        """Return what is known of the object that a path names, for attributes of the class and globals."""
        program = self.rivals.tasks.resolver.program
        names = [name for name in path.shape if name != "[]"]
        own = self.cls if path.kind in ("self", "cls") else None
        if own is not None and len(names) == 1:
            return program.attribute(own, names[0])
        if own is not None and names and "[]" not in path.shape:
            owner = self.rivals.tasks.resolver.type_of(own, names[:-1])
            return program.attribute(owner, names[-1]) if owner is not None else None
        if path.kind == "global" and len(names) == 1:
            return program.modules[self.function.path].globals.get(names[0])
        return None

    def rivals_in(self, window: Window) -> list[Rival]:
        """Return who else writes the path of a window while it is open."""
        again = self.locks(window.holds)
        if again is None:
            return []
        return self.rivals_of(window.path, window.under | again, self.between(window.reading.at, window.at))

    def between(self, read: int, wrote: int) -> Stretch:
        """Return the stretch between two ops; its lines are theirs, or those of the calls that lead to them."""
        return Stretch(read, wrote, (self.primary(read).line, self.primary(wrote).line))

    def rivals_of(
        self,
        path: Path,
        under: frozenset[str] = frozenset(),
        stretch: Stretch | None = None,
        wanted: Callable[[Write], bool] = lambda write: True,
    ) -> list[Rival]:
        """Return who makes a `wanted` write of a path, the most evident first; a second run of the function is one.

        Not who holds a lock in `under` there, nor who cannot write within the `stretch`, if that is known."""
        found, inside = list[Rival](), {frame.function for frame in self.assembled.frames}
        for other, write in self._refills.meeting(path, self.rivals.writers(self.function, path)):
            if not (wanted(write) and speaks_of(other.path, self.function.path)):
                continue
            alone = path.kind == "closure" and not is_shared(self.rivals.tasks, self.function, other)
            if alone or (under and self.rivals.callers.excluded(other, write.line, under)):
                continue
            same = other in inside
            # A helper that stands here is run by a second run of this function, and by others.
            for again in {same, other is self.function}:
                found.extend(self._rival(other, write, stretch, path, again, same))
        found.sort(key=lambda rival: (-RANK[rival.overlap], rival.is_self, not rival.is_again))
        return found

    def _rival(
        self, other: Function, write: Write, stretch: Stretch | None, path: Path, again: bool, same: bool
    ) -> Iterator[Rival]:
        """Yield the rival that makes a write, if it can: a second run of this function `again`, or another one."""
        if (key := (other, write.line, stretch, path, again)) not in self._judged:
            self._judged[key] = self._judge(*key, same)
        overlap, evidence = self._judged[key]
        unlike = again and other is self.function and is_each_its_own(self.rivals.tasks, other, path)
        if overlap in SEEN and (unlike or (path.kind == "self" and not again and self._elsewhere(other))):
            # It is an object of that class, but nobody knows whether it is this one; or about another thing.
            overlap, evidence = "possible", ()
        if overlap == "single" and same:
            overlap = "beside"  # what the task does, others are seen to do as well
        if overlap != "none":
            yield Rival(other, write, overlap, evidence, same, again)

    def _judge(
        self, other: Function, line: int, stretch: Stretch | None, path: Path, again: bool, same: bool
    ) -> tuple[Overlap, tuple[str, ...]]:
        """Tell whether a write in another function can fall into a stretch of this one, and what shows it."""
        of_object = path.kind == "self"
        if again and other is not self.function:
            # The helper is called here, and what comes behind the last call comes behind its write.
            calls = [frame.call for frame in self.assembled.frames if frame.function is other]
            line = max(self.primary(call).line for call in calls if call is not None)
            other = self.function
        apart = Apart(self.function, self.assembled, self.rivals.tasks, self._busy)
        body = self._shut.bodies.of(self.function, self.assembled)
        waiting = Wait(self.function, body, stretch, path) if stretch is not None else None

        def limit(one: Root, two: Root, owner: Class | None) -> Overlap:
            if of_object and apart.keeps(one, two, other, line, stretch, owner):
                return "none"
            return self._shut.limit(waiting, one, Entry(other, line, two, owner)) if waiting is not None else UNLIMITED

        lines = stretch.lines if stretch is not None else None
        return self.rivals.overlap(self.function, other, line, lines, of_object, limit, same and not again)

    def _elsewhere(self, other: Function) -> bool:
        """Tell whether another function reaches the state from outside of the class, of one object of several."""
        program = self.rivals.tasks.resolver.program
        theirs = program.class_of(other)
        if self.cls is None or self.rivals.ownership.is_single(self.cls):
            return False
        return theirs is None or theirs not in program.family(self.cls)

    def locks(self, holds: Collection[Hold]) -> frozenset[str] | None:
        """Return locks by the class that has them; None if there is one among them that nobody can name."""
        qualified = self.rivals.callers.qualified
        found = frozenset(
            hold.lock if hold.of_callers else qualified(self.function, hold.lock) for hold in holds if hold.lock
        )
        return found if all(hold.lock for hold in holds) else None

    def looks_first(self, rival: Rival) -> bool:
        """Tell whether a rival stores only where nothing stands."""
        return rival.write is not None and self._refills.only(rival.function, rival.write)

    def begins(self, rival: Rival) -> bool:
        """Tell whether a rival puts something into a container only where there is nothing in it."""
        return bool(rival.write and self._refills.begins(rival.function, rival.write))

    def refreshes(self, rival: Rival, at: int) -> bool:
        """Tell whether a rival makes the store at a place by the same helper, without a look at what stands there."""
        maker, span = self.assembled.frames[self.assembled.frame(at)].function, self.assembled.span(at)
        return self._refills.regardless((maker, span.line, span.column), rival.function, rival.write)

    def refills(self, rival: Rival) -> bool:
        """Tell whether a rival stores only where nothing stands, and nobody else is seen to take away what does."""
        write = rival.write
        if write is None or write.how != "store" or not self.looks_first(rival):
            return False
        path = Path(write.place.kind, write.place.root, tuple(map(Attr, write.place.steps)))
        return not any(
            (one.how == "delete" or one.detail in FALSE)
            and one.place.steps == write.place.steps
            and all(other is not frame.function for frame in self.assembled.frames)
            and (other is rival.function or self.rivals.overlap(self.function, other, one.line)[0] in SEEN)
            for other, one in self.rivals.writers(rival.function, path)
        )

    @cached_property
    def _judged(self) -> dict[tuple[Function, int, Stretch | None, Path, bool], tuple[Overlap, tuple[str, ...]]]:
        """The overlaps found so far: by function and line of a write, stretch, state, and if it is a second run."""
        return {}
