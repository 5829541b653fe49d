"""The control-flow graph of one function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asynclint.ir.ops import Call, Op, Var


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


@dataclass(frozen=True, slots=True)
class Graph:
    """Blocks by number; `entry` is 0, `exit` ends normally, `raised` ends with an exception.

    `guarded` maps the handler block of each `try` to the block in which its body begins.
    """

    blocks: tuple[Block, ...]
    exit: int
    raised: int
    guarded: tuple[tuple[int, int], ...] = ()

    @property
    def entry(self) -> int:
        """The block in which the function begins."""
        return 0

    @property
    def calls(self) -> dict[Var, Call]:
        """All calls, by the variable that takes the result."""
        return {var: call for block in self.blocks for var, call in block.calls.items()}


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
