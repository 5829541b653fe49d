"""ARC107 flag-not-restored: a busy flag, counter, entry or event that a failure leaves set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from asynclint.checks.abandoned_waits import cut_short
from asynclint.checks.alone import is_unit_of_work
from asynclint.checks.asking import asker, is_ended, is_used_once, turned_away, undone_by_caller
from asynclint.checks.judgement import after_failure, moderate
from asynclint.checks.loans import not_given_back
from asynclint.checks.naming import ENDED, FAILED, LAST, LINKED, REQUEST
from asynclint.checks.registry import check
from asynclint.checks.shared_tasks import ended_for_all
from asynclint.checks.story import Account, lowered
from asynclint.checks.suspensions import goes_to_caller, is_said_last, quiet
from asynclint.checks.unasked import is_waited_for, runs_again, says_once, unasked, wiped
from asynclint.findings import CONFIDENCES, Confidence, Finding, Step
from asynclint.flow.leaks import FAILURES, Failure, Walker, Ways, gives_up
from asynclint.flow.marks import LATCH, Mark, marks
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import FALSE
from asynclint.flow.ways import place_of
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.link.effects import name_at
from asynclint.link.entering import is_entering, writes_of
from asynclint.link.view import FunctionView
from asynclint.source import Span

Pattern = Literal["normal", "handler", "enter", "latch"]


RUNS = re.compile(r"create_(background_)?task|ensure_future|Popen|create_subprocess_\w+")
"""Calls that give what runs on, whatever becomes of the function that has begun it: that it stands there is true."""
GUARDS = re.compile(r"(R?Lock|(Bounded)?Semaphore|Condition|CapacityLimiter)")
"""Classes of what each run takes and gives back anew."""


@dataclass(frozen=True, slots=True)
class _Leak:
    """What a failure leaves behind: on which pattern, by what kind of failure, at which suspension.

    `normal`: the mark is taken back where nothing fails; `handler`: by a handler that lets something past; `enter`:
    by leaving what was entered, which does not run if entering fails; `latch`: never, and the next run finds it.
    """

    mark: Mark
    pattern: Pattern
    cause: Failure
    failed: int
    reset: int | None


@check("ARC107", need="mark")
def flag_not_restored(view: FunctionView) -> Iterator[Finding]:
    """Report marks of a task on shared state that stay set when an await between fails, and what stays out of it."""
    yield from not_given_back(view)
    yield from ended_for_all(view)
    yield from cut_short(view)
    if not _possible(view):
        return
    known = marks(view.solved)
    walker = Walker(view.assembled.graph, known, quiet(view), lambda call, mark: _resets(view, call, mark))
    told: dict[str, Finding] = {}
    for place, mark in known.items():
        if not mark.sets or not _is_mark(view, mark) or _closes(view, known, place):
            continue
        ways = walker.ways(place)
        leak = _leak(view, walker, mark, ways)
        if leak is None or not _own(view, leak) or says_once(view, _others(known, mark), leak.failed):
            continue
        failing = (*ways.leaves["error"], *ways.leaves["cancel"])
        found = _told(view, leak, is_waited_for(walker.graph, mark, failing))
        if found is not None and found.state is not None:
            earlier = told.get(found.state)
            if earlier is None or _order(found) < _order(earlier):
                told[found.state] = found
    yield from told.values()


def _others(known: Mapping[tuple[int, int], Mark], mark: Mark) -> list[Mark]:
    return [other for other in known.values() if other.path != mark.path]


def _order(finding: Finding) -> tuple[int, Span]:
    return -CONFIDENCES.index(finding.confidence), finding.span


def _possible(view: FunctionView) -> bool:
    """Tell from the facts whether anything could be set and taken back here."""
    writes = [write for frame in view.assembled.frames for write in frame.function.facts.writes]
    again = Counter(tuple(step for step in write.place.steps if step != "[]") for write in writes)
    for write in writes:
        steps = tuple(step for step in write.place.steps if step != "[]")
        if again[steps] > 1 or write.detail in ("True", "clear"):
            return True
    return bool(writes) and is_entering(view.rivals.tasks, view.function)


def _is_mark(view: FunctionView, mark: Mark) -> bool:
    if mark.path.kind not in ("self", "cls", "class", "global", "param") or not mark.path.steps:
        return False
    if mark.deed == "store" and mark.value == "True" and FAILED.search(mark.path.attribute):
        return False  # set beforehand, for the case that it fails
    if mark.deed == "clear":
        facts = view.attribute(mark.path)
        if REQUEST.search(mark.path.attribute) or LINKED.search(mark.path.attribute):
            return False  # clear is how it mostly is, also while nobody works, or how it has to be
        return facts is not None and any(made.endswith("Event") for made in facts.constructors)
    call = _made(view, mark)
    if call is None or mark.deed not in ("put", "store"):
        return True
    return not (RUNS if mark.deed == "store" else GUARDS).fullmatch(call.method) and not _is_object(view, mark, call)


def _made(view: FunctionView, mark: Mark) -> ops.Call | None:
    """Return the call that gave what is stored or put in, if one did."""
    graph = view.assembled.graph
    block, place = place_of(graph, mark.at)
    op = graph.blocks[block].ops[place]
    if not isinstance(op, ops.StoreItem | ops.StoreAttr):
        return None
    return graph.calls.get(graph.moves.get(op.value, (op.value,))[-1])


def _is_object(view: FunctionView, mark: Mark, call: ops.Call) -> bool:
    """Tell whether what is put in is an object of a class of the project's: an entry of a register, no mark."""
    if mark.deed != "put":
        return False
    program = view.rivals.tasks.resolver.program
    frame = view.assembled.frames[view.assembled.frame(call.at)]
    return program.find_class(frame.function.path, call.callee) is not None


