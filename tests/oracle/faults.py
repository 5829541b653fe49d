"""Faults that are put into the analysis on purpose: the oracle must notice each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from asynclint.flow import cursor, protection, staleness, transfer, windows, writes
from asynclint.flow.control import Control
from asynclint.flow.liveness import variables
from asynclint.flow.solver import Domain, ranks
from asynclint.flow.values import State
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph
from asynclint.ir.places import Key
from asynclint.link import linker
from asynclint.lower import Lowered, lower
from asynclint.survey.facts import FunctionFacts

F = TypeVar("F")
Patch = Callable[[pytest.MonkeyPatch], None]


def no_back_edge(patch: pytest.MonkeyPatch) -> None:
    """Solve in one pass, in order: what a loop brings round is not seen."""

    def solve(graph: Graph, domain: Domain[F], entry: F) -> list[F | None]:
        rank = ranks(graph)
        facts: list[F | None] = [None] * len(graph.blocks)
        facts[graph.entry] = entry
        for number in sorted(range(len(graph.blocks)), key=rank.__getitem__):
            before = facts[number]
            if before is None:
                continue
            outs, raised = domain.transfer(number, graph.blocks[number], before)
            for target, after in [
                *zip(graph.blocks[number].successors, outs, strict=True),
                (graph.blocks[number].handler, raised),
            ]:
                if after is not None and rank[target] > rank[number]:
                    known = facts[target]
                    facts[target] = after if known is None else domain.join(known, after)
        return facts

    patch.setattr(staleness, "solve", solve)


def late_loads(patch: pytest.MonkeyPatch) -> None:
    """Evaluate in the wrong order: an operand is loaded when it is used, after the suspension beside it."""

    def later(facts: FunctionFacts, lines: Sequence[str], path: str) -> Lowered:
        lowered = lower(facts, lines, path)
        graph = lowered.ir.graph
        blocks = tuple(replace(block, ops=_loaded_late(block)) for block in graph.blocks)
        return replace(lowered, ir=replace(lowered.ir, graph=replace(graph, blocks=blocks)))

    patch.setattr(linker, "lower", later)


def _loaded_late(block: Block) -> tuple[ops.Op, ...]:
    loads = [op for op in block.ops if isinstance(op, ops.LoadAttr) and op.into.startswith("%")]
    placed: list[ops.Op] = []
    for op in block.ops:
        if op in loads:
            continue
        used = [load for load in loads if load.into in variables(op) and load not in placed]
        placed += [*used, op]
    return (*[load for load in loads if load not in placed], *placed)


def no_rechecks(patch: pytest.MonkeyPatch) -> None:
    """Let no check be made again."""
    patch.setattr(windows, "_valid", lambda view, guards: [])
    patch.setattr(windows, "_compared", lambda view, guards, stale: False)


def no_compare_and_set(patch: pytest.MonkeyPatch) -> None:
    """Let a comparison with what was read before mean nothing."""
    patch.setattr(windows, "_compared", lambda view, guards, stale: False)


def locks_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Never release a lock."""
    patch.setitem(transfer.EFFECTS, ops.Release, lambda state, op: None)


def no_locks(patch: pytest.MonkeyPatch) -> None:
    """Know no mutual exclusion."""
    patch.setattr(protection.View, "protected", lambda view, reading: False)


def no_control(patch: pytest.MonkeyPatch) -> None:
    """See no dependence on checks."""
    patch.setattr(windows, "_control", lambda view, wrote: iter(()))


def all_control(patch: pytest.MonkeyPatch) -> None:
    """Take every check that was passed for one that decides."""
    patch.setattr(Control, "depends", lambda deciding, block, test, edge: True)


def no_exceptions(patch: pytest.MonkeyPatch) -> None:
    """Follow no exceptional edge but the one from before a block."""
    transfer_of = staleness.Staleness.transfer

    def calm(
        domain: staleness.Staleness, number: int, block: Block, facts: State
    ) -> tuple[tuple[State, ...], State | None]:
        outs, raised = transfer_of(domain, number, block, facts)
        return outs, None if raised is None else facts

    patch.setattr(staleness.Staleness, "transfer", calm)


def one_key(patch: pytest.MonkeyPatch) -> None:
    """Take all keys of a container for one."""
    for module in (transfer, writes):
        patch.setattr(module, "key_of", lambda text, names, variable, state: Key("k"))


def no_reservations(patch: pytest.MonkeyPatch) -> None:
    """Know no busy flags, and let a check hold on after the task's own write."""
    patch.setattr(writes, "_reservation", lambda state, wrote: None)
    patch.setattr(writes, "_about", lambda guard, wrote: False)


def first_way(patch: pytest.MonkeyPatch) -> None:
    """Join by keeping what came first."""
    patch.setattr(staleness.Staleness, "join", lambda domain, left, right: left)


def no_feeds(patch: pytest.MonkeyPatch) -> None:
    """Let a value that is read again be as stale as ever."""
    read = cursor.Cursor.read
    patch.setattr(
        cursor.Cursor,
        "read",
        lambda state, path, at: frozenset(replace(one, slept=at) for one in read(state, path, at)),
    )


FAULTS: tuple[Patch, ...] = (
    no_back_edge,
    late_loads,
    no_rechecks,
    no_compare_and_set,
    locks_for_ever,
    no_locks,
    no_control,
    all_control,
    no_exceptions,
    one_key,
    no_reservations,
    first_way,
    no_feeds,
)
