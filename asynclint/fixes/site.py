"""A finding in its file, as a remedy sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from asynclint.findings import Finding, Role, Step
from asynclint.fixes.document import Document
from asynclint.fixes.edits import RefusedError
from asynclint.fixes.scene import Scene
from asynclint.fixes.state import State, parse_state
from asynclint.source import Span
from asynclint.survey.facts import FunctionFacts


@dataclass(frozen=True)
class Site:
    """What a remedy is given: the finding and its file. Facts of the flow are not at hand."""

    finding: Finding
    document: Document

    @cached_property
    def function(self) -> FunctionFacts:
        """The function that the finding is about."""
        return self.document.function(self.finding.function, self.finding.span.line)

    @cached_property
    def scene(self) -> Scene:
        """The tree of that function."""
        return self.document.scene(self.function)

    @cached_property
    def state(self) -> State:
        """The state that the finding is about."""
        return parse_state(self.finding.state or "", self.function)

    def step(self, *roles: Role) -> Step:
        """Return the first step of the function's own that has one of the roles."""
        for one in self.finding.trace:
            if one.role in roles:
                if (one.path, one.function) != (self.finding.path, self.finding.function):
                    raise RefusedError(f"{_named(one)} stands in another function")
                return one
        raise RefusedError(f"no {roles[0]} is known")

    @property
    def rivals(self) -> list[Step]:
        """The accesses of other tasks that the finding names."""
        return [one for one in self.finding.trace if one.role == "rival"]

    def node(self, span: Span) -> cst.CSTNode:
        """Return the innermost node that covers a span."""
        return self.scene.at(span)

    def awaits(self, node: cst.CSTNode) -> Iterator[cst.Await]:
        """Yield the awaits in a node, the outer first, those of functions inside of it left out."""
        return (one for one in self.scene.within(node) if isinstance(one, cst.Await))

    def fresh_name(self, *wishes: str, besides: Collection[str] = ()) -> str:
        """Return the first wish, numbered if need be, that is no name in the function yet, nor one of `besides`."""
        taken = set(besides) | self.scene.names
        taken |= self.function.free | self.function.bindings | {name for name, _ in self.document.facts.globals}
        taken |= {name for name, _ in self.document.facts.imports}
        for number in range(1, 100):
            for wish in wishes:
                name = wish if number == 1 else f"{wish}_{number}"
                if name not in taken:
                    return name
        raise RefusedError("no name for the local variable is free")


def _named(step: Step) -> str:
    return {"read": "the reading", "check": "the check", "write": "the write"}.get(step.role, f"the {step.role}")