def _leak(view: FunctionView, walker: Walker, mark: Mark, ways: Ways) -> _Leak | None:
    """Return what a failure leaves behind, the gravest first."""
    graph = walker.graph
    if ways.later is not None:
        for cause in FAILURES:
            for block, place in ways.leaves[cause]:
                reset = walker.reset_after(mark, (block, place))
                if reset is None or (cause == "cancel" and _takes_care(view, walker, mark, reset)):
                    continue
                return _Leak(mark, "normal", cause, graph.blocks[block].ops[place].at, reset)
        return None
    failed = {cause: [graph.blocks[b].ops[p].at for b, p in ways.leaves[cause]] for cause in FAILURES}
    if ways.handled["error"]:
        # The handler is there and takes back, but a cancellation does not come by.
        covered = dict(ways.handled["error"])
        at = next((at for at in failed["cancel"] if at in covered), None)
        if at is not None and mark.deed == "put" and not _gives_up(graph, at, covered[at]):
            return None  # an entry that is put out for one reason is not one of work that goes on
        return _Leak(mark, "handler", "cancel", at, covered[at]) if at is not None else None
    half = failed["error"] or [at for at in failed["cancel"] if not is_said_last(view, at)]
    if ways.at_once is None and half and _left_by(view, mark):
        return _Leak(mark, "enter", "error" if failed["error"] else "cancel", half[0], None)
    latch = mark.value == "True" and LATCH.search(mark.path.attribute) and ways.at_once is None and ways.ends
    return _Leak(mark, "latch", "error", failed["error"][0], None) if latch and failed["error"] else None


def _gives_up(graph: Graph, failed: int, taken: int) -> bool:
    return gives_up(graph, graph.blocks[place_of(graph, failed)[0]].handler, taken)


def _takes_care(view: FunctionView, walker: Walker, mark: Mark, reset: int) -> bool:
    """Tell whether the mark is taken back in a `finally`, which only a second cancellation keeps from its end.

    The body of a `finally` is in the graph once for each way into it.
    """
    place = view.primary(reset)
    blocks = {
        block
        for (block, _), other in walker.marks.items()
        if other.takes_back(mark) and view.primary(other.at) == place
    }
    return len(blocks) > 1


def _closes(view: FunctionView, known: Mapping[tuple[int, int], Mark], place: tuple[int, int]) -> bool:
    """Tell whether a count only comes back to what it was: every way here has passed the change that this undoes."""
    mark, deciding = known[place], view.solved.scope.deciding
    return mark.deed in ("plus", "minus") and any(
        mark.takes_back(other) and (where < place if where[0] == place[0] else deciding.dominates(where[0], place[0]))
        for where, other in known.items()
    )


def _left_by(view: FunctionView, mark: Mark) -> bool:
    """Tell whether this is entering something, and leaving it takes the mark back."""
    tasks = view.rivals.tasks
    if view.cls is None or mark.path.kind != "self" or len(mark.path.steps) != 1 or mark.deed == "put":
        return False
    if not is_entering(tasks, view.function):
        return False
    writes = writes_of(tasks, view.cls, mark.path.attribute)
    if mark.deed in ("plus", "minus"):
        return any(write.how == "augmented" for write in writes)
    return any(write.how == "delete" or write.detail in FALSE for write in writes)


