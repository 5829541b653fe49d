"""What comes of an act under a check that held no more: what is made twice, lost, deleted twice, or harmless."""

from __future__ import annotations

from asynclint.checks.amounts import compares_element, counts_tries, is_amount, is_unlimited, puts_entry
from asynclint.checks.containers import is_data
from asynclint.checks.creations import awaited_first, creation, holds_task, is_maker
from asynclint.checks.done_once import done_twice
from asynclint.checks.judgement import Consequence, Gravity
from asynclint.checks.latch import only_latches
from asynclint.checks.making import (
    makes,
    makes_object,
    once,
    says_checked,
    says_done,
)
from asynclint.checks.meanwhile import clears, puts_in, reaches, takes_out
from asynclint.checks.naming import ERROR, HALT, LAST
from asynclint.checks.notices import told_twice
from asynclint.checks.own_keys import is_given_out
from asynclint.checks.telling import reports
from asynclint.flow.lists import APPENDING
from asynclint.flow.outcomes import after_error, demands
from asynclint.flow.transfer import OBJECT, RECORD
from asynclint.flow.verdicts import FALSE, excludes, filled
from asynclint.flow.ways import asks_no_more, ends_with, pause_between, place_of
from asynclint.flow.windows import Window
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView

ENLARGING = ("append", "extend")
"""Methods that put in at the end, which moves nothing."""
RAISING = ("remove", "pop", "popleft", "popitem")


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
        case "mutate" if is_member(window, wrote) and not is_amount(window.guard):
            made = is_maker(view) or makes(awaited_first(view, window)) or makes_object(view, window)
            made = made or says_done(window.path.attribute)
            return Consequence("the work in between is done twice", "loss" if made else "waste")
        case "mutate" if wrote.method == "clear":
            # A helper that looks and empties is told of where it stands.
            inside = len(view.assembled.chain(wrote.at)) > 1
            return Consequence(f"what others did to `{state}` meanwhile is undone", "benign" if inside else "loss")
        case "mutate":
            return _growth(view, window, wrote, state, rival)
        case "augmented":
            text = f"`{state}` goes past what the check allows"
            counted = _accounts(view, window, wrote) or _may_be_none(view, window) or is_unlimited(view, window, wrote)
            return Consequence(text, "waste" if counted or counts_tries(window) else "loss")
        case "store" if _empties_again(wrote, rival):
            return Consequence(f"`{state}` is emptied twice", "benign")
        case _:
            return _stored(view, window, wrote, state, rival)


def _stored(view: FunctionView, window: Window, wrote: Written, state: str, rival: Rival) -> Consequence:
    """Return what goes wrong if something is put in place under a check that held no more."""
    if puts_entry(view.assembled.graph, window.guard, wrote):
        return _growth(view, window, wrote, state, rival)
    if _constant_of(wrote):
        return _constant(view, window, wrote, rival)
    return done_twice(view, window, rival) or creation(view, window, wrote, state, rival)


def is_member(window: Window, wrote: Written) -> bool:
    """Tell whether an element is put in because it was not found there."""
    guard = window.guard
    looked = guard is not None and guard.form in ("in", "not in", "any", "all", "next")
    return wrote.method == "add" or (wrote.method in APPENDING and looked)


def _growth(view: FunctionView, window: Window, wrote: Written, state: str, rival: Rival) -> Consequence:
    """Return what goes wrong if something is added under a check that held no more."""
    if _is_trimming(view, window):
        return Consequence(f"who adds to `{state}` takes out what is too much", "benign")
    if compares_element(view.assembled.graph, window.guard):
        return Consequence(f"what is compared is one of the things in `{state}`, and not how many there are", "benign")
    if is_unlimited(view, window, wrote):
        return Consequence(f"`{state}` grows, and there was enough of it before", "waste")
    # To go past a limit is to sell what another has bought.
    gravity: Gravity = "harm" if rival.is_self and is_amount(window.guard) else "loss"
    return Consequence(f"`{state}` grows past what the check allows", gravity)


def _is_trimming(view: FunctionView, window: Window) -> bool:
    """Tell whether a check is that of a loop which takes out of a container for as long as there is too much in it."""
    graph = view.assembled.graph
    test = graph.blocks[window.guard.test] if window.guard is not None else None
    last = test.ops[-1] if test is not None and test.ops else None
    if test is None or not isinstance(last, ops.Test) or last.kind != "while":
        return False
    body = graph.blocks[test.successors[0]].ops
    held = {op.into for op in body if isinstance(op, ops.LoadAttr) and op.name == window.path.attribute}
    return any(isinstance(op, ops.Mutate) and op.call.receiver in held and op.call.method in RAISING for op in body)


def _empties_again(wrote: Written, rival: Rival) -> bool:
    """Tell whether both put an empty container there."""
    empty = wrote.value.fresh and wrote.value.form in ("list", "dict", "set")
    return empty and rival.write is not None and clears(rival.write)


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


def _may_be_none(view: FunctionView, window: Window) -> bool:
    """Tell whether a way leads to a write that has not asked whether there is any: the check promises it nothing."""
    guard = window.guard
    if guard is None or is_amount(guard):
        return False
    block, _ = place_of(view.assembled.graph, window.at)
    return not view.solved.scope.deciding.dominates(guard.test, block)


