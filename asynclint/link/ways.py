"""Which ways through a function a call can take, and at which of its suspensions it gives way on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import NamedTuple

from asynclint.flow.solver import solve
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph
from asynclint.ir.places import CLOSURE, MODULE
from asynclint.link.truths import (
    ANY,
    CALLED,
    FALSE,
    NONE,
    OWN,
    SOME,
    TRUE,
    UNKNOWN,
    Draft,
    Fact,
    Known,
    Question,
    Truths,
    constant,
    differ,
    joined,
)
from asynclint.survey.vocabulary import MUTATORS

BUILT = frozenset(("bytes", "str", "int", "float", "bool", "list", "dict", "set", "tuple", "bytearray", "frozenset"))
"""Builtin types: what they make is never None."""
EQUAL = {"==": True, "is": True, "!=": False, "is not": False}
UNDECIDED = ("found", "except", "match")

Place = tuple[str, int]
"""A suspension, by its kind and its place: an entry and an exit may stand at one place."""


class Passed(NamedTuple):
    """What a call passes: of each parameter and of attributes of the object and of the arguments what is known."""

    params: frozenset[tuple[str, Fact]] = frozenset()
    facts: frozenset[tuple[tuple[str, ...], Fact]] = frozenset()

    def entry(self, own: str = "") -> Truths:
        """Return what is known where the function begins; `own` is the parameter that is the object."""
        known = {name: Known(fact) for name, fact in self.params}
        return Truths({**known, own: Known(spot=OWN)} if own else known, dict(self.facts))

    def joined(self, other: Passed) -> Passed:
        """Return what both calls pass."""
        both = joined(self.entry(), other.entry())
        params = frozenset((name, known.fact) for name, known in both.variables.items())
        return Passed(params, frozenset(both.facts.items()))


ANYTHING = Passed()


class Effect(NamedTuple):
    """What a suspension or a call does: whether others may run, and the attributes that it may write (None: any)."""

    gives_way: bool
    writes: frozenset[str] | None


class GaveWayError(Exception):
    """Ends the search where a suspension that gives way is all that was asked for."""


@dataclass(slots=True)
class Ways:
    """A domain of the solver; what it meets on the way is collected.

    `suspends` tells of a suspension, `calls` of a call what it does. If `first_only`, the first suspension that gives
    way ends it. What is in `shared` other functions may assign to. `members` names what is loaded, if it is a constant
    of a class. `own` is what the object is called, here or in the function around.
    """

    suspends: Callable[[ops.Suspend, Draft], Effect]
    calls: Callable[[ops.Call, Draft], Effect | None]
    members: Callable[[ops.LoadAttr], str]
    own: str
    shared: frozenset[str]
    first_only: bool
    yields: bool
    giving: set[Place] = field(default_factory=set)
    quiet: set[Place] = field(default_factory=set)
    open: set[tuple[int, int]] = field(default_factory=set)

    def join(self, left: Truths | None, right: Truths | None) -> Truths | None:
        """Return what holds on both ways in."""
        if left is None or right is None:
            return left if right is None else right
        return joined(left, right)

    def transfer(
        self, number: int, block: Block, facts: Truths | None
    ) -> tuple[Sequence[Truths | None], Truths | None]:
        """Return what holds on each way out, and where the block may be left by an exception."""
        if facts is None:
            return [None] * len(block.successors), None
        draft = Draft(facts)
        raised = facts
        for op in block.ops:
            self._apply(op, draft)
            if isinstance(op, ops.Suspend | ops.Call | ops.StoreAttr | ops.DeleteAttr):
                raised = joined(raised, draft.frozen())
        outs = self._outs(block, draft)
        self.open.update((number, way) for way, after in enumerate(outs) if after is not None)
        return outs, raised if block.ops else None

    def _outs(self, block: Block, draft: Draft) -> list[Truths | None]:
        last = block.ops[-1] if block.ops else None
        after = draft.frozen()
        if not isinstance(last, ops.Test) or last.kind in UNDECIDED or len(block.successors) != 2:
            return [after] * len(block.successors)
        outs: list[Truths | None] = []
        for holds in (True, False):
            way = Draft(after)
            outs.append(way.frozen() if way.assume(last.value, holds) else None)
        return outs

    def _apply(self, op: ops.Op, draft: Draft) -> None:
        self._take(op, draft)
        into = getattr(op, "into", None)
        if into in self.shared:
            draft.give(into)

    @singledispatchmethod
    def _take(self, op: ops.Op, draft: Draft) -> None:
        into = getattr(op, "into", None)
        if into is not None:
            draft.give(into)

    @_take.register
    def _const(self, op: ops.Const, draft: Draft) -> None:
        draft.give(op.into, Known(constant(op.text)))

    @_take.register
    def _new(self, op: ops.New, draft: Draft) -> None:
        draft.give(op.into, Known(Fact(TRUE if op.kind in ("lambda", "generator") else SOME)))

    @_take.register
    def _move(self, op: ops.Move, draft: Draft) -> None:
        draft.give(op.into, draft.known(op.source))

    @_take.register
    def _load(self, op: ops.LoadAttr, draft: Draft) -> None:
        name = self.members(op) if op.name.isupper() else ""
        if name:
            draft.give(op.into, Known(Fact(ANY, name)))
            return
        if op.base == CLOSURE:
            draft.give(op.into, Known(spot=OWN) if op.name == self.own else UNKNOWN)
            return
        spot = (MODULE,) if op.base == MODULE else draft.named(op.base)
        draft.give(op.into, Known(spot=(*spot, op.name)) if spot is not None else UNKNOWN)

    @_take.register
    def _store(self, op: ops.StoreAttr, draft: Draft) -> None:
        fact = draft.known(op.value).fact
        draft.store((*draft.spot(op.base), op.name), fact if not op.augmented else UNKNOWN.fact)

    @_take.register
    def _delete(self, op: ops.DeleteAttr, draft: Draft) -> None:
        draft.lose(frozenset((op.name,)))

    @_take.register
    def _forget(self, op: ops.Forget, draft: Draft) -> None:
        draft.give(op.var)

    @_take.register
    def _compute(self, op: ops.Compute, draft: Draft) -> None:
        asks = _question(op, draft)
        fact = Fact(SOME) if op.kind in ("not", "in", "not in", "fstring", *EQUAL) else Fact()
        if asks is not None:
            fact = Fact(_answer(asks, draft.known(asks.var).fact))
        draft.give(op.into, Known(fact, None, asks))

    @_take.register
    def _call(self, op: ops.Call, draft: Draft) -> None:
        if op.awaited:
            draft.give(op.into)
            return
        spot = draft.named(op.receiver) if op.receiver is not None else None
        says = (*spot, op.method + CALLED) if spot is not None and not op.args and not op.keywords else None
        if says is None or says not in draft.facts:
            effect = self.calls(op, draft)
            if effect is not None:
                draft.lose(effect.writes)
            elif spot is not None:
                draft.touch(spot, op.method in MUTATORS)
        made = Fact(SOME) if op.receiver is None and op.callee in BUILT else Fact()
        draft.give(op.into, Known(made, says))

    @_take.register
    def _store_item(self, op: ops.StoreItem, draft: Draft) -> None:
        draft.touch(draft.spot(op.base), mutates=True)

    @_take.register
    def _delete_item(self, op: ops.DeleteItem, draft: Draft) -> None:
        draft.touch(draft.spot(op.base), mutates=True)

    @_take.register
    def _suspend(self, op: ops.Suspend, draft: Draft) -> None:
        if op.kind == "yield" and not self.yields:
            effect = Effect(gives_way=False, writes=None)
        else:
            effect = self.suspends(op, draft)
        if effect.gives_way and self.first_only:
            raise GaveWayError
        (self.giving if effect.gives_way else self.quiet).add((op.kind, op.at))
        draft.lose(None if effect.gives_way else effect.writes)
        if op.into is not None:
            draft.give(op.into)


def _question(op: ops.Compute, draft: Draft) -> Question | None:
    """Return what the truth of a computed value says of another variable."""
    if op.kind == "not":
        inner = draft.known(op.args[0]).asks
        if inner is not None:
            return Question(inner.var, ANY & ~inner.holds, inner.text, not inner.same)
        return Question(op.args[0], ANY & ~TRUE, "", same=True)
    if op.kind not in EQUAL or len(op.args) != 2:
        return None
    one, two = op.args
    text = draft.known(two).fact.text
    if not text:
        one, two, text = two, one, draft.known(one).fact.text
    if not text:
        return None
    same = EQUAL[op.kind]
    if text == "None":
        return Question(one, NONE if same else SOME, "", same=True)
    return Question(one, ANY, text, same)


def _answer(asks: Question, fact: Fact) -> int:
    """Return which truths the answer to a question may have."""
    if asks.text:
        if fact.text == asks.text or differ(fact.text, asks.text):
            return TRUE if (fact.text == asks.text) == asks.same else FALSE
        return SOME
    yes, no = fact.truth & asks.holds, fact.truth & ~asks.holds
    return (TRUE if yes else 0) | (FALSE if no else 0)


def go(graph: Graph, ways: Ways, entry: Truths) -> None:
    """Go all ways through a graph that can be taken."""
    solve(graph, ways, entry)
