"""What comes of an act under a check that held no more: what is made twice, lost, deleted twice, or harmless."""

from __future__ import annotations

import re

from asynclint.checks.caches import invalidates, is_gone_over
from asynclint.checks.containers import holds_data, is_data, is_truth
from asynclint.checks.judgement import Consequence, Gravity
from asynclint.checks.making import (
    constructs,
    holds,
    is_credential,
    is_plain,
    made_by,
    makes,
    makes_object,
    once,
    says_done,
    waits_for_itself,
)
from asynclint.checks.naming import BAD, ERROR, GOOD, HALT, LAST, STATE
from asynclint.checks.telling import reports
from asynclint.flow.outcomes import after_error, demands
from asynclint.flow.transfer import OBJECT, RECORD
from asynclint.flow.values import Guard
from asynclint.flow.ways import asks_no_more, ends_with
from asynclint.flow.windows import Window
from asynclint.flow.writes import FALSE, Written, asks, comparison, excludes, filled
from asynclint.ir import ops
from asynclint.link.rivals import Rival
from asynclint.link.touches import TAKING
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write

RAISING = ("remove", "pop", "popleft", "popitem")
LAZY = ("", "is None", "is not None", "in", "not in", "get", "item", "not", "hasattr")
"""Forms of a check that ask whether something is there already."""


def consequence_of(view: FunctionView, window: Window, wrote: Written, rival: Rival) -> Consequence:
    """Return what goes wrong if a rival falls into a window."""
    state = view.state(window.path)
    match wrote.how:
        case "delete" | "delete item":
            return _removal(view, window, wrote, rival)
        case "mutate" if wrote.method in RAISING:
            return _removal(view, window, wrote, rival)
        case "mutate" if wrote.method == "add" and crosses(wrote, rival):
            return Consequence(f"`{state}` is put in after {rival.function.name} has taken it out, and stays", "loss")
        case "mutate" if wrote.method == "add" and not _is_amount(window):
            made = _is_maker(view) or makes(_awaited(view, window)) or makes_object(view, window)
            made = made or says_done(window.path.attribute)
            return Consequence("the work in between is done twice", "loss" if made else "waste")
        case "mutate" if wrote.method == "clear":
            # A helper that looks and empties is told of where it stands.
            inside = len(view.assembled.chain(wrote.at)) > 1
            return Consequence(f"what others did to `{state}` meanwhile is undone", "benign" if inside else "loss")
        case "mutate":
            # To go past a limit is to sell what another has bought.
            gravity: Gravity = "harm" if rival.is_self and _is_amount(window) else "loss"
            return Consequence(f"`{state}` grows past what the check allows", gravity)
        case "augmented":
            text = f"`{state}` goes past what the check allows"
            return Consequence(text, "waste" if _accounts(view, window, wrote) else "loss")
        case _ if _constant_of(wrote):
            return _constant(view, window, wrote, rival)
        case _:
            return _creation(view, window, wrote, state, rival)


def _is_amount(window: Window) -> bool:
    """Tell whether the check compares how much there is with a limit."""
    return window.guard is not None and window.guard.form.split(" ")[0] in ("<", ">", "<=", ">=")


def _accounts(view: FunctionView, window: Window, wrote: Written) -> bool:
    """Tell whether what is taken off an amount, of which there was some, is as much as has been worked off."""
    guard, graph = window.guard, view.assembled.graph
    if wrote.value.form != "-" or guard is None or not filled(guard):
        return False
    every = [op for block in graph.blocks for op in block.ops]
    computed = {op.into: op for op in every if isinstance(op, ops.Compute)}
    moved = {op.into: op.source for op in every if isinstance(op, ops.Move)}

    def origin(var: ops.Var) -> ops.Var:
        seen: set[ops.Var] = set()
        while var in moved and var not in computed and var not in seen:
            seen.add(var)
            var = moved[var]
        return var

    stored = [op.value for op in every if isinstance(op, ops.StoreAttr | ops.StoreItem) and op.at == wrote.at]
    taken = {origin(arg) for var in stored if var in computed for arg in computed[var].args[1:]}
    if not taken or any(isinstance(op, ops.Const) and op.into in taken for op in every):
        return False
    tested = [op.value for op in graph.blocks[guard.test].ops if isinstance(op, ops.Test)]
    compared = [computed[var] for var in tested if var in computed and computed[var].kind != "not"]
    # What is to be taken off, and has been compared with what there is, is what was asked for.
    limits = {origin(arg) for op in compared for arg in op.args}
    return taken.isdisjoint(limits) if compared else guard.form in ("", "not")


def _is_maker(view: FunctionView) -> bool:
    """Tell by its name whether the function makes something; one that is run as a task may say that it is one."""
    short = view.function.short
    if any(start.is_task for start in view.rivals.tasks.starts(view.function)):
        short = short.removesuffix("_task")
    return makes(short)


