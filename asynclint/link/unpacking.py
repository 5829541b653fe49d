"""A graph while it is put together, and tuples that a helper returns and its caller takes apart."""

from __future__ import annotations

from dataclasses import dataclass

from asynclint.ir import ops


@dataclass(slots=True)
class OpenBlock:
    """A block that may still be cut."""

    ops: list[ops.Op]
    successors: list[int]
    handler: int


def unpack(returning: list[OpenBlock], follow: OpenBlock, result: ops.Var) -> None:
    """Hand each element over by itself where a helper returns tuples and its caller takes them apart."""
    items = [op for op in follow.ops if isinstance(op, ops.Compute) and op.kind == "item" and op.args == (result,)]
    shown = [_display(draft.ops, len(items)) for draft in returning]
    if not items or not shown or None in shown:
        return
    for draft, display in zip(returning, shown, strict=True):
        parts = display.parts if display is not None else ()
        draft.ops[-1:-1] = [ops.Move(f"{result}.{i}", part, draft.ops[-1].at) for i, part in enumerate(parts)]
    moves = {item.into: ops.Move(item.into, f"{result}.{i}", item.at) for i, item in enumerate(items)}
    follow.ops = [moves.get(op.into, op) if isinstance(op, ops.Compute) else op for op in follow.ops]


def _display(block: list[ops.Op], size: int) -> ops.New | None:
    """Return the tuple of so many elements that a block returns, if it is written out there."""
    last = block[-1]
    starred = {op.into for op in block if isinstance(op, ops.Compute) and op.kind == "star"}
    made = [op for op in block if isinstance(op, ops.New) and isinstance(last, ops.Return) and op.into == last.value]
    if not made or made[-1].kind != "tuple" or len(made[-1].parts) != size or starred.intersection(made[-1].parts):
        return None
    return made[-1]
