"""Which object a call is made on: the one that all know, one that was just made here, or nobody knows which."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from asynclint.link.program import Class, Function
from asynclint.link.resolve import Resolver
from asynclint.link.served import registered
from asynclint.survey.facts import CallSite, Write

Reach = Literal["own", "part", "near", "far", "fresh", "alone"]
"""`own`: the object itself; `part`: one that this has made for itself; `near`: one at a place known to all; `far`:
nobody knows which; `fresh`: one that is made in this very run; `alone`: so, and nobody else has it before this returns
it."""
NEW: frozenset[Reach] = frozenset(("fresh", "alone"))
REACHES: tuple[Reach, ...] = ("own", "part", "near", "far", "fresh", "alone")


@dataclass(slots=True)
class Reaching:
    """Answers about the receivers of calls, remembered where they are asked for often."""

    resolver: Resolver
    _exact: dict[tuple[Class, str], frozenset[Class]] = field(default_factory=dict)

    def through(self, reach: Reach, caller: Function, site: CallSite) -> Reach:
        """Return what is known of an object, which the callee reaches so, to the caller."""
        if reach in ("far", "fresh", "alone"):
            return reach
        if reach in ("own", "part") and self._is_fresh(caller, site):
            return "alone" if _is_alone(caller, site) else "fresh"
        receiver, _, _ = site.callee.rpartition(".")
        if self._is_captured(caller, receiver):
            return "near"
        if not _is_near(caller, site.callee):
            return "far"
        if receiver in ("", "self", "cls", "super()"):
            return reach
        # What hangs on a new object may have been given to it, and be anybody's; what it has made is as new.
        return "part" if reach != "near" and self._is_part(caller, receiver) else "near"

    def _is_captured(self, caller: Function, receiver: str) -> bool:
        """Tell whether an object is one that whoever registers handlers has at hand: all requests work with it.

        A coroutine that defines functions is run for something; what it has at hand is of that.
        """
        if not receiver or receiver not in caller.facts.free:
            return False
        program = self.resolver.program
        functions, inner = program.modules[caller.path].functions, caller
        while inner.facts.parent is not None:
            outer = functions.get(inner.facts.parent)
            if outer is None:
                return False
            if receiver in outer.facts.bindings or any(receiver == name for name, _ in outer.facts.params):
                return not outer.facts.is_async and bool(registered(inner, program.models))
            inner = outer
        return False

    def _is_part(self, caller: Function, receiver: str) -> bool:
        """Tell whether the receiver is an attribute for which the object makes all that ever stands there."""
        first, *names = receiver.split(".")
        own = self.resolver.program.class_of(caller)
        return first == "self" and len(names) == 1 and own is not None and bool(self._made_of(own, names[0]))

    def excludes(self, caller: Function, callee: str, owner: Class | None) -> bool:
        """Tell whether the receiver, an attribute or a local, is made of classes that are not this one.

        An object of the class itself, or of one that is derived from it, may be meant.
        """
        made = self._classes(caller, callee) if owner is not None else frozenset()
        return bool(made) and not any(owner in self.resolver.program.ancestors(one) for one in made)

    def hides(self, caller: Function, callee: str, function: Function) -> bool:
        """Tell whether the receiver is only ever of classes that have another method in the place of one."""
        made = self._classes(caller, callee)
        return bool(made) and all(self._replaces(one, function) for one in made)

    def _replaces(self, cls: Class, function: Function) -> bool:
        """Tell whether objects of a class have another method by the name, and this does not call those above."""
        method = self.resolver.program.method(cls, function.short)
        if method is None or method is function:
            return False
        names = {site.callee for site in method.facts.calls if site.callee.rsplit(".", 1)[-1] == function.short}
        return all(name.startswith("self.") and name.count(".") > 1 for name in names)

    def _classes(self, caller: Function, callee: str) -> frozenset[Class]:
        """Return the classes that make the receiver, an attribute or a local; none if it is not known."""
        first, *names = callee.split(".")[:-1] or [""]
        own = self.resolver.program.class_of(caller)
        if "[]" in callee or (first == "self") != bool(names):
            return frozenset()
        if first != "self":
            return self._constructors(caller, first)
        holder = self.resolver.type_of(own, names[:-1]) if own is not None else None
        return self._made_of(holder, names[-1]) if holder is not None else frozenset()

    def _constructors(self, caller: Function, name: str) -> frozenset[Class]:
        """Return the classes whose constructors make all that a local ever holds; none if it is not known."""
        find = self.resolver.program.find_class
        sources = [source for local, source in caller.facts.made if local == name]
        known = [find(caller.path, source) for source in sources if "=" not in source]
        made = frozenset(one for one in known if one is not None)
        return made if len(known) == len(sources) and None not in known else frozenset()

    def _made_of(self, holder: Class, name: str) -> frozenset[Class]:
        """Return the classes that make an attribute, wherever something is put there; none if it is not known."""
        known = self._exact.get((holder, name))
        if known is None:
            known = self._exact[holder, name] = frozenset(self._find_made_of(holder, name))
        return known

    def _find_made_of(self, holder: Class, name: str) -> set[Class]:
        found: set[Class] = set()
        for function in self.resolver.program.members(holder):
            for write in function.facts.writes:
                if write.how != "store" or not _is_own(write, name) or write.detail == "None":
                    continue
                made = self._constructed(function, write.line)
                if made is None:
                    return set()
                found.add(made)
        return found

    def _constructed(self, function: Function, line: int) -> Class | None:
        """Return the class whose constructor is all that is called in a line, None for anything else."""
        made = {self.resolver.program.find_class(function.path, one.callee) for one in _calls_in(function, line)}
        return made.pop() if len(made) == 1 else None

    def _is_fresh(self, caller: Function, site: CallSite) -> bool:
        receiver, _, _ = site.callee.rpartition(".")
        first, *names = receiver.split(".")
        if "[]" in receiver or "()" in receiver or not first:
            return False
        if first in ("self", "cls"):
            return bool(names) and first == "self" and self._is_refilled(caller, names[0], site.line)
        sources = [source for name, source in caller.facts.made if name == first]
        find = self.resolver.program.find_class
        own = ("self", "cls") if caller.facts.kind == "classmethod" else ()
        return bool(sources) and all(
            one in own or ("=" not in one and find(caller.path, one) is not None) for one in sources
        )

    def _is_refilled(self, caller: Function, name: str, line: int) -> bool:
        """Tell whether a function has put a new object at an attribute, whatever stood there before.

        If it has read the attribute above, the object may be one that was found there.
        """
        facts = caller.facts
        reads = (at for place, at in facts.loads.items() if place.kind == "self" and place.steps[:1] == (name,))
        seen = min(reads, default=line)
        return any(
            write.line < line
            and write.line <= seen
            and write.how == "store"
            and _is_own(write, name)
            and self._constructed(caller, write.line) is not None
            for write in facts.writes
        )


def is_nearer(one: Reach, two: Reach) -> bool:
    """Tell whether more is known of an object in one way than in another."""
    return REACHES.index(one) < REACHES.index(two)


def _is_own(write: Write, name: str) -> bool:
    return write.place.kind == "self" and write.place.steps == (name,)


def _is_alone(caller: Function, site: CallSite) -> bool:
    """Tell whether a call is made on a new object which the caller returns, and gives to nobody before the call."""
    handed = dict(caller.facts.returned).get(site.callee.split(".")[0])
    return handed is not None and (handed == 0 or handed > site.line)


def _calls_in(function: Function, line: int) -> list[CallSite]:
    return [site for site in function.facts.calls if site.line == line]


def _is_near(caller: Function, callee: str) -> bool:
    """Tell whether a call is of a function, or of a method of the one object that stands at a place known to all."""
    receiver, dot, _ = callee.rpartition(".")
    first = receiver.split(".")[0]
    if not dot or first in ("self", "cls", "super()"):
        return "[]" not in receiver
    facts = caller.facts
    if first in facts.bindings or first in facts.free or any(first == name for name, _ in facts.params):
        sources = [source for name, source in facts.made if name == first]
        return bool(sources) and all(source.startswith("=self.") and "[]" not in source for source in sources)
    return "[]" not in receiver
