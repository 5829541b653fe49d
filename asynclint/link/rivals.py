"""Rivals: who else writes the state of a window, and whether it can happen meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

from asynclint.ir.places import MODULE, Attr, Path
from asynclint.link.callers import Callers
from asynclint.link.endings import Endings
from asynclint.link.foreign import Foreign
from asynclint.link.order import Order
from asynclint.link.overlaps import RANK, SEEN, Overlap, evidence_of, is_same, of_any, pair
from asynclint.link.ownership import Ownership
from asynclint.link.program import Class, Function
from asynclint.link.roots import Root
from asynclint.link.tasks import MANY_CLASSES, Tasks
from asynclint.link.touches import Touches
from asynclint.link.witness import Side, Witness
from asynclint.survey.facts import CallSite, Place, Write

OWN = ("self", "cls", "class")


@dataclass(frozen=True, slots=True)
class Rival:
    """A write by another task, and why the two overlap.

    `is_self`: the same write is made in this function, by itself or by a helper in it; `is_again`: who makes it is a
    second run of this very function.
    """

    function: Function
    write: Write | None
    overlap: Overlap
    evidence: tuple[str, ...]
    is_self: bool
    is_again: bool

    @property
    def is_guess(self) -> bool:
        """Tell whether no task, request or callback in sight makes the overlap."""
        return self.overlap == "possible"


@dataclass(frozen=True, slots=True)
class Rivals:
    """Finds the rivals of a window."""

    tasks: Tasks
    ownership: Ownership
    foreign: Foreign
    callers: Callers
    touches: Touches
    order: Order = field(init=False)
    witness: Witness = field(init=False)
    endings: Endings = field(init=False)
    _written: dict[tuple[object, ...], tuple[tuple[Function, Write], ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let what is asked again and again remember its answers."""
        order = Order(self.tasks)
        object.__setattr__(self, "order", order)
        object.__setattr__(self, "witness", Witness(self.tasks, order))
        object.__setattr__(self, "endings", Endings(self.tasks))

    def writers(self, function: Function, path: Path) -> Iterator[tuple[Function, Write]]:
        """Yield the writes of a path by any function that can reach it, constructors left out."""
        path = self._of_class(function, path)
        # Parameters and closures are of the function; all else is the same to every function of a class and file.
        asker = self.tasks.resolver.program.class_of(function) if path.kind in (*OWN, "global") else function
        key = (asker, function.path, path.kind, path.root, path.shape)
        known = self._written.get(key)
        if known is None:
            known = self._written[key] = tuple(self._find_writers(function, path))
        return iter(known)

    def _find_writers(self, function: Function, path: Path) -> Iterator[tuple[Function, Write]]:
        yield from self._of_objects(function, path)
        spelled, shape = _spelled(path), path.shape
        for other in self.touches.writers(function, path, spelled):
            writes = [one for one in other.facts.writes if self._same_root(path, one) and _conflicts(shape, one)]
            sites = [site for site in other.facts.calls if spelled in site.arguments]
            if (writes or sites) and not self.tasks.setup_only(other):
                yield from ((other, write) for write in writes)
                for site in sites:
                    yield from self._handed_to(other, site, site.arguments.index(spelled), path)

    def _of_objects(self, function: Function, path: Path) -> Iterator[tuple[Function, Write]]:
        """Yield the writes to the path by other names: `self.pool.size` is `size` to the methods of the pool."""
        for cut, owner in self._owners(function, path):
            inner, outer = path.shape[cut:], path.shape[:cut]
            found = list(self.foreign.writers(owner, inner[0]))
            if cut:
                members = self.touches.members_writing(owner, inner)
                found += [
                    (other, write) for other in members for write in other.facts.writes if write.place.kind in OWN
                ]
            for other, write in found:
                if _conflicts(inner, write) and not self.tasks.setup_only(other):
                    yield other, write._replace(place=Place("self", "self", (*outer, *write.place.steps)))

    def _owners(self, function: Function, path: Path) -> Iterator[tuple[int, Class]]:
        """Yield the classes of the objects along a path that have the next step as an attribute, with its position."""
        resolver = self.tasks.resolver
        own = resolver.program.class_of(function)
        for cut, step in enumerate(path.shape):
            before = list(path.shape[:cut])
            if step == "[]":
                return
            owner: Class | None = None
            if path.kind == "self" and own is not None:
                owner = resolver.type_of(own, before)
            elif path.kind == "global" and before:
                owner = resolver.instance(function.path, before)
            if owner is not None:
                yield cut, owner

    def _handed_to(
        self, caller: Function, site: CallSite, position: int, path: Path
    ) -> Iterator[tuple[Function, Write]]:
        """Yield the writes of a helper to the parameter that takes the path itself, as far as its position is known."""
        target = self.tasks.resolver.target(caller, site.callee)
        if target is None or not (site.awaited or not target.facts.is_async):
            return
        params = target.facts.params[1:] if target.facts.kind in ("method", "classmethod") else target.facts.params
        if position >= len(params):
            return
        for write in target.facts.writes:
            place = write.place
            if place.kind == "param" and place.root == params[position][0]:
                moved = write._replace(place=Place("self", "self", (*path.shape, *place.steps)))
                if _conflicts(path.shape, moved):
                    yield target, moved

    def readers(self, function: Function, path: Path) -> Iterator[Function]:
        """Yield the functions that read a path, or the container of an element, constructors left out."""
        path = self._of_class(function, path)
        wanted = {path.shape, path.shape[:-1] if path.shape[-1:] == ("[]",) else path.shape}
        for other in self.touches.readers(function, path):
            if any(place.steps in wanted for place in other.facts.loads) and not self.tasks.setup_only(other):
                yield other

    def _of_class(self, function: Function, path: Path) -> Path:
        """Return `Registry.created` as an attribute of the class, where the first name is that of a class."""
        if path.kind == "global" and path.root == MODULE and len(path.steps) > 1 and isinstance(path.steps[0], Attr):
            name = path.steps[0].name
            if self.tasks.resolver.program.find_class(function.path, name) is not None:
                return Path("class", name, path.steps[1:])
        return path

    def _same_root(self, path: Path, write: Write) -> bool:
        kind = write.place.kind
        if path.kind in (*OWN, "param"):
            return kind in OWN or (path.kind == kind == "param")
        return kind == path.kind

    def overlap(
        self,
        function: Function,
        other: Function,
        line: int | None,
        lines: tuple[int, int] | None = None,
        of_object: bool = True,
        limit: Callable[[Root, Root, Class | None], Overlap] | None = None,
        beside: bool = False,
        enough: Overlap = "evident",
    ) -> tuple[Overlap, tuple[str, ...]]:
        """Tell whether a write in a run of one function can fall into a run of the other, and what shows it.

        `line` is that of the write in `other`, None where it is not known, `lines` are those in `function` between
        which it falls, if known. State that is not `of_object` is the same to all objects. `limit` tells of two roots
        how clearly their runs overlap at most. `beside`: others than the function run the other one. `enough` will do.
        """
        best: tuple[Overlap, tuple[str, ...]] = ("none", ())
        for owner in self._kinds(function, other):
            found = self._overlap_on(owner, function, other, line, lines, of_object, limit, beside, enough)
            best = max(best, found, key=lambda one: RANK[one[0]])
            if RANK[best[0]] >= RANK[enough]:
                break
        return best

    def _overlap_on(
        self,
        owner: Class | None,
        function: Function,
        other: Function,
        line: int | None,
        lines: tuple[int, int] | None,
        of_object: bool,
        limit: Callable[[Root, Root, Class | None], Overlap] | None,
        beside: bool,
        enough: Overlap,
    ) -> tuple[Overlap, tuple[str, ...]]:
        """Tell the same of runs on an object of one class; of None, on any that both functions run on."""
        first, every = self.tasks.roots(function, owner), self.tasks.roots(other, owner)
        second = self.tasks.roots(other, owner, function) if beside else every
        first, second, every = (roots if of_object else of_any(roots) for roots in (first, second, every))
        best: Overlap = "none"
        shown: tuple[str, ...] = ()
        program, told = self.tasks.resolver.program, self.order.is_told_of
        for one, two in product(first, second):
            found = pair(one, two, is_same(program, one.function, two.function))
            if found == "single" and not of_object:
                found = "beside"  # it is there for everybody
            if found == "possible" and (one.alone or two.alone) and function is not other:
                found = "unlikely"  # one of them has an object that nobody else has yet
            if RANK[found] <= RANK[best]:
                continue
            found = "single" if found == "possible" and told(function, lines, one, two) else found
            sides = Side(function, one, first), Side(other, two, every)
            seen = found not in SEEN or enough not in SEEN or self.witness.shows(*sides, of_object, owner)
            found = found if seen else "possible"
            if RANK[found] > RANK[best] and limit is not None:
                found = min(found, limit(one, two, owner), key=RANK.__getitem__)
            if RANK[found] <= RANK[best]:
                continue
            if line is None or not self._keeps_apart(function, one, other, line, two, lines, owner):
                best, shown = found, evidence_of(one, two, found) if seen else ()
                if RANK[best] >= RANK[enough]:
                    break
        return best, shown

    def may_overlap(self, function: Function, other: Function) -> bool:
        """Tell whether `overlap` may find any: what comes in turn is not looked at."""
        owner = self._owner(function, other)
        first = [root for root in self.tasks.roots(function, owner) if root.multiplicity != "setup"]
        second = [root for root in self.tasks.roots(other, owner) if root.multiplicity != "setup"]
        if all(root.multiplicity == "serial" for root in (*first, *second)):
            return False
        program = self.tasks.resolver.program
        return any(
            pair(one, two, is_same(program, one.function, two.function)) != "none"
            for one, two in product(first, second)
        )

    def _keeps_apart(
        self,
        function: Function,
        one: Root,
        other: Function,
        line: int,
        two: Root,
        lines: tuple[int, int] | None,
        owner: Class | None,
    ) -> bool:
        """Tell whether one of the two is over before the other begins, or is seen to have ended."""
        precedes, ended = self.order.precedes, self.endings.ended
        if precedes(other, line, two, one, owner) or precedes(function, function.facts.end_line, one, two, owner):
            return True
        # The write is made only when the one task is over, or falls where the other one is.
        if one.near and ended(one, other, line, line, two, owner):
            return True
        return lines is not None and two.near and ended(two, function, *lines, one, owner)

    def _kinds(self, function: Function, other: Function) -> tuple[Class | None, ...]:
        """Return the classes of the objects on which both may run, where one that is never made has a few derived.

        What two of those do meets on no object.
        """
        program = self.tasks.resolver.program
        owner = self._owner(function, other)
        base = owner or program.class_of(function)
        if base is None or (owner is None and program.class_of(other) is not base):
            return (owner,)
        derived = program.descendants(base)
        if not 1 < len(derived) < MANY_CLASSES or self.ownership.is_made(base):
            return (owner,)
        return tuple(one for one in derived if not program.descendants(one))

    def _owner(self, function: Function, other: Function) -> Class | None:
        """Return the class of an object on which both run: the more derived one; None if they share none."""
        program = self.tasks.resolver.program
        first, second = program.class_of(function), program.class_of(other)
        if first is None or second is None or first is second:
            return None
        if second in program.ancestors(first):
            return first
        return second if first in program.ancestors(second) else None


def _spelled(path: Path) -> str:
    """Return an attribute of the object as an argument spells it; empty for other state."""
    return ".".join(("self", *path.shape)) if path.kind == "self" and "[]" not in path.shape else ""


def _conflicts(shape: tuple[str, ...], write: Write) -> bool:
    """Tell whether a write can change what a path names."""
    steps = write.place.steps
    if steps == shape or steps == shape[: len(steps)]:
        return True
    return steps[:-1] == shape and steps[-1] == "[]"
