"""ARC104 iteration-while-mutated: a loop over shared P gives way, and P is changed elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from asynclint.checks.containers import LISTED_TYPE, ORDERED, holds_lists, is_deque, is_keyed, is_listed
from asynclint.checks.judgement import Consequence, confidence
from asynclint.checks.listeners import may_leave
from asynclint.checks.making import words
from asynclint.checks.naming import LAST
from asynclint.checks.registry import check
from asynclint.checks.sharing import guarded
from asynclint.checks.story import Account, Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.rounds import own_removal
from asynclint.flow.windows import Window
from asynclint.link.handed_in import goes_over
from asynclint.link.program import is_aside
from asynclint.link.rivals import Rival
from asynclint.link.spots import attribute_of
from asynclint.link.view import FunctionView
from asynclint.survey.facts import AttributeFacts, Write

BEGINNING = frozenset(("start", "setup", "init", "initialize", "launch", "begin", "aenter"))
"""Words for what comes before an object is in use."""
CHANGED = "the container changes size during iteration: RuntimeError"


@check("ARC104", need="loop")
def iteration_while_mutated(view: FunctionView) -> Iterator[Finding]:
    """Report loops over a shared container with a suspension inside, where somebody changes the container."""
    for window in view.windows:
        if window.kind != "iteration" or not (len(view.assembled.chain(window.at)) == 1 or _is_handed(view, window)):
            continue
        told = [_own(view, window)]
        told += [
            _tell(view, window, rival, rival.write)
            for rival in view.rivals_in(window)
            # Over what is empty no loop is under way.
            if rival.write is not None and _resizes(window, rival.write) and not view.begins(rival)
        ]
        yield from strongest(told)


def _is_handed(view: FunctionView, window: Window) -> bool:
    """Tell whether a helper goes over what it is handed: it does not know whose that is."""
    helper = view.assembled.frames[view.assembled.frame(window.at)].function
    own = {attribute_of(place) for place in helper.facts.lingers if place.kind != "param"}
    return goes_over(helper) and window.path.kind != "param" and window.path.attribute not in own


def _own(view: FunctionView, window: Window) -> Finding | None:
    """Tell of a loop whose own body takes something out of the container and goes on: it needs no second task."""
    taken = own_removal(view.solved, window)
    if taken is None:
        return None
    state = view.state(window.path)
    text = "the loop passes over the element behind the one that is taken out" if _is_list(view, window) else CHANGED
    level = confidence(True, "beside", "harm", int(is_aside(view.function.path)))
    assert level is not None
    steps = (
        view.step("read", window.at, f"the loop goes over `{state}` itself"),
        view.suspension(window),
        view.step("write", taken, "the loop itself takes something out here, and goes on"),
    )
    message = f"the loop over `{state}` takes something out of `{state}` and goes on"
    account = Account("ARC104", message, steps, ("the loop's own body changes what it goes over",), text)
    return account.finding(view, view.primary(window.at), view.written(window), level)


def _tell(view: FunctionView, window: Window, rival: Rival, write: Write) -> Finding | None:
    leaves = may_leave(view, window, rival)
    if leaves and rival.is_self and rival.is_guess:
        # Whoever takes its leave calls that method itself, whether the loop's function does as well or not.
        rival = replace(rival, is_self=False, is_again=False)
    consequence = _consequence(view, window, rival, write)
    in_use = not (_is_late(view, window, rival) or _is_early(view, window, rival))
    return tell(view, window, rival, consequence, _telling(view, window), in_use, leaves)


def _is_late(view: FunctionView, window: Window, rival: Rival) -> bool:
    """Tell whether the loop ends what there is, and nothing shows that anybody still puts in some: the use is over."""
    return rival.is_guess and LAST.search(view.function.short) is not None and guarded(view, window.path) is None


def _is_early(view: FunctionView, window: Window, rival: Rival) -> bool:
    """Tell whether the loop begins the life of what there is, and nothing shows that anybody takes some out already."""
    said = words(view.function.short)
    if not rival.is_guess or not said or BEGINNING.isdisjoint((said[0], said[-1])):
        return False
    return guarded(view, window.path) is None


def _resizes(window: Window, write: Write) -> bool:
    """Tell whether a write changes the container itself, and not the name that it is bound to."""
    shape = window.path.shape
    if write.how in ("item", "delete item"):
        return write.place.steps == (*shape, "[]")
    return write.how == "mutate" and write.place.steps == shape


def _telling(view: FunctionView, window: Window) -> Telling:
    state = view.state(window.path)
    message = f"the loop over `{state}` gives way to tasks that change `{state}`"
    return Telling("ARC104", "read", f"the loop goes over `{state}` itself", "", message)


def _consequence(view: FunctionView, window: Window, rival: Rival, write: Write) -> Consequence:
    if _is_list(view, window):
        if write.how == "item" or write.detail in ("append", "extend"):
            return Consequence("elements that are added meanwhile are visited as well", "benign")
        if write.detail == "clear":
            return Consequence("the loop ends before it has come to all of them, since nothing is left", "waste")
        if write.detail == "insert":
            return Consequence("an element that stands behind a new one is visited twice", "waste")
        # Readers wanted to hear of it, but it is no error that anybody sees.
        return Consequence("an element is skipped, or visited twice", "loss" if rival.overlap == "evident" else "harm")
    if write.how == "item" and not is_keyed(view.attribute(window.path)):
        return Consequence("the container may change size during iteration: RuntimeError", "waste")
    return Consequence(CHANGED, "harm")


def _is_list(view: FunctionView, window: Window) -> bool:
    """Tell whether the loop goes over a list: as it is made or annotated, or because somebody does what only lists can.

    A deque, which can do the same, is told by how it is made.
    """
    facts, shape = view.attribute(window.path), window.path.shape
    known = holds_lists(facts) if shape[-1:] == ("[]",) else is_listed(facts) or _is_given_list(view, facts)
    return known or (not is_deque(facts) and _is_ordered(view, window))


def _is_given_list(view: FunctionView, facts: AttributeFacts | None) -> bool:
    """Tell whether what fills an attribute is a method of its class that is said to return a list."""
    if facts is None or view.cls is None:
        return False
    names = (name.partition("(")[0].split(".") for name in facts.constructors)
    program = view.rivals.tasks.resolver.program
    found = [program.method(view.cls, parts[1]) for parts in names if len(parts) == 2]
    return any(one is not None and LISTED_TYPE.match(one.facts.returns or "") for one in found)


def _is_ordered(view: FunctionView, window: Window) -> bool:
    return any(
        write.how == "mutate" and write.detail in ORDERED and write.place.steps == window.path.shape
        for _, write in view.rivals.writers(view.function, window.path)
    )