def _own(view: FunctionView, leak: _Leak) -> bool:
    """Tell whether this function does it, in this order: it sets the mark and takes it back, or plain helpers do."""
    if leak.pattern == "latch" and len(view.assembled.chain(leak.failed)) > 1:
        return False
    order = [view.primary(at) for at in (leak.mark.at, leak.failed, leak.reset) if at is not None]
    if order[0] > order[1] or (leak.pattern == "normal" and order[1] > order[-1]):
        return False  # the next round of a loop
    ends = (leak.mark.at, leak.reset) if leak.pattern == "normal" else (leak.mark.at,)
    chains = [view.assembled.chain(at) for at in ends if at is not None]
    inner = [view.assembled.frames[frame].function for chain in chains for frame in chain[1:]]
    if any(function.facts.is_async for function in inner):
        return False
    begin, end = chains[0], chains[-1]
    return leak.pattern == "enter" or len(begin) == 1 or len(end) == 1 or begin[1] != end[1]


def _resets(view: FunctionView, call: Mark, mark: Mark) -> bool:
    """Tell whether a call that the graph does not show may take a mark back: who only comes here again sets it."""
    resolver = view.rivals.tasks.resolver
    function = view.assembled.frames[view.assembled.frame(call.at)].function
    targets = resolver.targets(function, call.callee)
    return any(view.effects.leads_to(target, name_at(mark.path), view.function) for target in targets)


def _told(view: FunctionView, leak: _Leak, waited_for: bool) -> Finding | None:
    mark = leak.mark
    own = mark.check if mark.check is not None and turned_away(view, mark.check, leak.failed) else None
    if own is None and (leak.pattern == "latch" or (leak.pattern == "enter" and mark.deed == "store")):
        return None
    if own is not None and is_used_once(view, mark, own):
        return None
    asked = view.step("rival", own.reading.at, "the next run asks here") if own else asker(view, mark, waited_for)
    dead = asked is None and not waited_for  # an entry that is at most answered, in vain, and never taken out
    asked = asker(view, mark, True) if dead else asked
    if asked is None or undone_by_caller(view, mark.path) or (dead and wiped(view, mark)):
        return None
    state = view.state(mark.path)
    how = "is cancelled" if leak.cause == "cancel" else "raises"
    steps = [
        view.step("write", mark.at, f"`{state}` is {DONE[mark.deed]}"),
        view.step("suspend", view.assembled.in_root(leak.failed), f"if this {how}, what follows is skipped"),
    ]
    if leak.reset is not None:
        steps.append(view.step("write", leak.reset, "not reached then"))
    account = Account(
        "ARC107", f"`{state}` stays {DONE[mark.deed]} if the await after it {how}", (*steps, asked),
        (f"{asked.function} decides by `{state}`",), _consequence(mark, asked, dead),
    )  # fmt: skip
    return account.finding(view, view.primary(mark.at), state, _level(view, leak, own))


def _level(view: FunctionView, leak: _Leak, own: Guard | None) -> Confidence:
    mark = leak.mark
    strong = leak.pattern != "latch" and (own is not None or (leak.pattern != "normal" and mark.deed != "store"))
    if leak.pattern == "enter" and mark.value:
        strong = False  # "entered": such an object is seldom entered again
    left = goes_to_caller(view, leak.failed)
    down = _lowered(view, mark) + (own is None and is_ended(view, leak.failed)) + left
    cause = "cancel" if left or leak.pattern == "enter" else leak.cause
    level = after_failure(cause, strong, down + unasked(view, mark, own, leak.failed))
    # That the function is there to be called does not show that somebody calls it once more.
    return level if runs_again(view) else moderate(level)


def _lowered(view: FunctionView, mark: Mark) -> int:
    """Return by how many levels: an object that ends, or that belongs to one piece of work, is not used again."""
    final = LAST.search(view.function.short) is not None and ENDED.search(mark.path.attribute) is not None
    return lowered(view, mark.path) + 2 * final + is_unit_of_work(view)


DONE = {"store": "set", "plus": "raised", "minus": "lowered", "put": "filled", "clear": "cleared"}


def _consequence(mark: Mark, asked: Step, dead: bool) -> str:
    if dead:
        return "nobody waits for it any more, and nobody takes it out: each failure leaves one"
    if mark.deed in ("plus", "minus"):
        return f"the count is wrong from then on: {asked.function} decides by it"
    return f"{asked.function} takes the work for being in progress, for ever"
