"""Answers that come before anybody waits for them: who asks begins to listen only behind the await of the request."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.judgement import Consequence, confidence
from asynclint.checks.story import Account, lowered
from asynclint.findings import Finding, Step
from asynclint.flow.listening import Late, late
from asynclint.link.program import Function
from asynclint.link.testers import RESOLVING
from asynclint.link.view import FunctionView
from asynclint.source import Span
from asynclint.survey.facts import CallSite


def listens_late(view: FunctionView) -> Iterator[Finding]:
    """Report futures that are put where answers are looked up, or events that are cleared, behind the request."""
    for one in late(view.solved):
        if view.assembled.frame(one.at) != 0 or one.path.kind not in ("self", "cls", "global"):
            continue  # a helper that does all of it is told of itself
        brings = next(_bringing(view, one), None)
        finding = _tell(view, one, *brings) if brings is not None else None
        if finding is not None:
            yield finding


def _bringing(view: FunctionView, one: Late) -> Iterator[tuple[Function, CallSite]]:
    """Yield who resolves what is found there, or sets the event, and is no step of the function itself."""
    steps = {frame.function for frame in view.assembled.frames}
    name = one.path.attribute
    for other in _near(view, one):
        if other in steps:
            continue
        for site in other.facts.calls:
            owner, _, method = site.callee.rpartition(".")
            sets = one.is_event and method == "set" and owner.rpartition(".")[2] == name
            if sets or (not one.is_event and method in RESOLVING):
                yield other, site
                break


def _near(view: FunctionView, one: Late) -> Iterator[Function]:
    """Yield the functions that have the state at hand: for an event all of the class, which load it to set it."""
    if one.is_event:
        facts = view.attribute(one.path)
        made = facts.constructors if facts is not None else ()
        if any(name.split("(")[0].rpartition(".")[2] == "Event" for name in made):
            program = view.rivals.tasks.resolver.program
            yield from program.members(view.cls) if view.cls is not None else ()
            yield from () if view.cls is not None else program.modules[view.function.path].all_functions
        return
    yield from dict.fromkeys(view.rivals.readers(view.function, one.path))


def _tell(view: FunctionView, one: Late, other: Function, site: CallSite) -> Finding | None:
    # Who waits for an answer waits for another task to bring it: the two are at work at once.
    level = confidence(True, "beside", "harm", lowered(view, one.path))
    if level is None:
        return None
    state = view.state(one.path)
    done = "cleared" if one.is_event else "filled in"
    text = f"an answer that {other.name} brings meanwhile is lost, and the wait for it never ends"
    steps = (
        view.step("suspend", view.assembled.in_root(one.asked), "it is asked for here; other tasks run meanwhile"),
        view.step("write", one.at, f"`{state}` is {done} only now"),
        Step("rival", other.path, Span(site.line, 1, site.line, 1), other.name, "brings the answer"),
    )
    evidence = (f"{view.function.name} waits for what {other.name} brings",)
    message = f"`{state}` is {done} behind the await of the request, and an answer may have come by then"
    account = Account("ARC110", message, steps, evidence, Consequence(text, "harm").text)
    return account.finding(view, view.primary(one.at), state, level)
