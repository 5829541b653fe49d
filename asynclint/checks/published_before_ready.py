"""ARC106 published-before-ready: shared state is set, and what it stands for is awaited only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from asynclint.checks.judgement import Consequence, confidence
from asynclint.checks.making import words
from asynclint.checks.over_too_soon import over_too_soon
from asynclint.checks.readying import ENDING, LASTING, PROMISES, READYING, TO_DO, asks_when_done
from asynclint.checks.registry import check
from asynclint.checks.sharing import guarded, is_handed_out
from asynclint.checks.story import Account, lowered, strongest
from asynclint.findings import Finding, Step
from asynclint.flow.outlook import Sought, outlook, questions
from asynclint.flow.publications import Publication, Work, publications
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import FALSE
from asynclint.ir import ops
from asynclint.ir.places import Attr, Path
from asynclint.link.effects import name_at
from asynclint.link.overlaps import SEEN, Overlap
from asynclint.link.program import Function
from asynclint.link.view import FunctionView
from asynclint.survey.facts import FunctionFacts

EARLY = frozenset(("once", "early", "serial", "setup"))
"""Roots at which the life of an object begins or ends."""


@dataclass(frozen=True, slots=True)
class _User:
    """Who goes on with what is not ready: the step that shows it, how it overlaps, and whether it trusts the state."""

    step: Step
    function: Function
    overlap: Overlap
    evidence: tuple[str, ...]
    strong: bool


def _readies(facts: FunctionFacts) -> bool:
    """Tell whether a function stores something and then calls what makes ready, or stores a flag and then awaits."""
    last = {site.callee.rsplit(".", 1)[-1]: site.line for site in facts.calls}
    ready = max((line for method, line in last.items() if READYING.match(method)), default=0)
    entered = max((item.line for item in facts.withs if item.is_async), default=0)
    awaited = max((site.line for site in facts.calls if site.awaited), default=0)
    for write in facts.writes:
        name = write.place.steps[-1] if write.place.steps else ""
        flag = write.detail in ("True", "False") or PROMISES.search(name) or TO_DO.search(name)
        if write.line <= max(ready, entered, awaited if flag else 0) + 1:
            return True
    return False


@check("ARC106", need="publication", hope=_readies)
def published_before_ready(view: FunctionView) -> Iterator[Finding]:
    """Report state that others find set while the task that has set it still awaits what makes it ready."""
    yield from over_too_soon(view)
    if ENDING.match(view.function.short):
        return
    told: dict[Path, list[Finding | None]] = {}
    for publication in publications(view.solved):
        if _is_shared(view, publication):
            users = (*_second_run(view, publication), *_others(view, publication))
            told.setdefault(publication.path, []).extend(_told(view, publication, work, user) for work, user in users)
    for findings in told.values():
        yield from strongest(findings)


def _is_shared(view: FunctionView, made: Publication) -> bool:
    """Tell whether this is the function's own store, of an object or of a mark that it does not take back."""
    if made.path.kind not in ("self", "cls", "class", "global") or not made.path.steps:
        return False
    inner = [view.assembled.frames[frame].function for frame in view.assembled.chain(made.at)[1:]]
    if any(function.facts.is_async for function in inner):
        return False
    if made.fresh:
        return True
    # A flag that is lowered asks for something: only that something must be set up is of interest here.
    promises = made.value not in FALSE or TO_DO.search(made.path.attribute) or READYING.match(view.function.short)
    return not inner and not made.again and bool(promises)


def _second_run(view: FunctionView, made: Publication) -> Iterator[tuple[Work, _User]]:
    """Yield a second run of the function that finds the state set, and goes on or returns as if it were ready."""
    stale = {(g.test, g.reading.at) for g in made.checks if g.reading.slept and not g.reading.spans & made.locks}
    if all((g.test, g.reading.at) in stale for g in made.checks):
        return  # the check is stale already: that is what check-then-act tells
    overlap, evidence = view.rivals.overlap(view.function, view.function, view.span(made.at).line)
    if overlap == "none":
        return
    for guard in made.checks:
        work = next((work for work in _readying(view, made, guard) if not guard.reading.spans & work.locks), None)
        strong = _goes_on(view, made, guard) if work is not None else None
        if work is None or strong is None:
            continue
        twice = (guard.test, guard.reading.at) in stale
        sure = strong and (twice or not made.fresh or bool(READYING.match(work.method)))
        step = view.step("rival", guard.reading.at, f"a second run of {view.function.name} finds it set, and goes on")
        yield work, _User(step, view.function, overlap, evidence, sure)


