"""Locks that every caller of a helper holds when it calls."""

from __future__ import annotations

from dataclasses import dataclass, field

from asynclint.flow.values import Hold
from asynclint.link.locks import Locks
from asynclint.link.program import Function
from asynclint.link.rewrite import EXCLUSIVE
from asynclint.link.tasks import Tasks
from asynclint.survey.facts import CallSite, Place, WithItem

LOCKED_NAMES = (
    "_locked",
    "_unlocked",
    "_while_locked",
    "_under_lock",
    "_with_lock",
    "_nolock",
    "_no_lock",
    "_lock_held",
)
TAKING_NAMES = ("_with_lock", "_under_lock")
"""Those of them that may as well say that the function takes the lock itself."""


@dataclass(slots=True)
class Callers:
    """Answers about what callers hold, remembered."""

    tasks: Tasks
    locks: Locks
    _known: dict[Function, frozenset[str]] = field(default_factory=dict)

    def held(self, function: Function) -> frozenset[Hold]:
        """Return the locks that are held whenever the function runs, as exclusions from before its first op.

        A lock that nobody can name is an empty string.
        """
        return frozenset(Hold(-1 - number, lock) for number, lock in enumerate(sorted(self._names(function))))

    def _names(self, function: Function) -> frozenset[str]:
        known = self._known.get(function)
        if known is not None:
            return known
        self._known[function] = frozenset()
        self._known[function] = answer = self._find(function)
        return answer

    def _find(self, function: Function) -> frozenset[str]:
        said = frozenset(("",)) if self._says_held(function) else frozenset[str]()
        return said | self._of_all(function) | self._of_decorators(function)

    def _says_held(self, function: Function) -> bool:
        """Tell whether a function says by its name that a lock is held when it is called: it takes none itself."""
        if not function.short.endswith(LOCKED_NAMES):
            return False
        takes = any(self.locks.kind(function, item.text) in EXCLUSIVE for item in function.facts.withs)
        return not (takes and function.short.endswith(TAKING_NAMES))

    def _of_decorators(self, function: Function) -> frozenset[str]:
        """Return the locks under which a decorator of the project calls what it is put on."""
        found = frozenset[str]()
        for name in function.facts.decorators:
            decorator = self.locks.resolver.target(function, name.split("(", 1)[0])
            if decorator is not None:
                found |= self._around(decorator, function)
        return found

    def _around(self, decorator: Function, function: Function) -> frozenset[str]:
        """Return the locks that all functions in a decorator hold where they call what they were given."""
        functions = self.locks.resolver.program.modules[decorator.path].functions
        inner = [one for name, one in functions.items() if name.startswith(f"{decorator.name}.")]
        given = {name for one in (decorator, *inner) for name, _ in one.facts.params[:1]}
        around = [
            frozenset(self._of_given(function, wrapper, one.text) for one in wrapper.facts.withs if _holds(one, site))
            for wrapper in inner
            for site in wrapper.facts.calls
            if site.awaited and site.callee in given
        ]
        return frozenset.intersection(*around) - {""} if around else frozenset()

    def _of_given(self, function: Function, wrapper: Function, text: str) -> str:
        """Return a lock that a wrapper takes, as one of the object with which the function is called; empty if none."""
        params = wrapper.facts.params
        own = bool(params) and text.startswith(f"{params[0][0]}.")
        holder, spelled = (function, f"self{text[len(params[0][0]) :]}") if own else (wrapper, text)
        return self.qualified(holder, spelled) if self.locks.kind(holder, spelled) in EXCLUSIVE else ""

    def _of_all(self, function: Function) -> frozenset[str]:
        """Return the locks that all who call a function hold."""
        if function.is_special or self.tasks.starts(function):
            return frozenset()
        if not function.short.startswith("_") and self.tasks.called_elsewhere(function):
            return frozenset()
        callers = [(caller, site) for caller, site in self.tasks.callers(function) if not self.tasks.setup_only(caller)]
        if not callers:
            return frozenset()
        return frozenset.intersection(*(self.at(caller, site.line) for caller, site in callers))

    def at(self, function: Function, line: int) -> frozenset[str]:
        """Return the locks that are held at a line of a function, each by the class that has it and its name there."""
        around = {
            self.qualified(function, item.text)
            for item in function.facts.withs
            if item.line <= line <= item.end_line and self.locks.kind(function, item.text) in EXCLUSIVE
        }
        return frozenset(around) | self._names(function)

    def excluded(self, function: Function, line: int, locks: frozenset[str]) -> bool:
        """Tell whether a function holds one of some locks at a line, or may: it takes it in some way at some point."""
        if locks & self.at(function, line):
            return True
        for lock in locks:
            text = lock.rpartition(":")[2]
            name = text.partition(".")[2].removesuffix("[]").removesuffix("()")
            if Place("self", "self", (name,)) in function.facts.loads and self.qualified(function, text) == lock:
                return True
        return False

    def qualified(self, function: Function, text: str) -> str:
        """Return a lock by the class that has it and its name there, by its file where it is of no class."""
        program = self.locks.resolver.program
        cls = program.class_of(function)
        if cls is None or not text.startswith(("self.", "cls.")):
            return f"{function.path}:{text}"
        name = text.split(".")[1].removesuffix("[]").removesuffix("()")
        owners = [one for one in program.ancestors(cls) if any(known == name for known, _ in one.facts.attributes)]
        owner = owners[-1] if owners else cls
        return f"{owner.path}:{owner.name}:{text}"


def _holds(item: WithItem, site: CallSite) -> bool:
    return item.is_async and item.line <= site.line <= item.end_line
