"""What a task knows of the attributes of its object where it gives way: what it has found or put there itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from asynclint.flow.settled import settled
from asynclint.flow.solver import solve
from asynclint.flow.terms import IN, IS_SET, NOTHING, Facts, Known, State, Terms, stored
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph

Place = tuple[int, int]
"""A block and the place of an op in it."""
Spoils = Callable[[ops.Call], frozenset[str]]
"""Tells of a call whose body is not in the graph which attributes of the object it may write."""
SIZES = ("true", "false")
ONE_VALUE = ("is", "true", "false")


class Sleep(NamedTuple):
    """What lasts while a function gives way, and the attribute with the task or future that it waits for."""

    facts: Facts
    awaited: State | None


class Knowledge(NamedTuple):
    """What is known `now`, and what was found at some point and has not been changed by this task since."""

    now: Facts
    lasting: Facts


def advance(facts: Facts, op: ops.Op, terms: Terms, spoils: Spoils) -> Facts:
    """Return what is known after an op of this task, given what was known before."""
    match op:
        case ops.StoreAttr(base, name, value) if base in terms.selves:
            term = terms.known.get(value)
            return _without(facts, (name,)) | (stored((name,), term) if isinstance(term, str) else NOTHING)
        case ops.DeleteAttr(base, name) if base in terms.selves:
            return _without(facts, (name,))
        case ops.StoreItem(base) | ops.DeleteItem(base):
            return _resized(facts, terms.state(base))
        case ops.Mutate(call):
            left = _resized(facts, terms.state(call.receiver))
            return _signalled(left, call, terms)
        case ops.Call():
            names = spoils(op)
            left = frozenset(fact for fact in facts if fact.state[0] not in names) if names else facts
            return _signalled(left, op, terms)
        case _:
            return facts


def _without(facts: Facts, state: State) -> Facts:
    return frozenset(fact for fact in facts if fact.state[: len(state)] != state)


def _resized(facts: Facts, state: State | None) -> Facts:
    """Return facts without what they say of what there is in a container, and whether there is anything."""
    if state is None:
        return facts
    inside = (*state, IN)
    return frozenset(f for f in facts if (f.state != state or f.says not in SIZES) and f.state[: len(inside)] != inside)


def _signalled(facts: Facts, call: ops.Call, terms: Terms) -> Facts:
    """Return facts after an event has been set or cleared, if that is what a call does."""
    state = terms.state(call.receiver) if call.method in ("set", "clear") and not call.args else None
    if state is None:
        return facts
    event = (*state, IS_SET)
    return _without(facts, event) | {Known(event, "true" if call.method == "set" else "false")}


def learned(facts: Facts, found: Collection[Known]) -> Facts:
    """Return facts with what has just been found, which ends what was known otherwise of the same."""
    told = frozenset(found)
    if told <= facts:
        return facts
    single = {fact.state for fact in told if fact.says in ONE_VALUE}
    kept = (fact for fact in facts if fact.state not in single or fact.says == "not")
    ruled_out = {(fact.state, fact.value) for fact in told if fact.says == "not"}
    return told | {fact for fact in kept if fact.says != "is" or (fact.state, fact.value) not in ruled_out}


def step(op: ops.Op, terms: Terms, spoils: Spoils) -> None:
    """Let the variables of a block follow an op; what was loaded is no more what stands there once it may change."""
    match op:
        case ops.Suspend():
            terms.forget()
        case ops.StoreAttr(_, name) | ops.DeleteAttr(_, name):
            terms.forget(frozenset((name,)))
        case ops.Call():
            names = spoils(op)
            if names:
                terms.forget(names)
        case _:
            pass
    terms.read(op)


@dataclass(slots=True)
class _Domain:
    """Must-knowledge; a way that what is known now rules out is not taken."""

    spoils: Spoils
    selves: frozenset[ops.Var]
    keys: Mapping[ops.Var, ops.Var]
    reached: set[int] = field(default_factory=set)
    sleeps: dict[Place, Sleep] = field(default_factory=dict)

    def join(self, left: Knowledge, right: Knowledge) -> Knowledge:
        """Return what holds on both ways."""
        joined = Knowledge(left.now & right.now, left.lasting & right.lasting)
        return left if joined == left else joined

    def transfer(
        self, number: int, block: Block, facts: Knowledge
    ) -> tuple[Sequence[Knowledge | None], Knowledge | None]:
        """Follow the ops of a block; anything in it may raise."""
        now, lasting = raised = facts
        terms = Terms(self.selves, {}, self.keys)
        self.reached.add(number)
        for place, op in enumerate(block.ops):
            raised = self.join(raised, Knowledge(now, lasting))
            now, lasting = (advance(known, op, terms, self.spoils) for known in (now, lasting))
            if isinstance(op, ops.Suspend):
                self.sleeps[number, place] = Sleep(lasting, terms.awaited(op.value))
                now = NOTHING
            step(op, terms, self.spoils)
        last = block.ops[-1] if block.ops else None
        question = terms.question(last.value) if isinstance(last, ops.Test) else None
        if question is None or len(block.successors) != 2:
            return [Knowledge(now, lasting)] * len(block.successors), raised
        outs: list[Knowledge | None] = []
        for edge in (True, False):
            found = tuple(question.answer(edge))
            ruled_out = question.outcome(now) is (not edge)
            outs.append(None if ruled_out else Knowledge(learned(now, found), learned(lasting, found)))
        return outs, raised


@dataclass(frozen=True)
class Knowing:
    """What is known where a function gives way; suspensions at which nobody arrives are left out."""

    graph: Graph
    reached: frozenset[int]
    sleeps: dict[Place, Sleep]
    end: Facts
    _ahead: dict[int, frozenset[int]] = field(default_factory=dict)

    def sleeping(self, start: Place, goal: Place) -> Iterator[tuple[Place, Sleep]]:
        """Yield the suspensions on a way from one op, which may be one itself, to another, and what is known there."""
        backward: dict[int, set[int]] = {}
        for number, ways in self._onward.items():
            for way in ways:
                backward.setdefault(way, set()).add(number)
        ahead, behind = self._after(start[0]), _closure(goal[0], backward)
        for at, sleep in self.sleeps.items():
            after = at[0] in ahead or (at[0] == start[0] and at[1] >= start[1])
            before = at[0] in behind or (at[0] == goal[0] and at[1] < goal[1])
            if after and before:
                yield at, sleep

    def behind(self, place: Place) -> Facts:
        """Return what is known at each suspension behind an op and, if it comes to that, at the end."""
        ahead = self._after(place[0])
        found = [
            sleep.facts
            for at, sleep in self.sleeps.items()
            if at[0] in ahead or (at[0] == place[0] and at[1] >= place[1])
        ]
        if self.graph.exit in ahead or self.graph.exit == place[0]:
            found.append(self.end)
        return frozenset.intersection(*found) if found else NOTHING

    def _after(self, number: int) -> frozenset[int]:
        """Return the blocks that a block leads to; asked for each write of each rival, so it is remembered."""
        known = self._ahead.get(number)
        if known is None:
            known = self._ahead[number] = frozenset(_closure(number, self._onward))
        return known

    @cached_property
    def _onward(self) -> dict[int, set[int]]:
        return {number: self._ways(number) for number in self.reached}

    def _ways(self, number: int) -> set[int]:
        block = self.graph.blocks[number]
        return {way for way in (*block.successors, block.handler) if way in self.reached}


def _closure(first: int, ways: dict[int, set[int]]) -> set[int]:
    seen: set[int] = set()
    pending = list(ways.get(first, ()))
    while pending:
        number = pending.pop()
        if number not in seen:
            seen.add(number)
            pending.extend(ways.get(number, ()))
    return seen


def knowing(graph: Graph, params: frozenset[str], selves: frozenset[ops.Var], spoils: Spoils) -> Knowing:
    """Work out what is known at each point of a graph; `selves` denote the object, `params` begin with a value."""
    domain = _Domain(spoils, selves, settled(graph, params))
    end = solve(graph, domain, Knowledge(NOTHING, NOTHING))[graph.exit]
    return Knowing(graph, frozenset(domain.reached), domain.sleeps, end.lasting if end is not None else NOTHING)
