"""State as a finding names it, and what of a file touches it: by shape, without regard to flow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.fixes.edits import RefusedError
from asynclint.survey.facts import FunctionFacts, Place, PlaceKind, Write

_HEAD = re.compile(r"\w+")
_STEP = re.compile(r"\.(?P<name>\w+)|(?P<key>\[)")
_OBJECT: tuple[PlaceKind, ...] = ("self", "cls", "class")


@dataclass(frozen=True, slots=True)
class State:
    """`self.rows[key]` is `text`, with the kind of its root and the shape of its steps, as in `survey.facts.Place`."""

    text: str
    kind: PlaceKind
    root: str
    steps: tuple[str, ...]

    @property
    def attribute(self) -> str:
        """The last name along the path."""
        return next((step for step in reversed(self.steps) if step != "[]"), self.root)

    def touched_by(self, place: Place) -> bool:
        """Tell whether a place is this state, holds it, or is part of it."""
        if place.kind != self.kind and not (place.kind in _OBJECT and self.kind in _OBJECT):
            return False
        if self.kind == "param" and place.root != self.root:
            return False
        size = min(len(place.steps), len(self.steps))
        return size > 0 and place.steps[:size] == self.steps[:size]

    def writes(self, function: FunctionFacts) -> Iterator[Write]:
        """Yield the writes of this state in a function."""
        return (write for write in function.writes if self.touched_by(write.place))

    def replaced_by(self, function: FunctionFacts) -> Iterator[Write]:
        """Yield the writes that put something else there, or change what a container holds.

        Whoever only changes an attribute of the object that is there leaves it there.
        """
        size = len(self.steps)
        return (write for write in self.writes(function) if not set(write.place.steps[size:]) - {"[]"})

    def is_read_by(self, function: FunctionFacts) -> bool:
        """Tell whether a function reads this state."""
        return any(self.touched_by(place) for place in function.loads)


def parse_state(text: str, function: FunctionFacts) -> State:
    """Read a path as a finding spells it; a `RefusedError` where it is none that can be written in code."""
    head = _HEAD.match(text)
    if head is None:
        raise RefusedError("the state has no name")
    steps, place = [], head.end()
    while place < len(text):
        step = _STEP.match(text, place)
        if step is None:
            raise RefusedError(f"the state {text} is no path")
        steps.append(step["name"] or "[]")
        place = step.end() if step["name"] else _closing(text, step.start())
    root = head[0]
    names = [name for name, _ in function.params]
    if function.kind in ("method", "classmethod") and (root in ("self", "cls") or (names and root == names[0])):
        return State(text, "self" if function.kind == "method" else "cls", root, tuple(steps))
    if root in names:
        return State(text, "param", root, tuple(steps))
    if root in ("self", "cls"):
        return State(text, "self", root, tuple(steps))
    if root in function.free:
        return State(text, "closure", "%closure", (root, *steps))
    if root[:1].isupper() and steps:
        return State(text, "class", root, tuple(steps))
    return State(text, "global", "%module", (root, *steps))


def _closing(text: str, start: int) -> int:
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if depth == 0:
            return place + 1
    raise RefusedError(f"the state {text} is no path")
