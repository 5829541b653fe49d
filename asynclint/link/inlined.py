"""Functions with their helpers in place, as those see them who ask where a run of one comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from asynclint.flow.courses import Course
from asynclint.flow.knowledge import Knowing, Place, knowing
from asynclint.flow.terms import Facts, selves
from asynclint.ir import ops
from asynclint.link.assemble import Assembled, Assembler
from asynclint.link.effects import Effects
from asynclint.link.locks import Locks
from asynclint.link.program import Function
from asynclint.lower import Lowered

WRITING = (ops.StoreAttr, ops.StoreItem, ops.DeleteAttr, ops.DeleteItem, ops.Mutate, ops.Call)
"""Ops that write state; a call may hand a container to who changes it."""
OWN = "self:"


@dataclass(frozen=True)
class Inlined:
    """One function with its helpers in place."""

    assembled: Assembled
    effects: Effects

    @cached_property
    def known(self) -> Knowing:
        """What is known where it gives way."""
        params = frozenset(one.name for one in self.assembled.frames[0].lowered.ir.params)
        return knowing(self.assembled.graph, params, self._selves, self.spoils)

    @cached_property
    def sleeps(self) -> tuple[Place, ...]:
        """The places behind each suspension."""
        blocks = self.assembled.graph.blocks
        return tuple(
            (number, place + 1)
            for number, block in enumerate(blocks)
            for place, op in enumerate(block.ops)
            if isinstance(op, ops.Suspend)
        )

    @cached_property
    def _selves(self) -> frozenset[ops.Var]:
        params = self.assembled.frames[0].lowered.ir.params
        return selves(self.assembled.graph, next((one.name for one in params if one.kind == "self"), "self"))

    def course(self, facts: Facts) -> Course:
        """Return how it runs while some facts hold."""
        return Course(self.assembled.graph, self._selves, self.spoils, facts)

    def spoils(self, call: ops.Call) -> frozenset[str]:
        """Return the attributes of the object that a call of its own methods may write."""
        function = self.assembled.frames[self.assembled.frame(call.at)].function
        if "." in call.callee and not call.callee.startswith(("self.", "super().")):
            return frozenset()
        targets = self.effects.resolver.targets(function, call.callee) if call.callee.count(".") <= 1 else ()
        return frozenset(
            name.removeprefix(OWN)
            for target in targets
            if call.awaited or not target.facts.is_async
            for name in self.effects.all(target).writes
            if name.startswith(OWN)
        )

    def places(self, at: int) -> list[Place]:
        """Return where an op stands: in several places if it is part of a `finally`."""
        blocks = self.assembled.graph.blocks
        return [(n, i) for n, block in enumerate(blocks) for i, op in enumerate(block.ops) if op.at == at]

    def writes(self, line: int) -> frozenset[Place]:
        """Return where the function itself may write in a line."""
        return self._at(line, lambda op: isinstance(op, WRITING))

    def calls(self, line: int, callee: Function) -> frozenset[Place]:
        """Return where the function calls another in a line, or where that stands in its place."""
        found = self._at(line, lambda op: isinstance(op, ops.Call) and op.method == callee.short)
        frames = self.assembled.frames
        for number, frame in enumerate(frames):
            call = frame.call if frame.function is callee and frame.parent == 0 else None
            if call is not None and self.assembled.span(call).line == line:
                found |= self._inside(number)
        return found

    def _inside(self, frame: int) -> frozenset[Place]:
        blocks = self.assembled.graph.blocks
        return frozenset(
            (number, place)
            for number, block in enumerate(blocks)
            for place, op in enumerate(block.ops)
            if self.assembled.frame(op.at) == frame
        )

    def _at(self, line: int, wanted: Callable[[ops.Op], bool]) -> frozenset[Place]:
        return frozenset(
            (number, place)
            for number, block in enumerate(self.assembled.graph.blocks)
            for place, op in enumerate(block.ops)
            if wanted(op) and self.assembled.frame(op.at) == 0 and self.assembled.span(op.at).line == line
        )


@dataclass(slots=True)
class Inlines:
    """The bodies of functions, remembered."""

    locks: Locks
    effects: Effects
    lowered: Callable[[Function], Lowered]
    _known: dict[Function, Inlined] = field(default_factory=dict)

    def of(self, function: Function, assembled: Assembled | None = None) -> Inlined:
        """Return the body of a function, of which the graph may be there already."""
        known = self._known.get(function)
        if known is None:
            graph = assembled or Assembler(self.locks, self.effects, self.lowered).assemble(function)
            known = self._known[function] = Inlined(graph, self.effects)
        return known
