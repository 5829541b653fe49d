"""Whether an await gives way, from all that is in sight: the callee's own awaits, on the ways that this call can take.

That is more work than the summaries of `resolve`, so it is done only where something would be reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph
from asynclint.link.bodies import Body
from asynclint.link.callgraph import CallGraph
from asynclint.link.contents import Contents
from asynclint.link.locks import MANAGERS, Locks
from asynclint.link.origins import Origins
from asynclint.link.passing import passed
from asynclint.link.program import Function
from asynclint.link.rewrite import EXCLUSIVE, Rewriter
from asynclint.link.truths import ANY, TRUE, Draft
from asynclint.link.ways import ANYTHING, Effect, GaveWayError, Passed, Place, Ways, go
from asynclint.link.written import Written
from asynclint.lower import Lowered

MAX_DEPTH = 8
ENOUGH = 8
"""Calls of one function that give way, each passing something else, from which on all are taken to."""
MAX_RUNS = 300
"""Calls that are gone into for one function; beyond, an await is taken to give way."""
TRANSPARENT = frozenset((
    "staticmethod", "classmethod", "property", "cached_property", "override", "final", "overload", "abstractmethod",
    "deprecated",
))  # fmt: skip
"""Decorators, by their last name, that leave the body of a function what it is."""
FOLLOWED = frozenset(("await", "async with", "async exit", "async for"))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a call of a function can do: suspensions that never give way, ways out of blocks, what it passes on."""

    quiet: frozenset[Place]
    open: frozenset[tuple[int, int]]
    passes: Mapping[int, Passed]

    def taken(self, number: int, block: Block) -> Block:
        """Return a block without the way that its test never takes."""
        left = tuple(to for way, to in enumerate(block.successors) if (number, way) in self.open)
        if len(left) != 1 or len(block.successors) != 2 or not isinstance(block.ops[-1], ops.Test):
            return block
        return replace(block, ops=block.ops[:-1], successors=left)


def _shut(graph: Graph, taken: Collection[tuple[int, int]]) -> set[int]:
    """Return the blocks that no way leads to of those that are taken."""
    seen, pending = {0, graph.raised}, [0, graph.raised]
    while pending:
        number = pending.pop()
        block = graph.blocks[number]
        to = [target for way, target in enumerate(block.successors) if (number, way) in taken]
        for target in {*to, block.handler} - seen:
            seen.add(target)
            pending.append(target)
    return set(range(len(graph.blocks))) - seen


