"""What comes of making something under a check that held no more: made twice, left open, or worked out twice."""

from __future__ import annotations

import re

from asynclint.checks.caches import invalidates, is_gone_over
from asynclint.checks.containers import holds_data, is_data, is_truth, kind_of_value
from asynclint.checks.evictions import takes_its_own
from asynclint.checks.judgement import Consequence, Gravity
from asynclint.checks.living import has_life
from asynclint.checks.making import (
    brings,
    constructs,
    describes,
    holds,
    informs,
    is_credential,
    is_plain,
    made_by,
    makes,
    waits_for_itself,
)
from asynclint.checks.meanwhile import clears, reaches
from asynclint.checks.naming import BAD, GOOD, STATE
from asynclint.checks.told import begins_as_data, is_answer_kept, is_named_plain, is_record_made
from asynclint.flow.agreement import comparison
from asynclint.flow.ended_first import is_ended_apart, is_ended_first
from asynclint.flow.failing import RAISES
from asynclint.flow.teardowns import FINAL
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import asks, filled
from asynclint.flow.windows import Window
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.link.keys import called
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView

LAZY = ("", "is None", "is not None", "in", "not in", "get", "item", "not", "hasattr")
"""Forms of a check that ask whether something is there already."""


def creation(view: FunctionView, window: Window, wrote: Written, state: str, rival: Rival) -> Consequence:
    """Return what goes wrong if something is made and stored that another run has made or taken away meanwhile."""
    other = rival.write
    # With an empty container the run itself begins.
    by_others = other is not None and (not rival.is_self or other.detail == "None")
    if other is not None and by_others and clears(other) and reaches(window, other):
        return _after_clearing(view, window, wrote, state, rival)
    keyed, guard = window.path.shape[-1:] == ("[]",), window.guard
    told = guard is not None and (comparison(guard.form)[0] or guard.form in ("in", "not in"))
    if guard is not None and told and filled(guard) and view.looks_first(rival):
        return Consequence(f"`{state}` gets another value only where it has none", "waste")
    if not rival.is_again and view.refreshes(rival, window.at) and not _opens(view, window, wrote, keyed):
        # There is no one object that all go on with: whoever has the last one has it until the next comes along.
        return Consequence(f"`{state}` is fetched once more, and what others fetched meanwhile is replaced", "waste")
    lazy = guard is not None and (guard.form in LAZY or _doubts(view, guard))
    if not lazy or _is_ended(view, window, keyed) or is_plain(view, wrote):
        return Consequence(f"`{state}` is set twice, and what was set meanwhile is lost", "waste")
    replaces = guard is not None and filled(guard) and not _doubts(view, guard)  # it is known that one stands there
    lives = rival.is_self and has_life(view, window.path)
    brought = rival.is_self and not lives and brings(view.function.short)
    if not keyed and not replaces and constructs(view, wrote):
        text = f"`{state}` is made twice: who got the one that is replaced goes on with it"
        known = brought or _renews(view, window, rival) or (not lives and informs(window.path.attribute))
        known = known or (rival.is_self and not lives and is_answer_kept(view, window, wrote))
        return Consequence(text, "waste" if known else "harm", lives)
    if (gravity := _making(view, window, wrote, keyed)) is not None:
        text = f"`{state}` is made twice: one of the two is lost, or left open"
        return Consequence(text, "waste" if brought else gravity, lives)
    return _replacing(view, window, wrote, state, rival)


def _is_ended(view: FunctionView, window: Window, keyed: bool) -> bool:
    """Tell whether what stands there is ended just before, or where nobody else makes one: none is left open."""
    if keyed:
        return False
    at_once = is_ended_first(view.assembled.graph, window.path.attribute, window.at)
    return at_once or is_ended_apart(view.solved, window.path, window.at)


