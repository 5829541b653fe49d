"""The link stage as one object: built once for a program, asked for one function at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence

from asynclint.link.assemble import Assembler
from asynclint.link.busy import Busy
from asynclint.link.callers import Callers
from asynclint.link.callgraph import CallGraph
from asynclint.link.contents import Contents
from asynclint.link.effects import Effects
from asynclint.link.events import Events
from asynclint.link.foreign import Foreign
from asynclint.link.giving import Giving
from asynclint.link.halting import Halting
from asynclint.link.hope import Hope, Whatever
from asynclint.link.inlined import Inlines
from asynclint.link.locks import Locks
from asynclint.link.markings import Markings
from asynclint.link.ownership import Ownership
from asynclint.link.program import Function, Program
from asynclint.link.rearming import Timers
from asynclint.link.refills import Refills
from asynclint.link.resolve import Resolver
from asynclint.link.rivals import Rivals
from asynclint.link.shut import Shut
from asynclint.link.sieve import NEEDS, Need, Sieve
from asynclint.link.tasks import Tasks
from asynclint.link.touches import Touches
from asynclint.link.view import FunctionView
from asynclint.link.written import Written
from asynclint.lower import Lowered, lower
from asynclint.reading import digest
from asynclint.survey.facts import FunctionFacts

MAX_KEPT = 500
MAX_TREES = 50


def piece_digest(lines: Sequence[str], first: int, last: int) -> str:
    """Return what tells one text of some lines from another; lines count from 1, both inclusive."""
    return digest("".join(lines[first - 1 : last]).encode("utf-8", "surrogatepass")).hex()


def every(facts: FunctionFacts) -> Collection[Need]:
    """Return all needs."""
    return NEEDS


class Linker:
    """Everything that the analysis of a function needs to know of the program."""

    def __init__(
        self,
        program: Program,
        lines: Callable[[str], Sequence[str]],
        hope: Callable[[Rivals], Hope] = Whatever,
    ) -> None:
        self.program = program
        self._lines = lines
        self.resolver = Resolver(program)
        self.locks = Locks(self.resolver)
        self.effects = Effects(self.resolver)
        self.tasks = Tasks(self.resolver, CallGraph(self.resolver))
        self._callers = Callers(self.tasks, self.locks)
        self._written = Written(self.resolver)
        self._contents = Contents(program)
        self.rivals = Rivals(
            self.tasks, Ownership(program), Foreign(self.resolver), self._callers, Touches(self.resolver)
        )
        events = Events(self.effects)
        self._halting = Halting(self.rivals, self.effects)
        self._timers = Timers(self.effects)
        markings = Markings(self.effects, self.rivals, events)
        self._sieve = Sieve(self.effects, self.rivals, events, markings, self._halting, hope(self.rivals), self._timers)
        self._wide = Sieve(
            self.effects, self.rivals, events, markings, self._halting, Whatever(self.rivals), self._timers
        )
        self._lowered: dict[Function, tuple[Lowered, str]] = {}
        self._trees: deque[Lowered] = deque()
        self.begin()

    def prepare(self) -> None:
        """Build what is looked up over the whole program, partly by asking for a class: forked processes share it."""
        self.tasks.prepare()
        self.rivals.foreign.prepare()
        for names in (self.rivals.touches.taken, self.rivals.touches.by_name, self._written.constants):
            len(names)
        for function in self.program.functions():
            cls = self.program.class_of(function)
            if cls is not None:
                self.tasks.roots(function)
                self.tasks.calls.exported(function)
                self.tasks.calls.sites(function)
                self.rivals.ownership.is_single(cls)
                return

    def begin(self) -> None:
        """Start noting anew whose text is looked at: `looked_at` will have the digests of the functions' lines.

        What is remembered beyond this must not depend on any text, or a later answer would hide what it rests on.
        """
        self.looked_at: dict[Function, str] = {}
        self._refills = Refills(self.tasks, self.locks, self.effects, self.lowered)
        self._busy = Busy(self.tasks, self.locks, self.effects, self._callers, self.lowered)
        self._shut = Shut.of(self.rivals, Inlines(self.locks, self.effects, self.lowered))

    def lowered(self, function: Function) -> Lowered:
        """Return a function lowered; the last are kept, as helpers are asked for again, and fewer trees."""
        known = self._lowered.pop(function, None)
        if known is None:
            lines, facts = self._lines(function.path), function.facts
            text = piece_digest(lines, facts.line, facts.end_line)
            self.looked_at[function] = text
            known = (lower(facts, lines, function.path), text)
            self._trees.append(known[0])
            if len(self._trees) > MAX_TREES:
                self._trees.popleft().positions.drop()
            if len(self._lowered) >= MAX_KEPT:
                del self._lowered[next(iter(self._lowered))]
        self._lowered[function] = known
        self.looked_at[function] = known[1]
        return known[0]

    def view(self, function: Function, closer: bool = False) -> FunctionView:
        """Return a function as checks see it; a `closer` look at what gives way takes longer."""
        giving = self._giving() if closer else None
        assembler = Assembler(self.locks, self.effects, self.lowered, giving)
        assembled = assembler.assemble(function, self._callers.held(function))
        return FunctionView(
            function, assembled, self.rivals, self.effects, self.lowered, self._refills, self._busy, self._shut,
            self._halting, self._timers,
        )  # fmt: skip

    def _giving(self) -> Giving:
        return Giving(self.locks, self.tasks.calls, self._written, self._contents, self.lowered)

    def candidates(
        self, path: str, wanted: Callable[[FunctionFacts], Collection[Need]] = every, whatever: bool = False
    ) -> Iterator[tuple[Function, frozenset[Need]]]:
        """Yield the functions of a file that could race, each with those of the `wanted` needs of checks that it meets.

        `whatever` there is, also where there is no hope that it is told.
        """
        sieve = self._wide if whatever else self._sieve
        for function in self.program.modules[path].all_functions:
            if function.facts.is_async and function.facts.suspensions:
                needs = sieve.needs(function, wanted(function.facts))
                if needs:
                    yield function, needs