@dataclass(slots=True)
class Giving:
    """Answers for one function and all that it runs."""

    locks: Locks
    calls: CallGraph
    written: Written
    contents: Contents
    lowered: Callable[[Function], Lowered]
    _bodies: dict[Function, Body] = field(default_factory=dict)
    _known: dict[tuple[Function, Passed], bool] = field(default_factory=dict)
    _often: Counter[Function] = field(default_factory=Counter)
    _runs: int = 0
    _depth: int = 0

    @property
    def origins(self) -> Origins:
        """Where values come from."""
        return Origins(self.calls, self.contents, self.body)

    def body(self, function: Function) -> Body:
        """Return the ops of a function."""
        known = self._bodies.get(function)
        if known is None:
            known = self._bodies[function] = Body(function, Rewriter(function, self.lowered(function).ir, self.locks))
        return known

    def outlook(self, function: Function, given: Passed = ANYTHING, awaited: bool = False) -> Outlook:
        """Return what a call of a function can do, and where it gives way."""
        passes: dict[int, Passed] = {}
        ways = self._go(function, given, awaited=awaited, passes=passes, top=True)
        graph = self.body(function).ir.graph
        shut = _shut(graph, ways.open)
        # A test that keeps no await out is a check all the same, and it is this function's.
        kept = any(isinstance(op, ops.Suspend) for number in shut for op in graph.blocks[number].ops)
        taken = (
            ways.open
            if kept
            else {(n, way) for n, one in enumerate(graph.blocks) for way in range(len(one.successors))}
        )
        return Outlook(frozenset(ways.quiet - ways.giving), frozenset(taken), passes)

    def gives_way(self, function: Function, given: Passed) -> bool:
        """Tell whether the await of a call may give way."""
        key = (function, given)
        known = self._known.get(key)
        if known is None:
            if self._often[function] >= ENOUGH:
                return True
            self._known[key] = True
            known = self._known[key] = self._find(function, given)
            self._often[function] += known
        return known

    def _find(self, function: Function, given: Passed) -> bool:
        facts = function.facts
        if any(name.rpartition(".")[2] not in TRANSPARENT and name not in MANAGERS for name in facts.decorators):
            return True
        if facts.is_async and not facts.suspensions:
            empty = self.calls.resolver.is_open(function) and not self._fills_in(function)
            return empty or self.body(function).only_raises
        if self._runs >= MAX_RUNS or self._depth >= MAX_DEPTH or (facts.is_generator and not facts.is_async):
            return True
        self._runs += 1
        self._depth += 1
        try:
            self._go(function, given, awaited=True)
        except GaveWayError:
            return True
        finally:
            self._depth -= 1
        return False

    def _fills_in(self, function: Function) -> bool:
        """Tell whether a method stands for one of a base class: if it is empty, it does nothing, and is no hook."""
        program = self.calls.resolver.program
        cls = program.class_of(function)
        return cls is not None and any(function.short in base.facts.methods for base in program.ancestors(cls)[1:])

    def _go(
        self,
        function: Function,
        given: Passed,
        *,
        awaited: bool,
        passes: dict[int, Passed] | None = None,
        top: bool = False,
    ) -> Ways:
        body = self.body(function)
        graph = body.awaiting() if awaited and not function.facts.is_async else body.ir.graph
        ways = Ways(
            partial(self._suspension, body, passes),
            partial(self._call, body, passes),
            partial(self._member, body),
            self._own(function),
            self.written.shared(function),
            first_only=not top,
            yields=top,
        )
        first = body.ir.params[0] if body.ir.params else None
        go(graph, ways, given.entry(first.name if first is not None and first.kind != "param" else ""))
        return ways

    def _call(self, body: Body, passes: dict[int, Passed] | None, call: ops.Call, draft: Draft) -> Effect | None:
        targets = self.calls.resolver.targets(body.function, body.rewriter.callee(call))
        running = [target for target in targets if not target.facts.is_async]
        if passes is not None and len(running) == len(targets) == 1:
            self._pass(body, passes, call, running[0], draft)
        if not targets:
            callee = body.rewriter.callee(call)
            own = callee.count(".") == 1 and callee.startswith(("self.", "cls.", "super()."))
            return Effect(gives_way=False, writes=None) if own else None
        return Effect(gives_way=False, writes=self.written.all_of(running))

    def _own(self, function: Function) -> str:
        """Return what a method, or the one around a function, calls its object."""
        module = self.calls.resolver.program.modules[function.path]
        facts = function.facts
        while facts.cls is None and facts.parent in module.functions:
            facts = module.functions[facts.parent].facts
        return facts.params[0][0] if facts.cls is not None and facts.params else ""

    def _member(self, body: Body, op: ops.LoadAttr) -> str:
        """Return the dotted name of a member of an enumeration, or another constant of a class; empty for the rest."""
        name = body.rewriter.describe(op.into)
        owner = name.rpartition(".")[0].rpartition(".")[2].lstrip("_")
        return name if owner[:1].isupper() and op.name not in self.written.constants else ""

    def _pass(self, body: Body, passes: dict[int, Passed], call: ops.Call, target: Function, draft: Draft) -> Passed:
        given = passed(body, call, self.body(target), draft)
        passes[call.at] = given.joined(passes[call.at]) if call.at in passes else given
        return given

    def _suspension(self, body: Body, passes: dict[int, Passed] | None, op: ops.Suspend, draft: Draft) -> Effect:
        if op.kind not in FOLLOWED or op.value is None:
            return GIVES_WAY
        if op.kind == "await":
            return self._awaited(body, passes, op.value, draft)
        if op.kind == "async for":
            made = body.source(op.value)
            return self._called(body, None, made, draft) if isinstance(made, ops.Call) else GIVES_WAY
        return self._managed(body, op, op.value, draft)

    def _awaited(self, body: Body, passes: dict[int, Passed] | None, var: ops.Var, draft: Draft) -> Effect:
        made = body.source(var)
        if isinstance(made, ops.Call) and made.method == "__await__" and made.receiver is not None:
            return self._awaited(body, passes, made.receiver, draft)
        if isinstance(made, ops.Call):
            return self._called(body, passes, made, draft)
        return self._by_method(body, var, "__await__")

    def _called(self, body: Body, passes: dict[int, Passed] | None, call: ops.Call, draft: Draft) -> Effect:
        found = self.origins.targets(body, call)
        targets = [target for target in found if not self.body(target).only_raises] or found
        if not targets:
            ready = self._is_ready(body, call, draft)
            return Effect(gives_way=not ready, writes=NOTHING)
        given = [passed(body, call, self.body(target), draft) for target in targets]
        if passes is not None and len(targets) == 1:
            self._pass(body, passes, call, targets[0], draft)
        exact = call.callee.startswith("super().")  # no override of it
        empty = exact and all(one.facts.is_async and not one.facts.suspensions for one in targets)
        if not empty and any(map(self.gives_way, targets, given)):
            return GIVES_WAY
        return Effect(gives_way=False, writes=self.written.all_of(targets))

    def _by_method(self, body: Body, var: ops.Var, name: str) -> Effect:
        """Return what a method of an object does that the language calls."""
        cls = self.origins.class_of(body, var)
        targets = self.calls.resolver.methods(cls, name) if cls is not None else []
        if not targets or any(self.gives_way(target, ANYTHING) for target in targets):
            return GIVES_WAY
        return Effect(gives_way=False, writes=self.written.all_of(targets))

    def _managed(self, body: Body, op: ops.Suspend, context: ops.Var, draft: Draft) -> Effect:
        """Return what entering or leaving a context manager does."""
        if op.kind == "async exit" and body.rewriter.kind(context) in EXCLUSIVE:
            return Effect(gives_way=False, writes=NOTHING)
        name = "__aenter__" if op.kind == "async with" else "__aexit__"
        made = body.source(context)
        if isinstance(made, ops.Call):
            targets = self.calls.resolver.targets(body.function, body.rewriter.callee(made))
            if targets and all(MANAGING.intersection(target.facts.decorators) for target in targets):
                return self._called(body, None, made, draft)
        models = self.calls.resolver.program.models
        makers = {one.partition("(")[0] for one in self.origins.makes(body, context)}
        if makers and all(models.has("suspension.never", f"{one}.{name}") for one in makers):
            return Effect(gives_way=False, writes=NOTHING)
        return self._by_method(body, context, name)

    def _is_ready(self, body: Body, call: ops.Call, draft: Draft) -> bool:
        """Tell whether what a library's method waits for is there already, or it never waits."""
        resolver = self.calls.resolver
        if not resolver.suspends(body.function, body.rewriter.callee(call)):
            return True
        if call.receiver is None:
            return False
        makers = self.origins.makes(body, call.receiver)
        if not makers:
            return False
        models = resolver.program.models
        if call.method == "put":
            return all(models.has("suspension.unbounded", one) for one in makers)
        classes = {one.partition("(")[0] for one in makers}
        return all(self._is_there(draft, call.receiver, f"{one}.{call.method}") for one in classes)

    def _is_there(self, draft: Draft, receiver: ops.Var, method: str) -> bool:
        """Tell whether a method waits for what has just been seen to be so: `get` where the queue is not empty."""
        spot = draft.spot(receiver)
        for condition in self.calls.resolver.program.models.ready(method):
            fact = draft.facts.get((*spot, condition.removeprefix("not ")))
            wanted = ANY & ~TRUE if condition.startswith("not ") else TRUE
            if fact is not None and not fact.truth & ~wanted:
                return True
        return False


GIVES_WAY = Effect(gives_way=True, writes=None)
NOTHING: frozenset[str] = frozenset()
MANAGING = frozenset(MANAGERS)
