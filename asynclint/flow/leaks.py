"""Leaks: awaits that fail while a mark is set, with nothing on the way out that takes it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from asynclint.flow.marks import Mark
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph

Failure = Literal["error", "cancel"]
FAILURES: tuple[Failure, ...] = ("error", "cancel")
CAUGHT = frozenset(("Exception", "BaseException"))
GIVING_UP = CAUGHT | {"TimeoutError", "TimeoutException", "Timeout"}
CANCELLATION = frozenset(("BaseException", "CancelledError", "get_cancelled_exc_class", "Cancelled"))

Knowing = Callable[[Mark, Mark], bool]
"""Tells whether a call may take a mark back somewhere that the graph does not show."""
Place = tuple[int, int]


@dataclass(slots=True)
class Ways:
    """What becomes of a mark: where it is taken back before and after the first await, and what each await leaves.

    `handled` are the awaits whose failure, be it likely or not, is followed by taking the mark back, on some way at
    least; `leaves` are those after which it stays set, by kind of failure. `ends`: after an await it is over.
    `raises` are the `raise` statements that leave with it set.
    """

    mark: Mark
    at_once: int | None = None
    later: int | None = None
    ends: bool = False
    raises: list[int] = field(default_factory=list)
    handled: dict[Failure, list[tuple[int, int]]] = field(default_factory=lambda: {"error": [], "cancel": []})
    leaves: dict[Failure, list[Place]] = field(default_factory=lambda: {"error": [], "cancel": []})


@dataclass(frozen=True, slots=True)
class Walker:
    """Follows marks through one graph; `quiet` are the suspensions that only a cancellation can end early."""

    graph: Graph
    marks: Mapping[Place, Mark]
    quiet: frozenset[int]
    knowing: Knowing

    def ways(self, start: Place) -> Ways:
        """Follow one mark from the op that sets it."""
        found = Ways(self.marks[start])
        suspended = self._normal(found, start)
        for block, place in suspended:
            op = self.graph.blocks[block].ops[place]
            for kind in FAILURES:
                taken, left = self._failed(found.mark, self.graph.blocks[block].handler, kind)
                if taken is not None:
                    found.handled[kind].append((op.at, taken))
                elif left and (kind == "cancel" or op.at not in self.quiet):
                    found.leaves[kind].append((block, place))
        return found

    def reset_after(self, mark: Mark, place: Place) -> int | None:
        """Return the op that takes a mark back where nothing fails from an await on."""
        found = Ways(mark)
        self._normal(found, place)
        return found.at_once if found.at_once is not None else found.later

    def _normal(self, found: Ways, start: Place) -> list[Place]:
        """Follow the normal ways and return the suspensions met."""
        mark = found.mark
        suspended: dict[Place, None] = {}
        resets: dict[bool, int] = {}
        seen: set[tuple[int, bool]] = set()
        pending: list[tuple[int, int, bool]] = [(start[0], start[1] + 1, False)]
        while pending:
            number, begin, slept = pending.pop(0)
            if number in (self.graph.exit, self.graph.raised):
                found.ends = found.ends or (number == self.graph.exit and slept)
                continue
            if begin == 0 and (number, slept) in seen:
                continue
            seen.add((number, slept))
            block = self.graph.blocks[number]
            for place in range(begin, len(block.ops)):
                taken = self._taken(mark, number, place)
                if taken is not None:
                    if taken >= 0 and self.marks[number, place].takes_back(mark):
                        resets.setdefault(slept, taken)
                    break
                if isinstance(block.ops[place], ops.Suspend):
                    suspended[number, place] = None
                    slept = True
            else:
                last = block.ops[-1] if block.ops else None
                if not isinstance(last, ops.Raise):
                    pending.extend((way, 0, slept) for way in block.successors)
                elif self._failed(mark, block.handler, None) == (None, True):
                    found.raises.append(last.at)
        found.at_once, found.later = resets.get(False), resets.get(True)
        return list(suspended)

    def _failed(self, mark: Mark, handler: int, kind: Failure | None) -> tuple[int | None, bool]:
        """Follow a failure: the first op that takes the mark back, on any way, and whether it can leave with it set.

        Of a kind that is not known, any `except` is taken to catch it and to do what is needed. What fails while a
        failure is being dealt with is not followed: cleaning up is taken to succeed.
        """
        seen: set[int] = set()
        pending, left = [handler], False
        while pending:
            number = pending.pop(0)
            if number in (self.graph.exit, self.graph.raised):
                left = True
                continue
            if number in seen:
                continue
            seen.add(number)
            block = self.graph.blocks[number]
            for place in range(len(block.ops)):
                taken = self._taken(mark, number, place)
                if taken is not None and taken >= 0:
                    return taken, left
                if taken is not None:
                    break
            else:
                pending.extend(self._following(number, kind))
        return None, left

    def _following(self, number: int, kind: Failure | None) -> tuple[int, ...]:
        block = self.graph.blocks[number]
        if kind is not None:
            return beyond(block, kind)
        last = block.ops[-1] if block.ops else None
        return () if isinstance(last, ops.Test) and last.kind == "except" else beyond(block, "error")

    def _taken(self, mark: Mark, number: int, place: int) -> int | None:
        """Return the op if it takes the mark back, -1 if it ends what is known of the mark, None if it does neither."""
        other = self.marks.get((number, place))
        if other is None:
            return None
        if other is mark:
            return -1
        if other.takes_back(mark):
            return other.at
        if other.deed in ("call", "set"):
            return other.at if self.knowing(other, mark) else None
        return -1 if other.touches(mark) else None


def beyond(block: Block, kind: Failure) -> tuple[int, ...]:
    """Return where a failure of some kind that has come to a block goes from there."""
    last = block.ops[-1] if block.ops else None
    if isinstance(last, ops.Raise):
        return (block.handler,)
    if isinstance(last, ops.Test) and last.kind == "except":
        return _caught(last, block.successors, kind)
    return block.successors


def _caught(test: ops.Test, ways: tuple[int, ...], kind: Failure) -> tuple[int, ...]:
    """Return the ways that an exception of this kind can take at a handler's type."""
    names = {name.rsplit(".", 1)[-1].removesuffix("()") for name in test.text.split(", ")}
    if kind == "cancel":
        return ways[:1] if names & CANCELLATION else ways[1:]
    return ways[:1] if names & CAUGHT else ways


