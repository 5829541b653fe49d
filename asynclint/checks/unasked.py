"""What makes it unlikely that anybody trips over a mark that a failure has left."""

from __future__ import annotations

import re
from collections.abc import Iterable

from asynclint.checks.asking import stored_constants
from asynclint.checks.naming import ENDED, GONE
from asynclint.flow.leaks import Place
from asynclint.flow.marks import Mark
from asynclint.flow.outcomes import demands
from asynclint.flow.teardowns import AWAITING, ENDS
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import FALSE
from asynclint.flow.ways import place_of
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Attr, Path
from asynclint.link.effects import name_at
from asynclint.link.program import Function, is_aside
from asynclint.link.view import FunctionView
from asynclint.survey.facts import CallSite

SETTING_UP = re.compile(r"_+(init|set_?up)")
"""Names of what a constructor leaves to a helper."""
TAKEN = re.compile(r"get(_nowait)?|pop(left)?|_*(async_)?acquire\w*")
"""Names of what hands an object to one caller alone: from a queue, or out of a pool."""


def unasked(view: FunctionView, mark: Mark, own: Guard | None, failed: int) -> int:
    """Return by how many levels: of objects that are made for one run, and of those whose end takes the mark back.

    What refuses to be entered again is mostly made where it is entered.
    `own` is the check by which the function keeps out its next run, if it does.
    """
    refused = own is not None and demands(view.assembled.graph, own)
    taken_for_granted = own is not None and (
        _is_asserted(view, own) or (refused and (_stays(view, mark, own) or view.function.short == "__aenter__"))
    )
    down = taken_for_granted + _ends_with_object(view, mark) + _keeps_failure(view, failed) + _cleans_up(view, failed)
    return down + 2 * (_ends_itself(view, mark, failed) or is_new_to_all(view) or _is_kept_for_all(view))


def wiped(view: FunctionView, mark: Mark) -> bool:
    """Tell whether some function empties the whole container that an entry was put in: what is left there goes then."""
    if mark.container is None:
        return False
    size = len(mark.container.shape)
    return any(
        len(write.place.steps) == size and (write.detail == "clear" or (write.how == "store" and write.detail == "{}"))
        for _, write in view.rivals.writers(view.function, mark.container)
    )


def runs_again(view: FunctionView) -> bool:
    """Tell whether the function is seen to be run once more: for each request or event, or by a loop."""
    tasks = view.rivals.tasks
    if any(root.multiplicity in ("many", "callback", "asked", "polled") for root in tasks.roots(view.function)):
        return True
    seen, pending = {view.function}, [view.function]
    while pending:
        for caller, site in tasks.callers(pending.pop()):
            if site.in_loop:
                return True
            if caller not in seen:
                seen.add(caller)
                pending.append(caller)
    return False


def _is_asserted(view: FunctionView, own: Guard) -> bool:
    """Tell whether the check is a bare `assert`: that nobody calls a second time is taken for granted."""
    last = view.assembled.graph.blocks[own.test].ops[-1:]
    return any(isinstance(op, ops.Test) and op.kind == "assert" for op in last)


def _ends_with_object(view: FunctionView, mark: Mark) -> bool:
    """Tell whether who is told that the object's connection is gone takes the mark back, or sets another."""
    if view.cls is None or mark.path.kind != "self":
        return False
    name, tasks = name_at(mark.path), view.rivals.tasks
    return any(
        name in view.effects.all(one).writes and any(not start.is_task for start in tasks.starts(one))
        for one in tasks.resolver.program.members(view.cls)
        if GONE.search(one.short) or ENDED.search(one.short) or one.short.endswith("_lost")
    )


def _keeps_failure(view: FunctionView, failed: int) -> bool:
    """Tell whether who deals with the failure stores it: the object is known to have failed."""
    graph = view.assembled.graph
    block, _ = place_of(graph, failed)
    errors: set[ops.Var] = set()
    for number in graph.going_on([graph.blocks[block].handler]):
        for op in graph.blocks[number].ops:
            match op:
                case ops.Test(value, "except", _):
                    errors.add(value)
                case ops.Move(into, source, _) if source in errors:
                    errors.add(into)
                case ops.StoreAttr(_, _, value, _) if value in errors:
                    return True
                case _:
                    pass
    return False


def _cleans_up(view: FunctionView, failed: int) -> bool:
    """Tell whether what fails stands in a `finally`, whose body is in the graph once for each way into it."""
    place = view.span(failed), view.primary(failed)
    every = (op for block in view.assembled.graph.blocks for op in block.ops if isinstance(op, ops.Suspend))
    return sum((view.span(op.at), view.primary(op.at)) == place for op in every) > 1


