"""State as one function sees it, in its own facts and in those of what it runs: spots, known well enough to compare.

A spot is an anchor and steps. The anchor is the object of the function that asks (`self`), a parameter of it, a class
or the globals of a file; or `ANYWHERE`, where the steps are the end of a path whose beginning is not known: what a
helper does to an argument, or to an object that was found by way of a local.
"""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.ir.places import CLOSURE, MODULE, Attr, Key, Path
from asynclint.survey.facts import FunctionFacts, Place

Spot = tuple[str, tuple[str, ...]]
Prefix = tuple[str, ...] | None
"""The steps from the object of the function that asks to that of one that it runs; None where they are not known."""

ANYWHERE = "?"
OWN_OBJECT = "self"
PASSED = "%passed"
"""The name of what a parameter of a function that is run denotes itself: the caller has another."""
KEPT_STEPS = 3
"""As many as the survey keeps."""
ITEM = "[]"


def attribute_of(place: Place) -> str:
    """Return the last attribute name along a place, the root where there is none."""
    return next((step for step in reversed(place.steps) if step != ITEM), place.root)


def name_inside(place: Place) -> str:
    """Return the same of a place in a function that is run: what a parameter denotes has the caller's name."""
    name = attribute_of(place)
    return PASSED if place.kind == "param" and name == place.root else name


def spot_of(place: Place, path: str) -> Spot:
    """Return a place of the function that asks, which stands in a file."""
    match place.kind:
        case "self" | "cls":
            return OWN_OBJECT, place.steps
        case "param" | "closure":
            return f"{place.kind}:{place.root}", place.steps
        case "class":
            return f"class:{place.root}:{path}", place.steps
        case _:
            return f"global:{path}", place.steps


def spot_inside(place: Place, path: str, prefix: Prefix) -> Spot:
    """Return a place of a function that is run; `prefix` leads to its object."""
    match place.kind:
        case "self" | "cls":
            return (ANYWHERE, place.steps) if prefix is None else (OWN_OBJECT, (*prefix, *place.steps))
        case "param":
            return ANYWHERE, place.steps
        case "closure":
            # It may be a local of the function that asks, which denotes whatever place.
            return ANYWHERE, place.steps[1:] or place.steps
        case _:
            return spot_of(place, path)


def prefix_of(prefix: Prefix, callee: str) -> Prefix:
    """Return the steps to the object on which a call runs, given those to the caller's."""
    receiver, _, _ = callee.rpartition(".")
    if receiver in ("", "self", "cls", "super()"):
        return prefix
    if prefix is None or "()" in receiver or not receiver.startswith("self."):
        return None
    steps = receiver.replace(ITEM, f".{ITEM}").split(".")[1:]
    return (*prefix, *steps)


def path_of(spot: Spot, where: str) -> Path | None:
    """Return a spot as a path of the function that asks, which stands in a file; None where it has none."""
    anchor, steps = spot
    if anchor == ANYWHERE:
        return None
    known = tuple(Key("*") if step == ITEM else Attr(step) for step in steps)
    if anchor == OWN_OBJECT:
        return Path("self", "self", known)
    kind, _, rest = anchor.partition(":")
    match kind:
        case "param":
            return Path("param", rest, known)
        case "closure":
            return Path("closure", CLOSURE, known)
        case "class":
            root, _, file = rest.partition(":")
            return Path("class", root, known) if file == where else None
        case _:
            return Path("global", MODULE if rest == where else f"{MODULE}:{rest}", known)


def may_meet(read: Spot, wrote: Spot, mutates: bool) -> bool:
    """Tell whether a reading may be of what is written, or of the container of the element that is written."""
    (anchor, steps), (other, written) = read, wrote
    if ANYWHERE in (anchor, other):
        return _ends_alike(steps, written)
    if anchor != other:
        return False
    steps, written = steps[:KEPT_STEPS], written[:KEPT_STEPS]
    if steps == written or (mutates and steps == (*written, ITEM)[:KEPT_STEPS]):
        return True
    return written[-1:] == (ITEM,) and steps == written[:-1]


def may_be_one(one: Spot, other: Spot) -> bool:
    """Tell whether two spots may be one state, an element taken for its container."""
    (anchor, steps), (second, written) = one, other
    if ANYWHERE in (anchor, second):
        return _ends_alike(steps, written)
    return anchor == second and _bare(steps[:KEPT_STEPS]) == _bare(written[:KEPT_STEPS])


def _ends_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two paths, of which one lacks its beginning, may be one; both have the same last name."""
    if len(one) >= KEPT_STEPS or len(other) >= KEPT_STEPS:
        return True  # there may have been more steps
    one, other = _bare(one), _bare(other)
    shared = min(len(one), len(other))
    return shared == 0 or one[-shared:] == other[-shared:]


def _bare(steps: tuple[str, ...]) -> tuple[str, ...]:
    while steps[-1:] == (ITEM,):
        steps = steps[:-1]
    return steps


def own_names(facts: FunctionFacts) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a function reads and writes itself, as one who runs it sees them."""
    return frozenset(map(name_inside, facts.loads)), frozenset(name_inside(write.place) for write in facts.writes)


def argument_spot(argument: str, function: FunctionFacts, path: str) -> Spot:
    """Return what a dotted name in a call's arguments denotes to the function that makes the call."""
    root, *steps = argument.replace(ITEM, f".{ITEM}").split(".")
    if root in ("self", "cls") and not any(step.endswith("()") for step in steps):
        return OWN_OBJECT, tuple(steps)
    if root in function.bindings or root in function.free or "()" in argument:
        return ANYWHERE, (last_name(argument),)
    return f"global:{path}", (root, *steps)


def last_name(argument: str) -> str:
    """Return the last name of a dotted name in the arguments of a call."""
    return argument.rpartition(".")[2].rstrip("[]()")


def contested_at(read: Spot, wrote: Spot) -> Iterator[Spot]:
    """Yield where to look for writers of what is read and written: if one of two spots is exact, both are that."""
    exact = [spot for spot in (wrote, read) if spot[0] != ANYWHERE]
    for anchor, steps in exact or (wrote,):
        yield anchor, steps
        yield anchor, (*steps, ITEM)
        if steps[-1:] == (ITEM,):
            yield anchor, steps[:-1]