def _replacing(view: FunctionView, window: Window, wrote: Written, state: str, rival: Rival) -> Consequence:
    """Return what goes wrong if what is found at first use, but is no object that is made, is found twice."""
    keyed = window.path.shape[-1:] == ("[]",)
    if _is_given(view, view.assembled.text(window.slept)):
        text = f"the function that was given runs twice, and the later `{state}` replaces the earlier"
        return Consequence(text, "harm")
    if keyed and rival.is_self and is_gone_over(view, window):
        return Consequence(f"`{state}` is made twice: who got the one that is replaced goes on with it", "harm")
    if keyed:
        return Consequence(f"`{state}` is worked out twice, and the later answer replaces the earlier", "waste")
    if rival.is_self and _is_loaded(window, wrote) and _is_worked_on(view, window):
        return Consequence(f"`{state}` is loaded twice: what was changed in the first one is lost", "harm", True)
    return Consequence(f"`{state}` is set twice, and what was set meanwhile is lost", "waste")


def _is_loaded(window: Window, wrote: Written) -> bool:
    """Tell whether what is stored where there was nothing is new, not what stands there already, nor a part of it."""
    lacking = window.guard is not None and not filled(window.guard)
    return lacking and all(reading.path != window.path for reading in wrote.value.readings)


def _is_worked_on(view: FunctionView, window: Window) -> bool:
    """Tell whether methods put entries into what is loaded, or take some out: it is no copy of what is kept elsewhere.

    What several put in place is such a copy.
    """
    shape = window.path.shape
    writes = list(view.rivals.writers(view.function, window.path))
    loaders = {function for function, write in writes if write.how == "store" and not write.detail}
    inside = {"item": ((*shape, "[]"),), "delete item": ((*shape, "[]"),), "mutate": (shape, (*shape, "[]"))}
    changes = [write for _, write in writes if write.place.steps in inside.get(write.how, ())]
    # A constant that is put in clears what was there.
    return len(loaders) == 1 and any(write.how != "item" or not write.detail for write in changes)


def _renews(view: FunctionView, window: Window, rival: Rival) -> bool:
    """Tell whether a rival has it made by the same helper whatever stands there: so it is replaced all the time."""
    maker = view.assembled.frames[view.assembled.frame(window.at)].function
    if rival.is_self or maker is view.function or view.looks_first(rival):
        return False
    return maker in view.effects.callees(rival.function)


def _after_clearing(view: FunctionView, window: Window, wrote: Written, state: str, rival: Rival) -> Consequence:
    text = f"`{state}` is set after {rival.function.name} has cleared it, and stays"
    if takes_its_own(view, window, rival):
        return Consequence(text, "waste")  # it was another object that it has taken away
    if invalidates(view, window, rival):
        return Consequence(text, "harm")
    if is_named_plain(view, wrote) and made_by(view.assembled.graph, wrote):
        return Consequence(text, "waste")  # an address or a number of something, as it was told
    if (
        is_credential(window.path.attribute)
        and is_data(view.attribute(window.path))
        and FINAL.fullmatch(rival.function.short)
    ):
        return Consequence(text, "waste")  # a text that lets somebody in, in an object that is at its end
    # A task that stays runs on; what is open stays so, unless whoever is seen to come in between sees to it.
    lacking = window.guard is None or not filled(window.guard)
    guessed = lacking and rival.overlap != "evident" and has_life(view, window.path)
    stays: Gravity = "harm" if guessed or holds_task(view, window) else "loss"
    return Consequence(text, "waste" if waits_for_itself(view, window) else stays, guessed)


def _opens(view: FunctionView, window: Window, wrote: Written, keyed: bool) -> bool:
    """Tell by names whether what is stored is lost, or left open, where another takes its place."""
    calls = made_by(view.assembled.graph, wrote)
    return holds(window.path.attribute, keyed) or any(makes(call.callee) for call in calls if call.awaited)


def _doubts(view: FunctionView, guard: Guard) -> bool:
    """Tell whether a check has asked an object whether it is still good, and has not heard that it is.

    Who asks the new one as well, in a loop, waits for how it goes.
    """
    if not asks(guard):
        return False
    last = view.assembled.graph.blocks[guard.test].ops[-1]
    if isinstance(last, ops.Test) and last.kind == "while":
        return False
    name, form = (*guard.form.split(" ")[1:], "", "")[:2]
    if name == RAISES:
        return True
    if form not in ("", "not"):
        return STATE.search(name) is not None or GOOD.search(name) is not None or BAD.search(name) is not None
    return (BAD if guard.edge == (form == "") else GOOD).search(name) is not None