def _ends_itself(view: FunctionView, mark: Mark, failed: int) -> bool:
    """Tell whether what fails is the end of the very object that is left standing."""
    number, place = place_of(view.assembled.graph, failed)
    block = view.assembled.graph.blocks[number]
    op = block.ops[place]
    call = block.calls.get(op.value or "") if isinstance(op, ops.Suspend) else None
    if call is None or not ENDS.search(call.method):
        return False
    return call.callee.split(".")[1:] == [*mark.path.shape, call.method]


def is_waited_for(graph: Graph, mark: Mark, failing: Iterable[Place]) -> bool:
    """Tell whether one of the awaits that may fail is that of what was put in: a cancellation ends that as well."""
    every = [op for block in graph.blocks for op in block.ops]
    names = {op.value for op in every if isinstance(op, ops.StoreItem) and op.at == mark.at}
    before = -1
    while before != (before := len(names)):
        for op in every:
            if isinstance(op, ops.Move) and not names.isdisjoint((op.into, op.source)):
                names.update((op.into, op.source))
    names |= {op.into for op in every if isinstance(op, ops.Call) and op.method in AWAITING and names & {*op.args}}
    awaited = (graph.blocks[block].ops[place] for block, place in failing)
    return any(isinstance(op, ops.Suspend) and op.value in names for op in awaited)


def says_once(view: FunctionView, known: Iterable[Mark], failed: int) -> bool:
    """Tell whether the function refuses a second run by a flag that it sets and nobody ever clears."""
    graph, last = view.assembled.graph, view.primary(failed)
    return any(
        mark.deed == "store"
        and mark.check is not None
        and mark.path.kind == "self"
        and view.primary(mark.at) < last
        and demands(graph, mark.check)
        and _stays(view, mark, mark.check)
        for mark in known
    )


def _stays(view: FunctionView, mark: Mark, check: Guard) -> bool:
    """Tell whether nobody ever clears a flag that is asked whether it is set."""
    if check.form not in ("", "not"):
        return False
    writers = dict.fromkeys(other for other, _ in view.rivals.writers(view.function, mark.path))
    stored = [value for one in writers for _, value in stored_constants(view.lowered(one).ir.graph, mark.path)]
    return bool(stored) and all(value and value not in FALSE for value in stored)


def is_new_to_all(view: FunctionView) -> bool:
    """Tell whether all who call the function call it on an object that they have made or taken for themselves."""
    if view.cls is None or view.function.facts.cls is None:
        return False
    calls = view.rivals.tasks.calls
    resolver = view.rivals.tasks.resolver
    sites = [
        (caller, site)
        for caller, site in calls.sites(view.function)
        if not is_aside(caller.path)
        and "." in site.callee
        and view.function in (resolver.targets(caller, site.callee) or (view.function,))
    ]
    return bool(sites) and all(_is_new(view, caller, site) for caller, site in sites)


def _is_kept_for_all(view: FunctionView) -> bool:
    """Tell whether the function runs only as a task that an object starts once and keeps: all others await that one."""
    tasks = view.rivals.tasks
    starts = tasks.starts(view.function)
    if not starts or tasks.callers(view.function) or not view.function.short.startswith("_"):
        return False
    return all(start.is_task and not start.many and _stays_there(view, start.spawner, start.site) for start in starts)


def _stays_there(view: FunctionView, spawner: Function, site: CallSite) -> bool:
    """Tell whether what a call makes is put in an attribute, and nothing else ever is."""
    kept = [one for one in spawner.facts.writes if one.place.kind == "self" and one.line <= site.line <= one.end_line]
    if len(kept) != 1 or kept[0].how != "store" or kept[0].place not in spawner.facts.loads:
        return False
    path = Path("self", "self", tuple(Attr(step) for step in kept[0].place.steps))
    return all(
        write == kept[0] or (SETTING_UP.match(other.short) and not other.facts.is_async)
        for other, write in view.rivals.writers(spawner, path)
    )


def _is_new(view: FunctionView, caller: Function, site: CallSite) -> bool:
    """Tell whether the object of a call was made, or taken out of where several are, by the caller just before."""
    owner = site.callee.rpartition(".")[0]
    if owner.startswith("self.") and owner.count(".") == 1:
        name = owner.removeprefix("self.")
        return any(
            write.how == "store" and not write.detail and write.place.steps == (name,) and write.line < site.line
            for write in caller.facts.writes
        )
    made = dict(caller.facts.made).get(owner, "=")
    if made.startswith("="):
        return False
    if TAKEN.fullmatch(made.rsplit(".", 1)[-1]):
        return True
    return view.rivals.tasks.resolver.program.find_class(caller.path, made) is not None
