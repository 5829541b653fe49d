"""The ops of one function, asked for what they do with a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from asynclint.ir import ops
from asynclint.ir.graph import FunctionIR, Graph
from asynclint.link.program import Function
from asynclint.link.rewrite import Rewriter

PUTS = frozenset(("append", "appendleft", "add", "insert", "setdefault"))
"""Methods that put their last argument into a container."""
ADDS = frozenset(("extend", "extendleft", "update"))
"""Methods that put there what another container holds."""


@dataclass(frozen=True, slots=True)
class Body:
    """A function and its ops; the rewriter follows variables back."""

    function: Function
    rewriter: Rewriter

    @property
    def ir(self) -> FunctionIR:
        """The function, lowered."""
        return self.rewriter.ir

    def _ops(self) -> Iterator[ops.Op]:
        for block in self.ir.graph.blocks:
            yield from block.ops

    @property
    def only_raises(self) -> bool:
        """Whether the function is one that says that it is not there: all that it does is raise an exception."""
        ops_of_it = list(self._ops())
        plain = (ops.Raise, ops.Call, ops.LoadAttr, ops.Const, ops.Compute)
        return any(isinstance(op, ops.Raise) for op in ops_of_it) and all(isinstance(op, plain) for op in ops_of_it)

    def awaiting(self) -> Graph:
        """Return the graph of a plain function whose caller awaits what it returns."""
        graph = self.ir.graph
        return replace(
            graph, blocks=tuple(replace(block, ops=self.rewriter.awaiting(block.ops)) for block in graph.blocks)
        )

    def source(self, var: ops.Var) -> ops.Op | None:
        """Return the one op that makes a variable, other variables that only hand it on looked through."""
        seen: set[ops.Var] = set()
        while var not in seen:
            seen.add(var)
            match list(self.rewriter.makers(var)):
                case [ops.Move(_, source, _)]:
                    var = source
                case [made]:
                    return made
                case _:
                    break
        return None

    def constant(self, var: ops.Var) -> str | None:
        """Return the constant that a variable is, as source."""
        made = self.source(var)
        return made.text if isinstance(made, ops.Const) else None

    def parts(self, var: ops.Var) -> list[ops.Var]:
        """Return what a value is unpacked into, in order."""
        return [
            op.into for op in self._ops() if isinstance(op, ops.Compute) and op.kind == "item" and op.args == (var,)
        ]

    def returned(self) -> list[ops.Var]:
        """Return what the function returns."""
        return [op.value for op in self._ops() if isinstance(op, ops.Return) and op.value is not None]

    def stores(self, name: str) -> list[ops.StoreAttr]:
        """Return the stores into attributes of a name."""
        return [op for op in self._ops() if isinstance(op, ops.StoreAttr) and op.name == name]

    def put(self) -> Iterator[tuple[ops.Var, ops.Var | None]]:
        """Yield the containers that the function puts something into, with that, or None where it cannot be told."""
        for op in self._ops():
            match op:
                case ops.StoreItem():
                    yield op.base, op.value
                case ops.Call(_, _, str() as receiver, method, args, _, _, _, _, _) if method in PUTS and args:
                    yield receiver, args[-1]
                case ops.Call(_, _, str() as receiver, method, _, _, _, _, _, _) if method in ADDS:
                    yield receiver, None

    def calls(self, callee: str) -> list[ops.Call]:
        """Return the calls of a dotted name."""
        return [op for op in self._ops() if isinstance(op, ops.Call) and self.rewriter.callee(op) == callee]
