"""ARC104 iteration-while-mutated: a loop over shared P gives way, and P is changed elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.containers import is_deque, is_keyed, is_listed
from asynclint.checks.judgement import Consequence
from asynclint.checks.registry import check
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.windows import Window
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write


@check("ARC104", need="loop")
def iteration_while_mutated(view: FunctionView) -> Iterator[Finding]:
    """Report loops over a shared container with a suspension inside, where somebody changes the container."""
    for window in view.windows:
        if window.kind != "iteration" or len(view.assembled.chain(window.at)) > 1:
            continue
        telling = _telling(view, window)
        yield from strongest(
            tell(view, window, rival, _consequence(view, window, rival, rival.write), telling, True)
            for rival in view.rivals_in(window)
            if rival.write is not None and _resizes(window, rival.write)
        )


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
    facts = view.attribute(window.path)
    # Only a list has these; a deque is told by how it is made.
    lists = write.detail in ("append", "extend", "insert", "reverse", "sort") and not is_deque(facts)
    if is_listed(facts) or lists:
        if write.how == "item" or write.detail in ("append", "extend"):
            return Consequence("elements that are added meanwhile are visited as well", "benign")
        # Where it is not even known that the two run at once, what is not an error is too little.
        return Consequence("an element is skipped, or visited twice", "harm" if rival.is_self else "loss")
    if write.how == "item" and not is_keyed(facts):
        return Consequence("the container may change size during iteration: RuntimeError", "waste")
    return Consequence("the container changes size during iteration: RuntimeError", "harm")
