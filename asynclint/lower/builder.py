"""The open graph that lowering writes to: the only mutable thing of this package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import libcst as cst

from asynclint.errors import UnreadableError
from asynclint.ir.ops import Op, Var
from asynclint.ir.places import CLOSURE, MODULE

RETURN = -1
"""The continuation of a `return`, beside the block numbers of `break` and `continue`."""
RETURN_VALUE = "%return"
BLOCKS = 50_000
"""Blocks in one function. A `finally` inside a `finally` body is lowered three times for each level of nesting."""


class OpenBlock:
    """A block that may still grow."""

    __slots__ = ("handler", "ops", "successors")

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.successors: tuple[int, ...] = ()
        self.handler = 1


@dataclass(slots=True)
class Loop:
    """A loop around the current statement: where `continue` and `break` lead."""

    head: int
    after: int


@dataclass(slots=True)
class Cleanup:
    """What must run on every way out of the current statement: a `finally` body or the exit of a `with` item.

    `handler` is the handler outside. A `shared` cleanup is lowered once for each continuation, found again in `memo`.
    """

    run: Callable[[], None]
    handler: int
    shared: bool
    memo: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Caught:
    """The clauses to which a missing key (`item`) and a missing attribute (`attribute`) lead, if any is near."""

    item: int | None = None
    attribute: int | None = None


NOTHING_CAUGHT = Caught()


class Builder:
    """Blocks, temporaries, scopes, and what surrounds the current statement."""

    __slots__ = (
        "_current", "_fresh", "blocks", "caught", "closure", "frames", "function", "guarded", "handler",
        "in_async_generator", "locals", "nodes", "ops", "order", "pinned", "scopes",
    )  # fmt: skip

    EXIT = 0
    RAISED = 1

    def __init__(self, function: str, names: frozenset[str], closure: frozenset[str], async_generator: bool) -> None:
        self.function = function
        self.locals = names
        self.closure = closure
        self.in_async_generator = async_generator
        self.nodes: list[cst.CSTNode] = []
        self.blocks: list[OpenBlock] = [OpenBlock(), OpenBlock()]
        self.order: list[int] = []
        self.frames: list[Loop | Cleanup] = []
        self.scopes: list[Mapping[str, Var]] = []
        self.guarded: list[tuple[int, int]] = []
        self.pinned: set[int] = set()
        self.handler = Builder.RAISED
        self.caught = NOTHING_CAUGHT
        self._fresh = 0
        self._current = self.blocks[0]
        self.ops: list[Op] = []
        self.start(self.block())

    def at(self, node: cst.CSTNode) -> int:
        """Number a syntax node."""
        self.nodes.append(node)
        return len(self.nodes) - 1

    def temp(self) -> Var:
        """Return a fresh temporary."""
        self._fresh += 1
        return f"%{self._fresh}"

    def scoped(self, name: str) -> Var:
        """Return a fresh variable for a name that lives in a comprehension."""
        self._fresh += 1
        return f"{name}@{self._fresh}"

    @property
    def names_made(self) -> int:
        """How many variables have been made so far beside the locals."""
        return self._fresh

    def is_newer(self, variable: Var, made: int) -> bool:
        """Tell whether a variable is none of the locals, and was made when there were so many beside them already."""
        _, joint, number = variable.rpartition("@" if "@" in variable else "%")
        return bool(joint) and number.isdigit() and int(number) > made

    def block(self) -> int:
        """Make a block to be started later."""
        self.blocks.append(OpenBlock())
        if len(self.blocks) > BLOCKS:
            raise UnreadableError(f"{self.function} has more than {BLOCKS} ways through it: not analysed")
        return len(self.blocks) - 1

    def start(self, number: int) -> None:
        """Go on in a block, under the handler of this moment."""
        block = self.blocks[number]
        block.handler = self.handler
        self.order.append(number)
        self._current = block
        self.ops = block.ops

    def jump(self, target: int) -> None:
        """End the current block; `target` follows."""
        self._current.successors = (target,)

    def branch(self, true: int, false: int) -> None:
        """End the current block, whose last op decides."""
        self._current.successors = (true, false)

    def dead(self) -> None:
        """Go on where nothing leads: after a `return`, `raise`, `break` or `continue`."""
        self.start(self.block())

    def step(self) -> None:
        """Go on in a fresh block under the handler of this moment."""
        number = self.block()
        self.jump(number)
        self.start(number)

    def scope_of(self, name: str) -> Var:
        """Return the variable of a local or comprehension name, `%closure` or `%module` for the others."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        if name in self.locals:
            return name
        return CLOSURE if name in self.closure else MODULE
