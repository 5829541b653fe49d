"""Locks and permits that are taken by hand, as marks: set where they are taken, taken back where they are released."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asynclint.flow.cursor import Cursor
from asynclint.flow.marks import Mark, marks
from asynclint.flow.staleness import Solved
from asynclint.ir import ops
from asynclint.ir.places import Path

Place = tuple[int, int]
TIMED = "wait_for"


def holdings(solved: Solved, is_lock: Callable[[Path], bool]) -> dict[Place, Mark]:
    """Return the marks of a graph with the acquisitions and releases of locks among them, by block and place."""
    found = marks(solved)
    calls = solved.graph.calls
    by_hand = {op.at: op.method for op in calls.values()}
    for number, _, moments in solved.blocks():
        owners: dict[ops.Var, Path] = {}
        for place, (op, cursor, _) in enumerate(moments):
            held = _lock(cursor, op, by_hand) or _permit(cursor, op, calls, owners, is_lock)
            if held is not None:
                found[number, place] = held
    return found


def _lock(cursor: Cursor, op: ops.Op, by_hand: dict[int, str]) -> Mark | None:
    """Return the mark of a lock: the ops are made where it is known to be one."""
    match op:
        case ops.Acquire(lock, at) if by_hand.get(at) in ("acquire", TIMED):
            path = cursor.value(lock).place
            return Mark(path, "acquire", at) if path is not None else None
        case ops.Release(lock, at) if by_hand.get(at, "release") == "release":
            path = cursor.value(lock).place
            return Mark(path, "release", at) if path is not None else None
        case _:
            return None


def _permit(
    cursor: Cursor, op: ops.Op, calls: Mapping[ops.Var, ops.Call], owners: dict[ops.Var, Path],
    is_lock: Callable[[Path], bool],
) -> Mark | None:  # fmt: skip
    """Return the mark of a permit, or of a lock taken with a time limit: had when the await is over."""
    match op:
        case ops.Call(into, _, str() as receiver, "acquire" | "release" as method, _, _, _, _, _, at):
            path = cursor.value(receiver).place
            if path is None or not is_lock(path):
                return None
            owners[into] = path
            return Mark(path, "release", at) if method == "release" else None
        case ops.Suspend(_, str() as value, _, at) if value in calls:
            call = calls[value]
            taken = call.args[0] if call.method == TIMED and call.args else value
            return Mark(owners[taken], "acquire", calls[taken].at) if taken in owners else None
        case _:
            return None


def is_asked_for(solved: Solved, at: int) -> bool:
    """Tell whether the outcome of an acquisition is looked at: then it may have failed where nothing is raised."""
    blocks = solved.graph.blocks
    made = {op.into for block in blocks for op in block.ops if isinstance(op, ops.Call) and op.at == at}
    made |= {
        op.into for block in blocks for op in block.ops
        if isinstance(op, ops.Suspend | ops.Move) and op.into is not None
        and (op.value if isinstance(op, ops.Suspend) else op.source) in made
    }  # fmt: skip
    for block in blocks:
        for op in block.ops:
            match op:
                case ops.Test(value) if value in made:
                    return True
                case ops.Move(_, source, _) if source in made and not op.into.startswith("%"):
                    return True
                case ops.Compute(_, _, args, _) if made.intersection(args):
                    return True
                case _:
                    pass
    return False