def _readying(view: FunctionView, made: Publication, guard: Guard | None) -> Iterator[Work]:
    """Yield the awaits that make the state ready; `guard` is the check under which it is made."""
    for work in made.works:
        if work.calm or ENDING.match(work.method) or _goes_by(view, made, work):
            continue
        if made.fresh:
            if work.receiver != made.path and made.path not in work.places:
                continue
            if not (READYING.match(work.method) or (guard is not None and not LASTING.match(work.method))):
                continue
        if guard is None or _under(view, work, guard):
            yield work


def _goes_by(view: FunctionView, made: Publication, work: Work) -> bool:
    """Tell whether an await happens only where the flag is found set: it is what the flag lets begin, as in a loop."""
    if made.fresh or made.value != "True":
        return False
    asked = questions(view.assembled.graph, made.path.attribute, True)
    return any(view.solved.scope.deciding.dominates(one.set, work.block) for one in asked)


def _under(view: FunctionView, work: Work, guard: Guard) -> bool:
    """Tell whether an await happens only where a check came out so: who finds the state set does without it."""
    return view.solved.scope.deciding.settles(guard.test, guard.edge, work.block)


def _goes_on(view: FunctionView, made: Publication, guard: Guard) -> bool | None:
    """Tell what the other way of a check does: uses the state (true), returns at once (by its callers), or neither."""
    graph = view.assembled.graph
    ways = graph.blocks[guard.test].successors
    if len(ways) != 2:
        return None
    targets = _targets(view, made)
    sought = _sought(view, made, targets, lambda call: view.assembled.frames[view.assembled.frame(call.at)].function)
    seen = outlook(graph, ways[1 if guard.edge else 0], sought)
    if seen.use is not None:
        return True
    if not seen.ends:
        return None
    name = name_at(made.path)
    own = view.rivals.tasks.callers(view.function)
    wanted = {name} if made.fresh else {f"self:{target}" for target in targets}
    if any(wanted & view.effects.all(caller).reads for caller, _ in own):
        return True
    if made.fresh:
        return False
    if PROMISES.search(made.path.attribute):
        return True
    return False if TO_DO.search(view.function.short) else None


def _targets(view: FunctionView, made: Publication) -> frozenset[str]:
    """Return the attributes that the awaited work writes, or makes ready: what is not there yet."""
    firsts = (path.steps[0] for path in made.later if path.kind == "self" and path.steps)
    found = {first.name for first in firsts if isinstance(first, Attr)}
    for work in made.works:
        owner = work.receiver
        if owner is not None and owner.kind == "self" and len(owner.shape) == 1 and READYING.match(work.method):
            found.add(owner.shape[0])
        if work.callee.startswith("self.") and work.callee.count(".") == 1:
            function = view.assembled.frames[view.assembled.frame(work.call)].function
            for target in view.rivals.tasks.resolver.targets(function, work.callee):
                names = view.effects.all(target).writes
                found.update(name.removeprefix("self:") for name in names if name.startswith("self:"))
    return frozenset(found - {made.path.shape[0]})


def _sought(
    view: FunctionView, made: Publication, targets: frozenset[str], function_of: Callable[[ops.Call], Function]
) -> Sought:
    wanted = {name_at(made.path)} if made.fresh else {f"self:{target}" for target in targets}

    def reaches(call: ops.Call) -> bool:
        if not call.callee.startswith(("self.", "cls.")) or _takes_down(call.method):
            return False
        found = view.rivals.tasks.resolver.targets(function_of(call), call.callee)
        return any(target is not view.function and wanted & view.effects.all(target).reads for target in found)

    return Sought(
        made.path.attribute, made.fresh, frozenset() if made.fresh else targets,
        lambda method: ENDING.match(method) is not None, reaches,
    )  # fmt: skip


def _others(view: FunctionView, made: Publication) -> Iterator[tuple[Work, _User]]:
    """Yield the other functions that ask whether the state is set, and then use what is not ready."""
    if made.container is not None or not (made.fresh or made.value == "True"):
        return
    work = next((one for one in _readying(view, made, None) if READYING.match(one.method) or not made.fresh), None)
    targets = _targets(view, made)
    if work is None or not (made.fresh or targets):
        return
    callers = view.rivals.callers
    locks = callers.at(view.function, view.span(made.at).line) & callers.at(view.function, view.span(work.at).line)
    workers = _workers(view, made)
    for other in dict.fromkeys(view.rivals.readers(view.function, made.path)):
        if other is view.function or not other.facts.is_async or _takes_down(other.short) or other in workers:
            continue  # who makes it ready goes on with what there is
        if any(site.callee.endswith(f".{made.path.attribute}.{work.method}") for site in other.facts.calls):
            continue  # it does that itself
        yield from ((work, user) for user in _asking(view, made, work, targets, other, locks))


