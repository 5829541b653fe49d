"""Hold a lock from the check to the write: the one that guards the state elsewhere, or a new one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from asynclint.fixes.edits import Fix, RefusedError
from asynclint.fixes.guards import Guard, guard_of, holds
from asynclint.fixes.reach import awaited_here, calls_in, last, run_within
from asynclint.fixes.regions import CONSTRUCTORS, Region, other_writes, window
from asynclint.fixes.registry import remedy
from asynclint.fixes.site import Site
from asynclint.fixes.wrapping import wrap
from asynclint.survey.facts import FunctionFacts

WAITING = frozenset(("wait", "join", "get", "acquire", "wait_for_change", "wait_closed"))


@remedy("ARC101", "ARC102", "ARC103", rank=80)
def lock(site: Site) -> Fix:
    """Put the whole sequence, and each write by another task, under one lock."""
    own = window(site)
    guard = guard_of(site)
    others = list(_others(site, own, guard))
    regions = [own, *others]
    for region in regions:
        _refuse_shape(region, guard.spelled(region.function, site.state))
    _refuse_waiting(own, others)
    _refuse_deadlock(site, guard, regions)
    edits = [
        wrap(site.document, one.scene, one.run, f"async with {guard.spelled(one.function, site.state)}:")
        for one in regions
    ]
    spelled = guard.spelled(site.function, site.state)
    title = f"hold `{spelled}` from the check to the write" if not guard.edits else f"add `{spelled}` and hold it"
    return Fix("unsafe", title, tuple(edits) + guard.edits, frozenset(("lock",)) if guard.edits else frozenset())


def _others(site: Site, own: Region, guard: Guard) -> Iterator[Region]:
    """Yield what else has to be under the lock; refuse where a writer cannot take it."""
    if any(step.path != site.finding.path and not _puts_back(site, own, step.note) for step in site.rivals):
        raise RefusedError("another file writes the state, too")
    document, state = site.document, site.state
    inside = {one.line for one in run_within(document, calls_in(own.function, own.lines), elsewhere=False)}
    for function in document.facts.functions:
        if function.line == own.function.line or last(function.name) in CONSTRUCTORS:
            continue
        if next(state.writes(function), None) is None or not _same_object(site, function):
            continue
        if function.line in inside and not _called_elsewhere(site, function, own):
            continue
        if not function.is_async:
            if _only_in_constructors(site, function) or _harmless(site, own, function):
                continue
            raise RefusedError(f"{function.name} writes it, too, and cannot wait for a lock")
        for region in other_writes(document, function, state):
            if not _held(region, guard.spelled(function, state)):
                yield region


def _same_object(site: Site, function: FunctionFacts) -> bool:
    """Tell whether a function's state can be the finding's: that of the same family of classes."""
    if site.state.kind not in ("self", "cls"):
        return True
    cls = site.document.class_of(site.function)
    names = {one.name for one in site.document.family(cls)} if cls else set()
    return function.cls in names or any(function.name.startswith(f"{name}.") for name in names)


def _harmless(site: Site, own: Region, function: FunctionFacts) -> bool:
    """Tell whether a writer only puts back what the check has found: nothing."""
    writes = list(site.state.writes(function))
    nothing = all(write.how == "store" and write.detail in ("None", "False") for write in writes)
    return nothing and _asks_for_nothing(site, own)


def _puts_back(site: Site, own: Region, note: str) -> bool:
    return note.endswith(("sets it to None", "sets it to False")) and _asks_for_nothing(site, own)


def _asks_for_nothing(site: Site, own: Region) -> bool:
    """Tell whether the check is passed where there is nothing yet."""
    state = site.state
    first = own.run.statements[0]
    text = re.escape(state.text)
    test = own.scene.code(first.test) if isinstance(first, cst.If) else ""
    return re.fullmatch(rf"(not {text}|{text} is None)\s*((or|and)\b.*)?", test, re.DOTALL) is not None


def _called_elsewhere(site: Site, function: FunctionFacts, own: Region) -> bool:
    """Tell whether a helper is also called from outside of the region."""
    name = last(function.name)
    if not name.startswith("_"):
        return True
    for other in site.document.facts.functions:
        for call in other.calls:
            here = other.line == own.function.line and own.lines[0] <= call.line <= own.lines[1]
            if not here and name in (last(call.callee), *map(last, call.arguments)):
                return True
    return False


def _only_in_constructors(site: Site, function: FunctionFacts) -> bool:
    name = last(function.name)
    callers = [
        other
        for other in site.document.facts.functions
        for call in other.calls
        if name in (last(call.callee), *map(last, call.arguments))
    ]
    return name.startswith("_") and bool(callers) and all(last(one.name) in CONSTRUCTORS for one in callers)


def _held(region: Region, lock: str) -> bool:
    """Tell whether a region is under the lock already."""
    return any(
        isinstance(node, cst.With) and node in list(holds(region.scene, lock))
        for node in region.scene.around(region.run.block)
    )


def _refuse_shape(region: Region, lock: str) -> None:
    """Refuse what a lock must not be held over."""
    where = region.function.name
    if _held(region, lock):
        raise RefusedError(f"{where} holds the lock already")
    held = list(holds(region.scene, lock))
    for statement in region.run.statements:
        for node in region.scene.within(statement):
            if isinstance(node, cst.Yield):
                raise RefusedError(f"{where} yields in between")
            if isinstance(node, cst.While) and any(isinstance(one, cst.Await) for one in region.scene.within(node)):
                raise RefusedError(f"{where} would hold the lock as long as its loop goes on")
            if isinstance(node, cst.For) and node.asynchronous is not None:
                raise RefusedError(f"{where} would hold the lock as long as its loop goes on")
            if node in held:
                raise RefusedError(f"{where} takes the lock itself in between")


def _refuse_waiting(own: Region, others: list[Region]) -> None:
    """Refuse where the other task, which would need the lock, may be what is waited for."""
    for statement in own.run.statements if others else ():
        for node in own.scene.within(statement):
            if not isinstance(node, cst.Await):
                continue
            awaited = node.expression
            called = awaited.func if isinstance(awaited, cst.Call) else None
            name = called.attr.value if isinstance(called, cst.Attribute) else ""
            if called is None or (name in WAITING and isinstance(awaited, cst.Call) and not awaited.args):
                code = own.scene.code(awaited)
                raise RefusedError(f"`{code}` may wait for a task that would need the lock")


def _refuse_deadlock(site: Site, guard: Guard, regions: list[Region]) -> None:
    """Refuse where something that runs under the lock would take it once more."""
    document, state = site.document, site.state
    takers = {one.function.line for one in regions}
    under = [(one.function, calls_in(one.function, one.lines)) for one in regions]
    for function in document.facts.functions:
        spelled = guard.spelled(function, state)
        if not guard.edits and any(item.text.endswith(guard.name) for item in function.withs):
            scene = document.scene(function)
            for held in holds(scene, spelled):
                span = scene.span(held)
                takers.add(function.line)
                under.append((function, calls_in(function, (span.line, span.end_line))))
    for function, calls in under:
        for inner in run_within(document, awaited_here(calls), elsewhere=state.kind not in ("self", "cls")):
            if inner.line in takers:
                raise RefusedError(f"{function.name} runs {inner.name} under the lock, which would take it again")