def gives_up(graph: Graph, handler: int, goal: int) -> bool:
    """Tell whether what takes any error, or the end of a time limit, leads from a handler to an op."""
    seen: set[int] = set()
    pending = [(handler, False)]
    while pending:
        number, broad = pending.pop()
        block = graph.blocks[number]
        if broad and any(op.at == goal for op in block.ops):
            return True
        if number in seen or number in (graph.exit, graph.raised):
            continue
        seen.add(number)
        last = block.ops[-1] if block.ops else None
        if isinstance(last, ops.Test) and last.kind == "except" and not broad:
            names = {name.rsplit(".", 1)[-1] for name in last.text.split(", ")}
            pending.extend(zip(block.successors, (bool(names & GIVING_UP), False), strict=False))
        else:
            pending.extend((way, broad) for way in block.successors)
    return False


def idle(graph: Graph, start: int) -> bool:
    """Tell whether nothing happens from a block on, up to the end or a wait.

    No write, nobody is told of anything, no await but that of a wait.
    """
    number = start
    for _ in range(MOST_IDLE):
        block = graph.blocks[number]
        calls = block.calls
        for op in block.ops:
            match op:
                case ops.StoreAttr() | ops.StoreItem() | ops.DeleteAttr() | ops.DeleteItem() | ops.Iterate():
                    return False
                case ops.Call() if op.method in SIGNALS:
                    return False
                case ops.Suspend(_, value, _, _):
                    call = calls.get(value or "")
                    return call is not None and call.method.startswith(("wait", "sleep"))
                case ops.Return() | ops.Raise():
                    return True
                case _:
                    pass
        if number == graph.exit or not block.successors:
            return True
        if len(block.successors) > 1:
            return False
        number = block.successors[0]
    return False


MOST_IDLE = 6
SIGNALS = frozenset(("set", "set_result", "set_exception", "notify", "notify_all", "put_nowait"))
"""Methods that let somebody go on who waits."""


def goes_on(graph: Graph, number: int, goal: int) -> bool:
    """Tell whether a function that is cancelled in a block still comes to an op: it catches that, or cleans up."""
    seen, pending = set[int](), [graph.blocks[number].handler]
    while pending:
        current = pending.pop()
        block = graph.blocks[current]
        if any(op.at == goal for op in block.ops):
            return True
        ways = beyond(block, "cancel")
        pending.extend(way for way in ways if way not in seen)
        seen.update(ways)
    return False