def _takes_down(name: str) -> bool:
    """Tell whether a word of a name says that something is taken down: `_device_disconnect`."""
    return ENDING.match(name) is not None or any(ENDING.fullmatch(word) for word in words(name))


def _workers(view: FunctionView, made: Publication) -> set[Function]:
    """Return the functions that are awaited to make the state ready."""
    found: set[Function] = set()
    for work in made.works:
        function = view.assembled.frames[view.assembled.frame(work.call)].function
        found.update(view.rivals.tasks.resolver.targets(function, work.callee))
        found.update(view.assembled.frames[frame].function for frame in view.assembled.chain(work.at)[1:])
    return found


def _asking(
    view: FunctionView, made: Publication, work: Work, targets: frozenset[str], other: Function, locks: frozenset[str]
) -> Iterator[_User]:
    lowered_other = view.lowered(other)
    graph = lowered_other.ir.graph
    sought = _sought(view, made, targets, lambda _: other)
    calls = [site.line for caller, site in view.rivals.tasks.callers(view.function) if caller is other]
    for question in questions(graph, made.path.attribute, True):
        use = outlook(graph, question.set, sought).use
        if use is None or asks_when_done(view, made, work, graph, use):
            continue
        lines = [lowered_other.positions.span(at).line for at in (question.at, use)]
        if any(locks & view.rivals.callers.at(other, line) for line in lines):
            continue
        if any(line < lines[0] for line in calls):
            continue  # it has waited for the set-up itself
        if not (made.fresh or calls or PROMISES.search(made.path.attribute)):
            continue  # a flag for something else: that it has been tried, that it goes on
        overlap, evidence = view.rivals.overlap(view.function, other, lines[-1])
        if overlap != "none":
            span = lowered_other.positions.span(use)
            step = Step("rival", other.path, span, other.name, "finds it set, and uses it")
            yield _User(step, other, overlap, evidence, bool(calls))
            return


def _keeps_apart(made: Publication) -> bool:
    """Tell whether the state is kept by keys: such an object works for several, also where it is one connection."""
    return made.container is not None and made.path.shape[-1:] == ("[]",)


def _is_told(view: FunctionView, made: Publication, user: _User) -> bool:
    """Tell whether state is an object or says by its name that something is done, or another function goes by it.

    A second run that nobody is seen to start mostly asks of other flags only whether the first has begun.
    """
    name = made.path.attribute
    return made.fresh or user.function is not view.function or bool(PROMISES.search(name) or TO_DO.search(name))


def _told(view: FunctionView, made: Publication, work: Work, user: _User) -> Finding | None:
    state = view.state(made.path)
    what = view.assembled.text(work.at).removeprefix("await ").split("\n")[0]
    gives = f"{user.step.function} gets `{state}` before `{what}` is over" if made.fresh else (
        f"{user.step.function} goes on as if `{what}` were over"
    )  # fmt: skip
    # That many lead to it is why it is made at first use, and no sign that somebody asks too early.
    expected = guarded(view, made.path) is not None or is_handed_out(view, user.function, made.path)
    expected = (expected and _is_told(view, made, user)) or _keeps_apart(made)
    sure = user.strong and (user.overlap in SEEN or expected)
    # What is made ready while the life of an object begins is mostly used only then.
    begins = not user.strong and all(root.multiplicity in EARLY for root in view.rivals.tasks.roots(view.function))
    level = confidence(sure, user.overlap, "loss" if begins else "harm", lowered(view, made.path))
    if level is None:
        return None
    steps = (
        view.step("write", made.at, f"`{state}` is set: other tasks find it so from here on"),
        view.step("suspend", view.assembled.in_root(work.at), "it is made ready only here; other tasks run meanwhile"),
        user.step,
    )
    evidence = user.evidence or (f"{user.step.function} can be called while {view.function.name} waits",)
    account = Account(
        "ARC106", f"`{state}` is set before what makes it ready has been awaited", steps, evidence,
        Consequence(gives, "harm").text,
    )  # fmt: skip
    return account.finding(view, view.primary(made.at), state, level)
