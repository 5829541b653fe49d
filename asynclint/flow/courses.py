"""Where a run of a function comes to while something is known of the object that nobody else changes meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from asynclint.flow.knowledge import Place, Spoils, advance, learned, step
from asynclint.flow.terms import Facts, State, Terms
from asynclint.ir import ops
from asynclint.ir.graph import Graph

MOST_STATES = 2000
"""Blocks with what is known there beyond which anything is taken to be reached."""


@dataclass(frozen=True, slots=True)
class Course:
    """One graph, and what is known whenever the function gives way, but for what it has changed itself."""

    graph: Graph
    selves: frozenset[ops.Var]
    spoils: Spoils
    facts: Facts

    def reaches(self, starts: Iterable[Place], goals: Collection[Place]) -> bool:
        """Tell whether a run comes from one of some points to one of the goals."""
        return any(place in goals for place in self._visited(starts))

    def returns(self) -> bool:
        """Tell whether a run from the beginning may end without an exception."""
        return any(number == self.graph.exit for number, _ in self._visited([(self.graph.entry, 0)]))

    def _visited(self, starts: Iterable[Place]) -> Iterator[Place]:
        """Yield the places that are come to; the exit has one as well."""
        states = frozenset(fact.state for fact in self.facts)
        seen: set[tuple[int, Facts]] = set()
        pending = [(number, place, self.facts) for number, place in starts]
        while pending:
            number, begin, facts = pending.pop()
            if begin == 0 and (number, facts) in seen:
                continue
            seen.add((number, facts))
            yield number, begin
            if len(seen) > MOST_STATES:
                yield from ((n, i) for n, block in enumerate(self.graph.blocks) for i in range(len(block.ops) + 1))
                return
            terms, raised = Terms(self.selves, {}), {facts}
            block = self.graph.blocks[number]
            for place in range(begin, len(block.ops)):
                op = block.ops[place]
                yield number, place
                facts = _about(advance(facts, op, terms, self.spoils), states)
                if isinstance(op, ops.Suspend):
                    facts &= self.facts
                raised.add(facts)
                step(op, terms, self.spoils)
            if block.ops:
                pending.extend((block.handler, 0, known) for known in raised)
            pending.extend((way, 0, _about(known, states)) for way, known in _ways(self.graph, number, terms, facts))


def _about(facts: Facts, states: frozenset[State]) -> Facts:
    return facts if all(fact.state in states for fact in facts) else frozenset(f for f in facts if f.state in states)


def _ways(graph: Graph, number: int, terms: Terms, facts: Facts) -> Iterator[tuple[int, Facts]]:
    """Yield the ways out of a block that can be taken, each with what is known on it."""
    block = graph.blocks[number]
    last = block.ops[-1] if block.ops else None
    question = terms.question(last.value) if isinstance(last, ops.Test) else None
    if question is None or len(block.successors) != 2:
        yield from ((way, facts) for way in block.successors)
        return
    outcome = question.outcome(facts)
    for edge, way in zip((True, False), block.successors, strict=True):
        if outcome is None or outcome is edge:
            yield way, learned(facts, tuple(question.answer(edge)))