def _making(view: FunctionView, window: Window, wrote: Written, keyed: bool) -> Gravity | None:
    """Tell by names, and by what the value is made of, how bad it is that it is made twice; None if it is not made."""
    calls, attribute = made_by(view.assembled.graph, wrote), window.path.attribute
    if not calls or (window.guard is not None and filled(window.guard) and not _doubts(view, window.guard)):
        return None  # handed in from outside, or put in the place of an older one
    if any(one.slept is None and one.path == window.path for one in wrote.value.readings):
        return None  # what stands there now goes into it
    if all(call.callee.endswith(("Error", "Exception")) for call in calls):
        return None
    facts = view.attribute(window.path)
    if not keyed and is_truth(facts):
        # Whether something worked is kept, and not what it made.
        return "loss" if any(makes(call.callee) for call in calls if call.awaited) else None
    record = is_record_made(view, wrote)
    plain = is_named_plain(view, wrote)
    told = record or plain or describes(kind_of_value(facts, keyed))
    if holds(attribute, keyed) and not told:
        return "harm"
    data = (
        told
        or describes(called(window.path))
        or (holds_data(facts) if keyed else is_data(facts) or begins_as_data(facts))
    )
    known = is_credential(attribute)
    names = [call.callee for call in calls if call.awaited]
    if (not keyed or makes(_called(view, window))) and not _is_left_again(view, window, calls):
        # What is found on the way to an entry of many may only make sure of something else.
        names.append(awaited_first(view, window))
    made = any(makes(name.rpartition(".")[2] if data else name) for name in names)
    made = made or (is_maker(view) and not keyed and not record)
    if not made and not known:
        return None
    if data and not made:
        return None  # another text that lets somebody in, as good as the first one
    return "loss" if data or (known and not keyed) else "harm"


def _is_left_again(view: FunctionView, window: Window, calls: tuple[ops.Call, ...]) -> bool:
    """Tell whether a window waits for the beginning of a block, at whose end what is opened for it is closed again."""
    graph = view.assembled.graph
    entered = [
        graph.calls.get(op.value or "")
        for block in graph.blocks
        for op in block.ops
        if isinstance(op, ops.Suspend) and op.kind == "async with" and op.at == window.slept
    ]
    return bool(entered) and all(call is not None and call not in calls for call in entered)


def _is_given(view: FunctionView, source: str) -> bool:
    """Tell whether an awaited call is of what a decorator or wrapper was given: nobody knows that it may run twice."""
    called = re.match(r"(?:await\s+)?(\w+)\(", source)
    module = view.rivals.tasks.resolver.program.modules[view.function.path]
    outer = module.functions.get(view.function.facts.parent or "")
    return called is not None and outer is not None and called.group(1) in dict(outer.facts.params)


def is_maker(view: FunctionView) -> bool:
    """Tell by its name whether the function makes something; one that is run as a task may say that it is one."""
    short = view.function.short
    if any(start.is_task for start in view.rivals.tasks.starts(view.function)):
        short = short.removesuffix("_task")
    return makes(short)


def holds_task(view: FunctionView, window: Window) -> bool:
    """Tell whether state holds a task by what is stored there."""
    facts = view.attribute(window.path)
    return facts is not None and any(made.endswith(("create_task", "ensure_future")) for made in facts.constructors)


def awaited_first(view: FunctionView, window: Window) -> str:
    """Return the dotted name of what a window waits for first."""
    graph, at = view.assembled.graph, window.slept
    every = (op for block in graph.blocks for op in block.ops)
    var = next((op.value for op in every if isinstance(op, ops.Suspend) and op.at == at), None)
    call = graph.calls.get(var or "")
    return call.callee if call is not None else view.assembled.text(at)


def _called(view: FunctionView, window: Window) -> str:
    """Return what the function itself calls to wait for that: its own await, or the helper that has it."""
    if len(view.assembled.chain(window.slept)) == 1:
        return awaited_first(view, window)
    return view.assembled.text(view.assembled.in_root(window.slept)).split("(")[0].removeprefix("await ")
