"""What a function and the functions that it runs itself touch, by name: a coarse summary that never leaves out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from asynclint.ir.places import Path
from asynclint.link.program import Function
from asynclint.link.resolve import Resolver
from asynclint.survey.facts import CallSite, Place

MAX_DEPTH = 4
SHORT_LINES = 4
MAX_CALLEE_LINES = 120
BY_HAND = (".acquire", ".release")
LOCAL_ROOTS = ("self.", "cls.", "super().")


@dataclass(frozen=True, slots=True)
class Touched:
    """Names of state, as `kind:first step`: those read, those written."""

    reads: frozenset[str]
    writes: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        """Everything touched."""
        return self.reads | self.writes


def name_of(place: Place) -> str:
    """Return the coarse name of a place; what hangs off a parameter is named by its attribute alone."""
    if not place.steps:
        return f"{place.kind}:{place.root}"
    kind = "self" if place.kind in ("self", "cls", "class") else place.kind
    return f"{kind}:{place.steps[0]}"


def name_at(path: Path) -> str:
    """Return the coarse name of what an access path leads to."""
    return name_of(Place(path.kind, path.root, path.shape))


@dataclass(slots=True)
class Effects:
    """Summaries of what functions touch, remembered."""

    resolver: Resolver
    _own: dict[Function, Touched] = field(default_factory=dict)
    _all: dict[Function, Touched] = field(default_factory=dict)
    _locking: dict[Function, bool] = field(default_factory=dict)
    _followed: dict[Function, frozenset[str]] = field(default_factory=dict)

    def followed(self, function: Function) -> frozenset[str]:
        """Return the names of state of which it matters what other functions do to it while this one runs them.

        It is what is written here; and what is read here of another object, and written by a method that is called on
        that: `if not self.link.is_up: await self.link.open()`.
        """
        known = self._followed.get(function)
        if known is None:
            known = self._followed[function] = self.all(function).writes | frozenset(self._elsewhere(function))
        return known

    def _elsewhere(self, function: Function) -> Iterator[str]:
        read = defaultdict[str, set[str]](set)
        for place in function.facts.loads:
            if place.kind in ("self", "param") and len(place.steps) > (place.kind == "self"):
                read[".".join((place.root, *place.steps[:-1]))].add(f"self:{place.steps[-1]}")
        for call in function.facts.calls:
            names = read.get(call.callee.rpartition(".")[0])
            target = self.resolver.target(function, call.callee) if names else None
            if names and target is not None and is_run(function, call, target):
                yield from sorted(names & self.all(target).writes)

    def own(self, function: Function) -> Touched:
        """Return what the function's own body touches."""
        known = self._own.get(function)
        if known is None:
            facts = function.facts
            reads = frozenset(map(name_of, facts.loads))
            known = self._own[function] = Touched(reads, frozenset(name_of(write.place) for write in facts.writes))
        return known

    def callees(self, function: Function) -> list[Function]:
        """Return the functions that this one runs on the same object or in the same scope, in its own task."""
        found: list[Function] = []
        for call in function.facts.calls:
            if "." in call.callee and not (call.callee.startswith(LOCAL_ROOTS) and call.callee.count(".") == 1):
                continue
            target = self.resolver.target(function, call.callee)
            if target is None or target in found or (target.path != function.path and not target.facts.cls):
                continue
            if is_run(function, call, target):
                found.append(target)
        found.extend(self._properties(function))
        return found

    def _properties(self, function: Function) -> list[Function]:
        own = self.resolver.program.class_of(function)
        if own is None:
            return []
        found = []
        for place in function.facts.loads:
            if place.kind == "self" and place.steps:
                method = self.resolver.program.method(own, place.steps[0])
                if method is not None and is_property(method):
                    found.append(method)
        return found

    def leads_to(self, function: Function, name: str, without: Function) -> bool:
        """Tell whether a function writes state of a name, or runs what does, a few calls deep and not by way of one."""
        if name not in self.all(function).writes:
            return False
        seen, layer = {function, without}, [function]
        for _ in range(MAX_DEPTH):
            if any(name in self.own(current).writes for current in layer):
                return True
            following = dict.fromkeys(callee for current in layer for callee in self.callees(current))
            layer = [callee for callee in following if callee not in seen]
            seen.update(layer)
        return False

    def all(self, function: Function) -> Touched:
        """Return what the function and its callees touch, a few calls deep."""
        known = self._all.get(function)
        if known is None:
            reads: set[str] = set()
            writes: set[str] = set()
            seen = {function}
            layer = [function]
            for _ in range(MAX_DEPTH):
                following: list[Function] = []
                for current in layer:
                    own = self.own(current)
                    reads |= own.reads
                    writes |= own.writes
                    following.extend(self.callees(current))
                layer = [callee for callee in dict.fromkeys(following) if callee not in seen]
                seen.update(layer)
            known = self._all[function] = Touched(frozenset(reads), frozenset(writes))
        return known

    def takes_locks(self, function: Function) -> bool:
        """Tell whether the function or its callees, a few calls deep, take or give back something by hand."""
        known = self._locking.get(function)
        if known is None:
            seen, layer = {function}, [function]
            known = False
            for _ in range(MAX_DEPTH):
                known = any(call.callee.endswith(BY_HAND) for current in layer for call in current.facts.calls)
                following = dict.fromkeys(callee for current in layer for callee in self.callees(current))
                layer = [callee for callee in following if callee not in seen]
                if known or not layer:
                    break
                seen.update(layer)
            self._locking[function] = known
        return known


def is_run(function: Function, call: CallSite, target: Function) -> bool:
    """Tell whether a function, or who awaits it, runs what it calls: a coroutine that a plain function returns as well.

    What is handed to another call, such as one that makes a task of it, is not.
    """
    if call.awaited or not target.facts.is_async:
        return True
    return not function.facts.is_async and not any(call.callee in site.arguments for site in function.facts.calls)


def is_property(function: Function) -> bool:
    """Tell whether a method is read like an attribute."""
    return any(name.rsplit(".", 1)[-1] in ("property", "cached_property") for name in function.facts.decorators)


def is_short(function: Function) -> bool:
    """Tell whether a function is worth a look for what it makes of its arguments alone."""
    return not function.facts.is_async and function.facts.end_line - function.facts.line <= SHORT_LINES


def can_stand_in(function: Function) -> bool:
    """Tell whether the body of a function may be put in place of a call of it: it is plain, and not too long."""
    facts = function.facts
    if facts.is_generator or facts.end_line - facts.line > MAX_CALLEE_LINES:
        return False
    return not any(name.rsplit(".", 1)[-1] in ("contextmanager", "asynccontextmanager") for name in facts.decorators)