def _removal(view: FunctionView, window: Window, wrote: Written, rival: Rival) -> Consequence:
    state, other = view.state(window.path), rival.write
    if wrote.key.form in (OBJECT, RECORD):
        return Consequence("nobody else takes out an object that this task has made and put in", "benign")
    if wrote.how == "mutate":
        return Consequence(
            f"it is taken out of `{view.state(wrote.container or window.path)}` twice: the second time raises",
            "harm" if rival.is_self or other is None or _takes_out(other) else "waste",
        )
    if other is not None and not rival.is_self and other.how in ("item", "store"):
        return Consequence(f"what {rival.function.name} stored as `{state}` meanwhile is deleted", "loss")
    if wrote.how == "delete item" and ":" in str(window.path.steps[-1]):
        return Consequence(f"`{state}` is cut off twice: the second time it is something else", "loss")
    return Consequence(f"`{state}` is deleted twice: the second time raises", "harm")


def _constant_of(wrote: Written) -> str:
    """Return the constant that is stored: a literal, or a name that the module or a class defines."""
    place = wrote.value.place
    if place is not None and place.kind in ("global", "class"):
        return str(place)
    return wrote.value.constant


def _constant(view: FunctionView, window: Window, wrote: Written, rival: Rival) -> Consequence:
    """A constant that both write is harmless, unless the work before it must be done once."""
    state, constant = view.state(window.path), _constant_of(wrote)
    other = rival.write
    demanded = window.guard is not None and demands(view.assembled.graph, window.guard)
    if other is not None and not rival.is_self and other.how in ("store", "item") and other.detail != constant:
        emptied = constant in FALSE and window.guard is not None and filled(window.guard)
        if emptied and view.refills(rival):
            return Consequence(f"`{state}` gets another value only where it has none", "benign")
        if constant in FALSE and HALT.search(window.path.attribute) and _is_over(view, window):
            return Consequence(f"who asks for the end by `{state}` gets it", "benign")
        # What must be so for the call to be made at all says nothing of what the call leaves. Whoever stores what it
        # was told, and no object, tells how things are, and tells again.
        told = reports(view, window.path, rival) and (constant != "None" or is_data(view.attribute(window.path)))
        begins = ERROR.search(window.path.attribute) is not None and constant in FALSE
        gravity: Gravity = "waste" if demanded or told or begins else "loss"
        return Consequence(f"what {rival.function.name} set meanwhile is overwritten with {constant}", gravity)
    if other is not None and not rival.is_self and other.detail != constant:
        return _revival(window, state, constant, rival, "waste" if demanded else "loss")
    if not rival.is_self:
        return Consequence(f"`{state}` gets the same value twice", "benign")
    if demanded:
        # Not work to be done once, but a state to be in: leaving it twice is leaving it.
        return Consequence(f"`{state}` gets the same value twice", "benign")
    if constant == "None" and _is_task(view, window):
        return Consequence(f"the task in `{state}` is cancelled or awaited twice, which is as good as once", "benign")
    if not _is_once(view, window, constant):
        return Consequence("the work in between is done twice", "waste")
    return Consequence("what must happen once happens twice", "harm")


def _revival(window: Window, state: str, constant: str, rival: Rival, gravity: Gravity) -> Consequence:
    """Return what goes wrong if a constant is stored behind what a rival took out or changed in place."""
    name, other = rival.function.name, rival.write
    if other is None or not (_clears(other) and _reaches(window, other)):
        return Consequence(f"what {name} did to `{state}` meanwhile is overwritten with {constant}", "waste")
    # Most who ask take a false value for none at all.
    text = f"`{state}` is set to {constant} after {name} has cleared it, and stays"
    return Consequence(text, "waste" if constant in FALSE else gravity)


def _is_once(view: FunctionView, window: Window, constant: str) -> bool:
    """Tell whether a constant says that something has been done, and a run that finds it so leaves that undone.

    What an `except` sets says how it went: both runs may say so.
    """
    graph, short = view.assembled.graph, view.function.short
    if constant in ("None", "0") or not _excludes(window, constant):
        return False
    if after_error(graph, window.at):
        return False
    ends = constant in FALSE or LAST.search(short) is not None
    return once(window.path.attribute) or (not ends and _is_maker(view))


def _is_over(view: FunctionView, window: Window) -> bool:
    """Tell whether this run is over with a write, or asks no more for what it has written."""
    graph = view.assembled.graph
    return ends_with(graph, window.at) or asks_no_more(graph, window.at, window.path.attribute)


def _excludes(window: Window, constant: str) -> bool:
    """Tell whether who finds this constant there is kept out: else it is set to what it was found to be."""
    return window.guard is not None and excludes(window.guard, constant)


