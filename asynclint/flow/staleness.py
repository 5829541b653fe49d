"""The staleness analysis as the solver runs it: may-stale values and checks, must-held locks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asynclint.flow.asked import asked
from asynclint.flow.control import Control
from asynclint.flow.cursor import Cursor, Scope, scope_of
from asynclint.flow.failing import caught, failed
from asynclint.flow.liveness import Live, live
from asynclint.flow.over import over
from asynclint.flow.searches import not_found, searches
from asynclint.flow.solver import solve
from asynclint.flow.transfer import EFFECTS
from asynclint.flow.untouched import Untouched
from asynclint.flow.values import Guard, Guards, State, Value, join_states, merge_guards
from asynclint.flow.verdicts import contradicted
from asynclint.flow.writes import WRITING, Written, step
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph, may_raise
from asynclint.ir.places import Path

CHANGING = frozenset((
    ops.StoreAttr, ops.StoreItem, ops.DeleteAttr, ops.DeleteItem, ops.Mutate, ops.Suspend, ops.Move, ops.Acquire,
    ops.Release,
))  # fmt: skip
"""Ops after which a handler may find another state than before; the others make temporaries alone."""
MATTERING = WRITING | EFFECTS.keys()
"""Ops that change anything of the state."""


Moment = tuple[ops.Op, Cursor, Written | None]
"""An op, the state before it, and what it wrote."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A graph, what is worth following in it, and what holds before each op of the blocks that are reached.

    The moments are those of the last round of the solver: whoever looks at them need not apply the ops once more.
    """

    graph: Graph
    scope: Scope
    live: Live
    _moments: dict[int, Sequence[Moment]]

    def blocks(self) -> Iterator[tuple[int, Block, Sequence[Moment]]]:
        """Yield each block that is reached, by number, with the states before its ops; they are not to be changed."""
        for number, block in enumerate(self.graph.blocks):
            moments = self._moments.get(number)
            if moments is not None:
                yield number, block, moments


def solved(graph: Graph, entry: State, interest: frozenset[str] | None = None) -> Solved:
    """Run the analysis; `interest` names the attributes that somebody writes: what was read of others is not followed.

    `entry` is what holds when the function begins.
    """
    scope = scope_of(graph, interest, Control(graph))
    domain = Staleness(graph, scope)
    solve(graph, domain, entry)
    return Solved(graph, scope, domain.live, domain.moments)


class Staleness:
    """The domain of the staleness analysis over one graph."""

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self.live = live(graph)
        self._graph = graph
        self._scope = scope
        self._untouched = Untouched(graph)
        self._unhandled = graph.raised
        self._searches = searches(graph)
        self._over = over(graph, scope.deciding)
        self.moments: dict[int, Sequence[Moment]] = {}

    def join(self, left: State, right: State) -> State:
        """Join two states; the left one itself is returned where it holds all of the right one."""
        return left if left is right else join_states(left, right)

    def transfer(self, number: int, block: Block, facts: State) -> tuple[tuple[State, ...], State | None]:
        """Run a block's ops; a `Test` adds a guard on either way out."""
        cursor = Cursor(facts.env, facts.guards, facts.held, self._scope, number)
        moments: list[Moment] = []
        self.moments[number] = moments
        raised: State | None = None
        handled = block.handler != self._unhandled
        changed = True
        for op in block.ops:
            kind = op.__class__
            if handled and changed and may_raise(op):
                raised, changed = self._also(raised, cursor, block.handler), False
            before = cursor
            if kind in MATTERING:
                cursor = before.copy()
            moments.append((op, before, step(cursor, op)))
            if handled and kind in CHANGING:
                changed = True
                if kind is ops.Suspend:
                    raised, changed = self._also(raised, cursor, block.handler), False
        if raised is not None:
            raised = State(raised.env, failed(self._graph, block.handler, raised.guards, moments), raised.held)
        last = block.ops[-1] if block.ops else None
        ways = _guarded(self._untouched, cursor, block, last, number) if isinstance(last, ops.Test) else None
        env = _kept(cursor.env, self.live.after(number))
        if number in self._searches and isinstance(last, ops.Iterate):
            ways = cursor.guards, not_found(cursor, last, number)
        states = tuple(
            State(env, self._left(number, way, cursor.guards if ways is None else ways[place]), cursor.held)
            for place, way in enumerate(block.successors)
        )
        return states, raised

    def _left(self, number: int, way: int, guards: Guards) -> Guards:
        """Return the checks that still decide something on the way from one block to another."""
        done = self._over.get((number, way))
        return frozenset(guard for guard in guards if guard.test not in done) if done else guards

    def _also(self, raised: State | None, cursor: Cursor, handler: int) -> State:
        state = State(_kept(cursor.env, self.live.before(handler)), cursor.guards, cursor.held)
        return state if raised is None else self.join(raised, state)


def _kept(env: dict[ops.Var, Value], live: frozenset[ops.Var]) -> dict[ops.Var, Value]:
    """Return the variables that matter further on: those that are named, and those that still hold what was there."""
    return {
        var: value
        for var, value in env.items()
        if var in live or (value.source is not None and value.readings and not var.startswith("%"))
    }


def _guarded(untouched: Untouched, cursor: Cursor, block: Block, test: ops.Test, number: int) -> tuple[Guards, Guards]:
    """Return the guards on the true and on the false way out of a test; those of its last run are over."""
    if test.kind == "except":
        return caught(untouched.graph, cursor.guards, number)
    form, readings = cursor.value(test.value).form, cursor.inspected(test.value, test.at)
    left = [guard for guard in cursor.guards if guard.test != number]
    others = cursor.guards if len(left) == len(cursor.guards) else frozenset(left)
    if not readings:
        form, readings = asked(cursor, block.ops, test)
    if not readings:
        return others, others
    make = cursor.scope.pool.guard
    made = ([make(number, edge, form, reading) for reading in readings] for edge in (True, False))
    true, false = (merge_guards((*_possible(untouched, others, told), *told)) for told in made)
    return true, false


def _possible(untouched: Untouched, guards: Guards, told: list[Guard]) -> Iterator[Guard]:
    """Yield the checks that can have been passed where another one has just come out so.

    What is written between the two may be what they ask about: under which key often nobody can tell.
    """
    about: dict[Path, list[Guard]] = {}
    for one in told:
        about.setdefault(one.reading.path, []).append(one)
    for guard in guards:
        if not any(untouched.either_way(guard.reading.at, one.reading.at) for one in contradicted(guard, about)):
            yield guard
