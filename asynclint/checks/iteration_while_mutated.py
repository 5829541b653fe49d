"""ARC104 iteration-while-mutated: a loop over shared P gives way, and P is changed elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint import rulebook
from asynclint.checks.judgement import Consequence, confidence
from asynclint.checks.registry import check
from asynclint.checks.story import lowered
from asynclint.findings import Finding
from asynclint.flow.windows import Window
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView, describes
from asynclint.survey.facts import Write

RESIZING = ("item", "delete item", "mutate")
SHIFTING = ("remove", "pop", "insert", "clear", "popleft", "appendleft", "sort", "reverse")
REPLACING = ("sort", "reverse", "update")


@check("ARC104")
def iteration_while_mutated(view: FunctionView) -> Iterator[Finding]:
    """Report loops over a shared container with a suspension inside, where somebody changes the container."""
    for window in view.windows:
        if window.kind != "iteration" or len(view.assembled.chain(window.at)) > 1:
            continue
        for rival in view.rivals_of(window.path):
            if rival.write is None or not _resizes(window, rival.write):
                continue
            found = _tell(view, window, rival, rival.write)
            if found is not None:
                yield found
                break


def _resizes(window: Window, write: Write) -> bool:
    """Tell whether a write changes the container itself, and not the name that it is bound to."""
    shape = window.path.shape
    if write.how in ("item", "delete item"):
        return write.place.steps == (*shape, "[]")
    return write.how == "mutate" and write.place.steps == shape


def _tell(view: FunctionView, window: Window, rival: Rival, write: Write) -> Finding | None:
    state = view.state(window.path)
    consequence = _consequence(view, window, write)
    level = confidence(True, rival.overlap, consequence.gravity, lowered(view, window))
    if level is None:
        return None
    rule = rulebook.load().resolve("ARC104")
    rival_step = view.rival_step(rival, f"{rival.function.name} {describes(write)}")
    steps = [
        view.step("read", window.at, f"the loop goes over `{state}` itself"),
        view.suspension(window),
    ]
    return Finding(
        "ARC104", rule.name, f"the loop over `{state}` gives way to tasks that change `{state}`", rule.severity, level,
        view.function.path, view.primary(window.at), view.function.name, state,
        trace=(*steps, *((rival_step,) if rival_step else ())),
        evidence=rival.evidence or (f"{rival.function.name} can be called while {view.function.name} waits",),
        consequence=consequence.text,
    )  # fmt: skip


def _consequence(view: FunctionView, window: Window, write: Write) -> Consequence:
    facts = view.attribute(window.path)
    made = {name.rsplit(".", 1)[-1].split("(")[0] for name in facts.constructors} if facts is not None else set()
    listed = "list" in made or (facts is not None and facts.annotation.lower().startswith(("list", "typing.list")))
    if listed:
        if write.how == "item" or write.detail in ("append", "extend"):
            return Consequence("elements that are added meanwhile are visited as well", "benign")
        return Consequence("an element is skipped, or visited twice", "harm")
    if write.how == "item" and not made & {"dict", "defaultdict", "OrderedDict", "Counter", "WeakValueDictionary"}:
        return Consequence("the container may change size during iteration: RuntimeError", "waste")
    return Consequence("the container changes size during iteration: RuntimeError", "harm")
