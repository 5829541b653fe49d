"""Endings: the tasks that a function has ended before it goes on, so that they run no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.link.program import Class, Function
from asynclint.link.roots import Root
from asynclint.link.tasks import OWN, Tasks
from asynclint.survey.facts import CallSite

WAITS = frozenset(("wait", "wait_for", "gather"))
"""What waits until a task is over."""
LISTED = ".<of>"
"""How the place ends whose elements stand in a list."""
_ELEMENT = re.compile(r"\.(get|pop|setdefault|values|copy)(\(\))?$")
"""How the name of what gives the element at a key, or all of them, ends."""
Kept = tuple[Class | None, tuple[str, ...]]
"""Where a task is kept: the class of the object, and the steps from it, an element as its container."""


@dataclass(frozen=True, slots=True)
class Endings:
    """Answers about tasks that have been cancelled or waited for."""

    tasks: Tasks

    def ended(
        self, task: Root, function: Function, line: int, until: int, root: Root, owner: Class | None, depth: int = 2
    ) -> bool:
        """Tell whether a function, or all who call it, end a task above a line, and start none anew until another.

        Of those who call it, the ones that a `root` leads to count, at which the run in question begins.
        """
        if task.multiplicity != "task" or not task.starts:
            return False
        kept = [self._kept(start.spawner, start.site) for start in task.starts]
        if not all(kept):
            return False
        begins = {start.spawner: start.site.line for start in task.starts}
        found = [(steps, at) for steps, at in self._ends(function, line) if not self._anew(function, at, until, begins)]
        if all(places & {steps for steps, _ in found} for places in kept):
            return True
        callers = tuple(self._above(function, root, owner)) if depth else ()
        return bool(callers) and all(
            self.ended(task, caller, site.line, site.line, root, owner, depth - 1) for caller, site in callers
        )

    def _above(self, function: Function, root: Root, owner: Class | None) -> Iterator[tuple[Function, CallSite]]:
        """Yield those who call a function on the way from a root; all, where it begins there only by its name."""
        if function is root.function:
            yield from () if self._is_called_by_others(function) else self.tasks.callers(function)
            return
        for caller, site in self.tasks.callers(function):
            if not self.tasks.same_object(caller, site.callee, owner):
                continue
            on = owner if OWN.match(site.callee) else self.tasks.resolver.program.class_of(caller)
            if any(one.function is root.function for one in self.tasks.roots(caller, on)):
                yield caller, site

    def cancels(self, function: Function, line: int, other: Function, steps: tuple[str, ...], depth: int = 2) -> bool:
        """Tell whether a function, or all who call it, cancel above a line what another has in an attribute."""
        place = self._place(other, steps)
        if any(kept == place for kept, _ in self._ends(function, line, cancelled=True)):
            return True
        callers = self.tasks.callers(function)
        if not callers or not depth or self._is_called_by_others(function):
            return False
        return all(self.cancels(caller, site.line, other, steps, depth - 1) for caller, site in callers)

    def cancelled_at_once(self, task: Root, function: Function, line: int) -> frozenset[tuple[str, int]]:
        """Return how a function cancels a task above a line, or behind it before it gives way; nothing if it does not.

        That is the attributes in which the task stands, each with the line of the call that cancels it.
        """
        facts = function.facts
        pauses = (*facts.pauses, *(site.line for site in facts.calls if site.awaited))
        return self.cancelled_until(task, function, min((one for one in pauses if one > line), default=facts.end_line))

    def cancelled_until(self, task: Root, function: Function, turn: int) -> frozenset[tuple[str, int]]:
        """Return how a function cancels a task above a line, in the same way."""
        if task.multiplicity != "task" or not task.starts:
            return frozenset()
        ends = tuple(self._ends(function, turn, cancelled=True))
        ended = {kept for kept, _ in ends}
        places = [self._kept(start.spawner, start.site) for start in task.starts]
        if not all(ended & kept for kept in places):
            return frozenset()
        every = frozenset[Kept]().union(*places)
        return frozenset((kept[1][0], at) for kept, at in ends if kept in every)

    def _is_called_by_others(self, function: Function) -> bool:
        """Tell whether more than its callers in sight lead to a function.

        What ends a life is left to the object that has the one which ends.
        """
        program = self.tasks.resolver.program
        own = [root for root in self.tasks.roots(function) if root.function is function]
        if not own or own[0].multiplicity not in ("once", "serial"):
            return bool(own)
        cls = program.class_of(function)
        family = program.family(cls) if cls is not None else ()
        return any(program.class_of(caller) in family for caller, _ in self.tasks.callers(function))

    def _kept(self, spawner: Function, site: CallSite) -> frozenset[Kept]:
        """Return where a new task is put: at once, or as all that is stored behind it, where a local holds it first."""
        stored = [write for write in spawner.facts.writes if write.place.kind == "self" and write.line >= site.line]
        at_once = frozenset(self._place(spawner, write.place.steps) for write in stored if write.line == site.line)
        if at_once or site.callee not in dict(spawner.facts.made).values():
            return at_once
        later = {
            self._place(spawner, one.place.steps) for one in stored if one.how in ("store", "item") and not one.detail
        }
        return frozenset(later if len(later) == 1 else ())

    def _ends(
        self, function: Function, line: int, depth: int = 2, cancelled: bool = False
    ) -> Iterator[tuple[Kept, int]]:
        """Yield what a function cancels, or waits for, above a line, by itself or by a helper, with the line."""
        made = _standing(function)
        for site in function.facts.calls:
            if site.line > line:
                continue
            owner, _, last = site.callee.rpartition(".")
            awaits = last in WAITS and not cancelled
            named = (owner, *site.arguments) if "cancel" in last else site.arguments if awaits else ()
            for name in named:
                for stands in _places(made, name):
                    spelled = _ELEMENT.sub("[]", stands)
                    if spelled.startswith("self."):
                        steps = tuple(spelled.replace("[]", ".[]").split(".")[1:])
                        yield self._place(function, steps), site.line
            # What another object ends within the line itself may come after what is asked for, or be it.
            of_other = owner.startswith("self.") and "[]" not in owner and site.awaited and site.line < line
            known = depth and (owner == "self" or of_other)
            target = self.tasks.resolver.target(function, site.callee) if known else None
            if target is not None and target is not function:
                inner = self._ends(target, target.facts.end_line, depth - 1, cancelled)
                yield from ((kept, site.line) for kept, _ in inner)

    def _place(self, function: Function, steps: tuple[str, ...]) -> Kept:
        """Return a place by the class that has its attribute: the first above the function's own in sight."""
        program = self.tasks.resolver.program
        cls = program.class_of(function)
        above = program.ancestors(cls) if cls is not None else ()
        owners = [one for one in above if any((name,) == steps[:1] for name, _ in one.facts.attributes)]
        return (owners[-1] if owners else cls), steps[:-1] if steps[-1:] == ("[]",) else steps

    def _anew(self, function: Function, line: int, until: int, begins: dict[Function, int]) -> bool:
        """Tell whether a function starts the task again between two lines."""
        if line < begins.get(function, 0) <= until:
            return True
        return any(
            target in begins
            for site in function.facts.calls
            if line < site.line < until
            for target in self.tasks.resolver.targets(function, site.callee)
        )


def _standing(function: Function) -> dict[str, str]:
    """Return what the locals of a function stand for: a place, or else what has made them."""
    made = dict(function.facts.made)
    return made | {name: source for name, source in function.facts.made if source.startswith("=")}


def _places(made: dict[str, str], name: str, depth: int = 3) -> Iterator[str]:
    """Yield the places that a dotted name stands for: an element of a list is one of those that it was made of."""
    first = re.match(r"\w*", name)
    base = first.group() if first is not None else ""
    source = made.get(base, "")
    if base == "self" or not source.startswith("=") or not depth:
        yield made.get(base, base) + name[len(base) :]
        return
    rest = name[len(base) :]
    for stands in source[1:].split("|"):
        listed = stands.removesuffix(LISTED)
        yield from _places(made, listed + (rest.removeprefix("[]") if listed != stands else rest), depth - 1)