def _awaited(view: FunctionView, window: Window) -> str:
    """Return the dotted name of what a window waits for first."""
    graph, at = view.assembled.graph, window.slept
    every = (op for block in graph.blocks for op in block.ops)
    var = next((op.value for op in every if isinstance(op, ops.Suspend) and op.at == at), None)
    call = graph.calls.get(var or "")
    return call.callee if call is not None else view.assembled.text(at)


def _called(view: FunctionView, window: Window) -> str:
    """Return what the function itself calls to wait for that: its own await, or the helper that has it."""
    if len(view.assembled.chain(window.slept)) == 1:
        return _awaited(view, window)
    return view.assembled.text(view.assembled.in_root(window.slept)).split("(")[0].removeprefix("await ")


def crosses(wrote: Written, rival: Rival) -> bool:
    """Tell whether the rival does the opposite to one element: it is seldom done to the same one at the same time."""
    other = rival.write
    if other is None or rival.is_self:
        return False
    if wrote.how == "delete item":
        return other.how in ("item", "store")
    return wrote.method == "add" and (_clears(other) or other.detail in ("discard", "remove", "set()"))


def _is_task(view: FunctionView, window: Window) -> bool:
    facts = view.attribute(window.path)
    return facts is not None and any(made.endswith(("create_task", "ensure_future")) for made in facts.constructors)


def _takes_out(write: Write) -> bool:
    """Tell whether a write may take out an element, or put an empty container in the place of a full one."""
    return write.how == "store" or _clears(write) or write.detail in TAKING or write.detail == "discard"


def _clears(write: Write) -> bool:
    return write.how.startswith("delete") or write.detail in ("None", "False", "{}", "[]", "clear", "pop", "popitem")


def _reaches(window: Window, write: Write) -> bool:
    """Tell whether a write is of the state itself, or of what it stands in, and not of something inside it."""
    return len(write.place.steps) <= len(window.path.shape)


def _is_given(view: FunctionView, source: str) -> bool:
    """Tell whether an awaited call is of what a decorator or wrapper was given: nobody knows that it may run twice."""
    called = re.match(r"(?:await\s+)?(\w+)\(", source)
    module = view.rivals.tasks.resolver.program.modules[view.function.path]
    outer = module.functions.get(view.function.facts.parent or "")
    return called is not None and outer is not None and called.group(1) in dict(outer.facts.params)


def _creation(view: FunctionView, window: Window, wrote: Written, state: str, rival: Rival) -> Consequence:
    keyed = window.path.shape[-1:] == ("[]",)
    if rival.write is not None and not rival.is_self and _clears(rival.write) and _reaches(window, rival.write):
        text = f"`{state}` is set after {rival.function.name} has cleared it, and stays"
        if invalidates(view, window, rival):
            return Consequence(text, "harm")
        # A task that stays runs on.
        stays: Gravity = "harm" if _is_task(view, window) else "loss"
        return Consequence(text, "waste" if waits_for_itself(view, window) else stays)
    guard = window.guard
    told = guard is not None and (comparison(guard.form)[0] or guard.form in ("in", "not in"))
    if guard is not None and told and filled(guard) and view.looks_first(rival):
        return Consequence(f"`{state}` gets another value only where it has none", "waste")
    lazy = guard is not None and (guard.form in LAZY or _doubts(view, guard))
    if not lazy or is_plain(view, wrote):
        return Consequence(f"`{state}` is set twice, and what was set meanwhile is lost", "waste")
    if not keyed and constructs(view, wrote):
        return Consequence(f"`{state}` is made twice: who got the one that is replaced goes on with it", "harm")
    if (gravity := _making(view, window, wrote, keyed)) is not None:
        return Consequence(f"`{state}` is made twice: one of the two is lost, or left open", gravity)
    source = view.assembled.text(window.slept)
    if _is_given(view, source):
        return Consequence(
            f"the function that was given runs twice, and the later `{state}` replaces the earlier", "harm"
        )
    if keyed and rival.is_self and is_gone_over(view, window):
        return Consequence(f"`{state}` is made twice: who got the one that is replaced goes on with it", "harm")
    if keyed:
        return Consequence(f"`{state}` is worked out twice, and the later answer replaces the earlier", "waste")
    return Consequence(f"`{state}` is set twice, and what was set meanwhile is lost", "waste")


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
    if holds(attribute, keyed):
        return "harm"
    data, known = holds_data(facts) if keyed else is_data(facts), is_credential(attribute)
    names = [call.callee for call in calls if call.awaited]
    if not keyed or makes(_called(view, window)):
        # What is found on the way to an entry of many may only make sure of something else.
        names.append(_awaited(view, window))
    made = any(makes(name.rpartition(".")[2] if data else name) for name in names)
    made = made or (_is_maker(view) and not keyed)
    if not made and not known:
        return None
    return "loss" if data or (known and not keyed) else "harm"
