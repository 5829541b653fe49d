"""The control-flow graph of one function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from asynclint.ir import ops
from asynclint.ir.ops import Call, Op, Var
from asynclint.ir.walk import reached

RAISING = frozenset(
    (ops.Call, ops.Suspend, ops.Raise, ops.LoadItem, ops.DeleteItem, ops.Mutate, ops.Iterate, ops.Enter)
)


@dataclass(frozen=True, slots=True)
class Block:
    """Ops that run one after the other.

    `successors` are the blocks that can follow normally: (true, false) after a `Test`, (body, exhausted) after an
    `Iterate`, else at most one. `handler` is the block to which any op here that raises, and any suspension that is
    cancelled, leads: the nearest `except` dispatch or exceptional copy of a `finally`; the exceptional exit if none.
    """

    ops: tuple[Op, ...]
    successors: tuple[int, ...]
    handler: int

    @property
    def calls(self) -> dict[Var, Call]:
        """The calls of the block, by the variable that takes the result."""
        return {op.into: op for op in self.ops if isinstance(op, Call)}


@dataclass(frozen=True)
class Graph:
    """Blocks by number; `entry` is 0, `exit` ends normally, `raised` ends with an exception.

    `guarded` maps the handler block of each `try` to the block in which its body begins. What every analysis asks for
    is worked out once.
    """

    blocks: tuple[Block, ...]
    exit: int
    raised: int
    guarded: tuple[tuple[int, int], ...] = ()

    @property
    def entry(self) -> int:
        """The block in which the function begins."""
        return 0

    @cached_property
    def calls(self) -> Mapping[Var, Call]:
        """All calls, by the variable that takes the result."""
        return {var: call for block in self.blocks for var, call in block.calls.items()}

    @cached_property
    def moves(self) -> Mapping[Var, tuple[Var, ...]]:
        """For each variable those that are moved into it."""
        found: dict[Var, tuple[Var, ...]] = {}
        for block in self.blocks:
            for op in block.ops:
                if op.__class__ is ops.Move:
                    found[op.into] = (*found.get(op.into, ()), op.source)
        return found

    @cached_property
    def edges(self) -> tuple[tuple[int, ...], ...]:
        """For each block those that can follow, normally or by an exception."""
        return tuple(
            (*block.successors, block.handler) if any(map(may_raise, block.ops)) else block.successors
            for block in self.blocks
        )

    @cached_property
    def is_quiet(self) -> bool:
        """Whether nothing in it raises."""
        return not any(may_raise(op) for block in self.blocks for op in block.ops)

    @cached_property
    def ranks(self) -> tuple[int, ...]:
        """The place of each block in reverse post-order over normal and exceptional edges."""
        return self._ranks(-1)

    @cached_property
    def ranks_from_last(self) -> tuple[int, ...]:
        """The same, where the last edge of a block is gone first."""
        return self._ranks(1)

    def going_on(self, starts: Iterable[int]) -> Iterator[int]:
        """Yield the blocks that are come to where nothing fails, those to start from included."""
        return reached(starts, lambda one: self.blocks[one].successors)

    def ahead(self, start: int) -> set[int]:
        """Return the blocks that can follow a block, itself only if it can follow itself."""
        return set(reached(self.edges[start], self.edges.__getitem__))

    def _ranks(self, step: int) -> tuple[int, ...]:
        # The edge that is to be gone first is on top of the stack.
        edges, order = self.edges, list[int]()
        entered, left = set[int](), set[int]()
        stack = [self.entry]
        while stack:
            number = stack[-1]
            if number not in entered:
                entered.add(number)
                stack.extend([way for way in edges[number][::step] if way not in entered])
                continue
            stack.pop()
            if number not in left:
                left.add(number)
                order.append(number)
        rank = [len(self.blocks)] * len(self.blocks)
        for place, number in enumerate(reversed(order)):
            rank[number] = place
        return tuple(rank)


def may_raise(op: Op) -> bool:
    """Tell whether an op is taken to raise: a call, an await, a look into a container, and no mere attribute."""
    if op.__class__ not in RAISING:
        return False
    call = op.call if isinstance(op, ops.Mutate) else op
    return not (isinstance(call, Call) and call.quiet)


ParamKind = Literal["self", "cls", "param"]


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter; `kind` is `self` or `cls` for the first of a method or classmethod.

    `default` is the source of a default that is a constant or a dotted name, and empty for any other and for none.
    """

    name: str
    kind: ParamKind
    variadic: bool = False
    keyword_only: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class FunctionIR:
    """One function, lowered. `name` is qualified without module; `rank` numbers it within the file."""

    name: str
    params: tuple[Param, ...]
    is_async: bool
    is_generator: bool
    graph: Graph
