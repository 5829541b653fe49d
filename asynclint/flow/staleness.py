"""The staleness analysis as the solver runs it: may-stale values and checks, must-held locks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from asynclint.flow.control import control
from asynclint.flow.cursor import Cursor, Scope, scope_of
from asynclint.flow.solver import solve
from asynclint.flow.values import Guard, State, join_states, merge_guards
from asynclint.flow.writes import step
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph

RAISING = (ops.Call, ops.Suspend, ops.Raise, ops.LoadItem, ops.DeleteItem, ops.Mutate, ops.Iterate, ops.Enter)
CHANGING = (
    ops.StoreAttr, ops.StoreItem, ops.DeleteAttr, ops.DeleteItem, ops.Mutate, ops.Suspend, ops.Move, ops.Acquire,
    ops.Release,
)  # fmt: skip
"""Ops after which a handler may find another state than before; the others make temporaries alone."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A graph, what is worth following in it, and what holds on entry to each block; None where none leads."""

    graph: Graph
    scope: Scope
    facts: tuple[State | None, ...]

    def cursors(self) -> Iterator[tuple[Block, Cursor]]:
        """Yield each block that is reached, with its state before the first op, open for change."""
        for number, block in enumerate(self.graph.blocks):
            before = self.facts[number]
            if before is not None:
                yield block, Cursor.at(before, self.scope, number)


def solved(graph: Graph, entry: State, interest: frozenset[str] | None = None) -> Solved:
    """Run the analysis; `interest` names the attributes that somebody writes: what was read of others is not followed.

    `entry` is what holds when the function begins.
    """
    scope = scope_of(graph, interest, control(graph))
    facts: list[State | None] = solve(graph, Staleness(graph, scope), entry)
    return Solved(graph, scope, tuple(facts))


class Staleness:
    """The domain of the staleness analysis over one graph."""

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self._keep = _kept(graph)
        self._scope = scope
        self._unhandled = graph.raised

    def join(self, left: State, right: State) -> State:
        """Join two states."""
        return left if left == right else join_states(left, right)

    def transfer(self, number: int, block: Block, facts: State) -> tuple[tuple[State, ...], State | None]:
        """Run a block's ops; a `Test` adds a guard on either way out."""
        cursor = Cursor.at(facts, self._scope, number)
        raised: State | None = None
        handled = block.handler != self._unhandled
        changed = True
        for op in block.ops:
            if handled and changed and isinstance(op, RAISING):
                raised, changed = self._also(raised, cursor), False
            step(cursor, op)
            if handled and isinstance(op, CHANGING):
                changed = True
                if isinstance(op, ops.Suspend):
                    raised, changed = self._also(raised, cursor), False
        last = block.ops[-1] if block.ops else None
        ways = _guarded(cursor, last, number) if isinstance(last, ops.Test) else None
        keep = self._keep
        for var in [var for var in cursor.env if var.startswith("%") and var not in keep]:
            del cursor.env[var]
        if ways is not None:
            return tuple(State(cursor.env, guards, cursor.held) for guards in ways), raised
        return (State(cursor.env, cursor.guards, cursor.held),) * len(block.successors), raised

    def _also(self, raised: State | None, cursor: Cursor) -> State:
        keep = self._keep
        env = {var: value for var, value in cursor.env.items() if not var.startswith("%") or var in keep}
        state = State(env, cursor.guards, cursor.held)
        return state if raised is None else self.join(raised, state)


def _guarded(cursor: Cursor, test: ops.Test, number: int) -> tuple[frozenset[Guard], frozenset[Guard]]:
    """Return the guards on the true and on the false way out of a test; those of its last run are over."""
    value = cursor.value(test.value)
    others = [guard for guard in cursor.guards if guard.test != number]
    if not value.readings or test.kind == "except":
        kept = frozenset(others)
        return kept, kept
    return (
        merge_guards((*others, *(Guard(number, True, value.form, reading) for reading in value.readings))),
        merge_guards((*others, *(Guard(number, False, value.form, reading) for reading in value.readings))),
    )


def _kept(graph: Graph) -> frozenset[ops.Var]:
    """Return the temporaries that are used in another block than the one that made them."""
    made: dict[ops.Var, int] = {}
    kept: set[ops.Var] = set()
    used: list[tuple[ops.Var, int]] = []
    for number, block in enumerate(graph.blocks):
        for op in block.ops:
            target = op.call.into if isinstance(op, ops.Mutate) else getattr(op, "into", None)
            for var in _variables(op):
                if var.startswith("%"):
                    used.append((var, number))
            if target is not None and target.startswith("%") and made.setdefault(target, number) != number:
                kept.add(target)
    kept.update(var for var, number in used if made.get(var, number) != number)
    return frozenset(kept)


def _variables(op: ops.Op) -> list[ops.Var]:
    """Return the variables that an op names."""
    if isinstance(op, ops.Mutate):
        return _variables(op.call)
    if isinstance(op, ops.Call):
        found = [*op.args, *(var for _, var in op.keywords)]
        return [*found, op.receiver] if op.receiver is not None else found
    return [var for name in _FIELDS[type(op)] for var in _flat(getattr(op, name))]


def _flat(value: object) -> list[ops.Var]:
    if isinstance(value, str):
        return [value]
    return [part for part in value if isinstance(part, str)] if isinstance(value, tuple) else []


_OPERANDS = frozenset(("base", "key", "value", "source", "args", "parts", "context", "lock", "iterable", "var"))
_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind) if field.name in _OPERANDS) for kind in ops.Op.__args__
}
