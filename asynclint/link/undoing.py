"""Undoing: who takes away what a function has found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from asynclint.ir.places import ANY_KEY, Attr, Path
from asynclint.link.program import Function
from asynclint.link.rivals import Rivals
from asynclint.link.spots import attribute_of
from asynclint.link.touches import TAKING
from asynclint.survey.facts import Place, Write

ADDING = frozenset(("setdefault", "update"))


def undoers(rivals: Rivals, function: Function, path: Path) -> Iterator[tuple[Function, Write]]:
    """Yield the writes that leave nothing at a path: None, a deletion."""
    for other, write in rivals.writers(function, path):
        if takes_away(path, write):
            yield other, write


def takes_away(path: Path, write: Write) -> bool:
    """Tell whether a write leaves nothing at a path."""
    steps, shape = write.place.steps, path.shape
    if shape[-1:] == ("[]",):
        if write.how == "mutate":
            return steps == shape[:-1] and write.detail in TAKING
        return write.how == "delete item" and steps in (shape, shape[:-1])
    return steps == shape and (write.how == "delete" or (write.how == "store" and write.detail == "None"))


def only_adds(path: Path, write: Write) -> bool:
    """Tell whether a write leaves every key of the container of an element where it is."""
    if write.place.steps == path.shape:
        return write.how in ("store", "item", "augmented") or (write.how == "mutate" and write.detail in ADDING)
    return write.place.steps == path.shape[:-1] and write.how == "mutate" and write.detail in ADDING


Meets = Callable[[Function, Function, int, Path], bool]
"""Tells of two functions whether the second may reach a line, where it writes a path, while the first is at work."""


def undone(rivals: Rivals, function: Function, meets: Meets | None = None, last: int | None = None) -> Iterator[str]:
    """Yield the names of what a function reads and uses as an object, and what somebody else takes away meanwhile.

    What is read only behind the line of the `last` suspension, if that is given, is left out, unless it is stored
    before that, or is an element of a container that is looked at before.
    """
    meets = meets or (lambda one, other, _, __: rivals.may_overlap(one, other))
    facts = function.facts
    called = {site.callee.rpartition(".")[0] for site in facts.calls}
    stores = (write for write in facts.writes if write.how in ("store", "item"))
    stored = {write.place for write in stores if last is not None and write.line <= last}
    longer = {place.steps[:cut] for place in facts.loads for cut in range(1, len(place.steps))}
    for place, line in facts.loads.items():
        if place.kind == "param" or not place.steps or attribute_of(place) not in rivals.touches.taken:
            continue
        if last is not None and line > last and place not in stored and not _is_element(facts.loads, place, last):
            continue
        used = place.steps[-1] == "[]" or place.steps in longer or _spelled(place) in called
        if used and any(meets(function, other, at, path) for other, at, path in _others(rivals, function, place)):
            yield attribute_of(place)


def _is_element(loads: Mapping[Place, int], place: Place, last: int) -> bool:
    """Tell whether a place is an element of a container that is looked at before a line, so that its key may be old."""
    container = place._replace(steps=place.steps[:-1])
    return place.steps[-1] == "[]" and loads.get(container, last) < last


def _spelled(place: Place) -> str:
    names = place.steps if place.root.startswith("%") else (place.root, *place.steps)
    return ".".join(names)


def _others(rivals: Rivals, function: Function, place: Place) -> Iterator[tuple[Function, int, Path]]:
    path = Path(place.kind, place.root, tuple(ANY_KEY if step == "[]" else Attr(step) for step in place.steps))
    for other, write in undoers(rivals, function, path):
        # A second run takes out what it has looked up as well.
        if other is not function or write.how == "delete item" or write.detail == "pop":
            yield other, write.line, path