def _removal(view: FunctionView, window: Window, wrote: Written, rival: Rival) -> Consequence:
    state, other = view.state(window.path), rival.write
    if wrote.key.form in (OBJECT, RECORD):
        return Consequence("nobody else takes out an object that this task has made and put in", "benign")
    if rival.is_self and is_given_out(view.assembled.graph, wrote.at):
        return Consequence("each takes out what it alone was given to take out", "benign")
    if wrote.atomic and (other is None or rival.is_self or not puts_in(other)):
        return Consequence(f"`{state}` is gone already", "benign")
    if wrote.how == "mutate" and not wrote.atomic:
        return Consequence(
            f"it is taken out of `{view.state(wrote.container or window.path)}` twice: the second time raises",
            "harm" if rival.is_self or other is None or takes_out(other) else "waste",
        )
    if other is not None and not rival.is_self and puts_in(other):
        return Consequence(f"what {rival.function.name} stored as `{state}` meanwhile is deleted", "loss")
    if wrote.how == "delete item" and ":" in str(window.path.steps[-1]):
        if other is not None and not rival.is_self and other.detail in ENLARGING:
            return Consequence(f"{rival.function.name} puts in behind what is cut off", "benign")
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
        return _overwriting(view, window, constant, rival, demanded)
    if other is not None and not rival.is_self and other.detail != constant:
        return _revival(window, state, constant, rival, "waste" if demanded else "loss")
    if (twice := _both(view, window, constant, rival)) is not None:
        return twice
    if not rival.is_self:
        return Consequence(f"`{state}` gets the same value twice", "benign")
    if demanded:
        # Not work to be done once, but a state to be in: leaving it twice is leaving it.
        return Consequence(f"`{state}` gets the same value twice", "benign")
    if constant == "None" and holds_task(view, window):
        return Consequence(f"the task in `{state}` is cancelled or awaited twice, which is as good as once", "benign")
    seldom = rival.is_guess and LAST.search(view.function.short) is not None  # who ends it does so once
    if seldom or not _is_once(view, window, constant) or only_latches(view, window):
        return Consequence("the work in between is done twice", "waste")
    return Consequence("what must happen once happens twice", "harm", lasting=True)


def _overwriting(view: FunctionView, window: Window, constant: str, rival: Rival, demanded: bool) -> Consequence:
    """Return what goes wrong if a constant is stored over what a rival has stored meanwhile."""
    state = view.state(window.path)
    emptied = constant in FALSE and window.guard is not None and filled(window.guard)
    if emptied and view.refills(rival):
        return Consequence(f"`{state}` gets another value only where it has none", "benign")
    if constant in FALSE and HALT.search(window.path.attribute) and _is_over(view, window):
        return Consequence(f"who asks for the end by `{state}` gets it", "benign")
    text = f"what {rival.function.name} set meanwhile is overwritten with {constant}"
    # What must be so for the call to be made at all says nothing of what the call leaves. Whoever stores what it
    # was told, and no object, tells how things are, and tells again; what an `except` sets says how it went.
    plain = constant != "None" or is_data(view.attribute(window.path))
    told = plain and (reports(view, window.path, rival) or after_error(view.assembled.graph, window.at))
    begins = ERROR.search(window.path.attribute) is not None and constant in FALSE
    return Consequence(text, "waste" if demanded or told or begins else "loss")


def _both(view: FunctionView, window: Window, constant: str, rival: Rival) -> Consequence | None:
    """Return what two who store the same constant do both, be it that they tell somebody or that they are at work."""
    if rival.is_self and _keeps_out(view, window, constant):
        state = view.state(window.path)
        return Consequence(f"both are at work, though `{state}` is to keep one of them out", "harm")
    notice = told_twice(view, window, constant, rival)
    return Consequence(f"both call `{notice}`: who is told of it is told twice", "harm") if notice else None


def _keeps_out(view: FunctionView, window: Window, constant: str) -> bool:
    """Tell whether a flag is up while the function is at work: it is set, and taken back behind a suspension."""
    if constant != "True" or not _excludes(window, constant):
        return False
    graph, deciding = view.assembled.graph, view.solved.scope.deciding
    block = place_of(graph, window.at)[0]
    return any(
        wrote is not None
        and wrote.path == window.path
        and wrote.value.constant == "False"
        and wrote.at > window.at
        and (number == block or deciding.dominates(block, number))
        and pause_between(graph, window.at, wrote.at) is not None
        for number, _, moments in view.solved.blocks()
        for _, _, wrote in moments
    )


def _revival(window: Window, state: str, constant: str, rival: Rival, gravity: Gravity) -> Consequence:
    """Return what goes wrong if a constant is stored behind what a rival took out or changed in place."""
    name, other = rival.function.name, rival.write
    if other is None or not (clears(other) and reaches(window, other)):
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
    # To look twice whether all is as it should be is nothing, also on the way to something else.
    made = not ends and is_maker(view) and not says_checked(window.path.attribute)
    return once(window.path.attribute) or made


def _is_over(view: FunctionView, window: Window) -> bool:
    """Tell whether this run is over with a write, or asks no more for what it has written."""
    graph = view.assembled.graph
    return ends_with(graph, window.at) or asks_no_more(graph, window.at, window.path.attribute)


def _excludes(window: Window, constant: str) -> bool:
    """Tell whether who finds this constant there is kept out: else it is set to what it was found to be."""
    return window.guard is not None and excludes(window.guard, constant)


def crosses(wrote: Written, rival: Rival) -> bool:
    """Tell whether the rival does the opposite to one element: it is seldom done to the same one at the same time."""
    other = rival.write
    if other is None or rival.is_self:
        return False
    if wrote.how == "delete item":
        return puts_in(other)
    return wrote.method == "add" and (clears(other) or other.detail in ("discard", "remove", "set()"))
