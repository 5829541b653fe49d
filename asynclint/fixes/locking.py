"""What a lock is held over: the sequence of the finding, each write by others, and when it must not be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.edits import Edit, Fix, RefusedError
from asynclint.fixes.exits import ends_by_leaving
from asynclint.fixes.guards import Guard, guard_of, holds
from asynclint.fixes.reach import calls_in, last, run_within
from asynclint.fixes.reentry import refuse_return
from asynclint.fixes.regions import CONSTRUCTORS, Region, asking, other_writes
from asynclint.fixes.site import Site
from asynclint.fixes.wrapping import wrap
from asynclint.survey.facts import FunctionFacts, Write

WAITING = frozenset(("wait", "join", "get", "acquire", "wait_for_change", "wait_closed"))

REMOVING = frozenset(("pop", "clear", "popitem", "discard", "remove"))


@dataclass(frozen=True)
class Held:
    """A lock, the run of the finding's function that it is held over, and the writes of others that need it too."""

    site: Site
    guard: Guard
    own: Region
    others: tuple[Region, ...]

    @property
    def spelled(self) -> str:
        """The lock as the finding's function spells it."""
        return self.guard.spelled(self.site.function, self.site.state)

    def header(self, region: Region) -> str:
        """Return the line under which a region comes to stand."""
        return f"async with {self.guard.spelled(region.function, self.site.state)}:"

    def fix(self, title: str, own: Edit | None = None) -> Fix:
        """Return the fix that takes the lock; `own` is what becomes of the finding's own run, if more than that."""
        scene, document = self.own.scene, self.site.document
        edits = [own or wrap(document, scene, self.own.run, self.header(self.own))]
        edits += [wrap(document, one.scene, one.run, self.header(one)) for one in self.others]
        claims = frozenset(("lock",)) if self.guard.edits else frozenset[str]()
        return Fix("unsafe", title, (*edits, *self.guard.edits), claims)


def held(site: Site, own: Region, alone: bool = False) -> Held:
    """Return the lock for a run of the finding's function; refuse where that goes wrong.

    With `alone` only runs of the function itself are kept apart, and others write as they did.
    """
    guard = guard_of(site)
    others = () if alone else tuple(_others(site, own, guard))
    for region in (own, *others):
        _refuse_shape(region, guard.spelled(region.function, site.state))
    _refuse_waiting(own, others)
    _refuse_crossing((own, *others))
    _refuse_deadlock(site, guard, (own, *others))
    return Held(site, guard, own, others)


def _others(site: Site, own: Region, guard: Guard) -> Iterator[Region]:
    """Yield what else has to be under the lock; refuse where a writer cannot take it."""
    if any(step.path != site.finding.path and not _puts_back(site, own, step.note) for step in site.rivals):
        raise RefusedError("another file writes the state, too")
    document, state = site.document, site.state
    inside = {one.line for one in run_within(document, calls_in(own.function, own.lines), False, own.function)}
    for function in document.facts.functions:
        if function.line == own.function.line or last(function.name) in CONSTRUCTORS:
            continue
        if next(state.replaced_by(function), None) is None or not same_object(site, function):
            continue
        asked = _askers(site, function, own) if function.line in inside else None
        if asked is not None:
            # Whoever asks the helper holds the lock, so it does not take it itself.
            yield from (one for one in asked if not _held(one, guard.spelled(one.function, state)))
            continue
        if not function.is_async:
            if _only_in_constructors(site, function) or _harmless(site, own, function):
                continue
            raise RefusedError(f"{function.name} writes it, too, and cannot wait for a lock")
        for region in other_writes(document, function, state):
            if not _held(region, guard.spelled(function, state)):
                yield region


def _askers(site: Site, helper: FunctionFacts, own: Region) -> list[Region] | None:
    """Return what has to hold the lock for a helper that runs under it: who else asks for it; None if all may."""
    if not _called_elsewhere(site, helper, own):
        return []
    return asking(site.document, helper, site.state, own) if last(helper.name).startswith("_") else None


def same_object(site: Site, function: FunctionFacts) -> bool:
    """Tell whether a function's state can be the finding's: that of the same family of classes."""
    if site.state.kind not in ("self", "cls"):
        return True
    cls = site.document.class_of(site.function)
    names = {one.name for one in site.document.family(cls)} if cls else set()
    return function.cls in names or any(function.name.startswith(f"{name}.") for name in names)


def _harmless(site: Site, own: Region, function: FunctionFacts) -> bool:
    """Tell whether a writer only puts back what the check has found: nothing, or more room than there was."""
    writes = list(site.state.writes(function))
    if all(_removes(write) for write in writes) and "grows past" in site.finding.consequence:
        return True
    nothing = all(_removes(one) or (one.how == "store" and one.detail in ("None", "False")) for one in writes)
    return nothing and _asks_for_nothing(site, own)


def _removes(write: Write) -> bool:
    return write.how.startswith("delete") or (write.how == "mutate" and write.detail in REMOVING)


def _puts_back(site: Site, own: Region, note: str) -> bool:
    return note.endswith(("sets it to None", "sets it to False")) and _asks_for_nothing(site, own)


def _asks_for_nothing(site: Site, own: Region) -> bool:
    """Tell whether the check is passed where there is nothing yet."""
    first, *rest = own.run.statements
    text, found = re.escape(site.state.text), first.body[0] if isinstance(first, cst.SimpleStatementLine) else None
    if isinstance(found, cst.Assign) and rest:
        # `row = self.rows.get(key)`, `if row is None:`
        first, text = rest[0], re.escape(own.scene.code(found.targets[0].target).strip())
    if not isinstance(first, cst.If):
        return False
    test = own.scene.code(first.test)
    if ends_by_leaving(first) and re.fullmatch(rf"{text}( is not None)?", test):
        return True
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


def is_held(region: Region) -> bool:
    """Tell whether a region stands in an `async with` already."""
    return any(isinstance(one, cst.With) and one.asynchronous for one in region.scene.around(region.run.block))


def _refuse_shape(region: Region, lock: str) -> None:
    """Refuse what a lock must not be held over."""
    where = region.function.name
    if _held(region, lock):
        raise RefusedError(f"{where} holds the lock already")
    inside = list(holds(region.scene, lock))
    for statement in region.run.statements:
        for node in region.scene.within(statement):
            if isinstance(node, cst.Yield):
                raise RefusedError(f"{where} yields in between")
            if isinstance(node, cst.While) and any(isinstance(one, cst.Await) for one in region.scene.within(node)):
                raise RefusedError(f"{where} would hold the lock as long as its loop goes on")
            if isinstance(node, cst.For) and node.asynchronous is not None:
                raise RefusedError(f"{where} would hold the lock as long as its loop goes on")
            if node in inside:
                raise RefusedError(f"{where} takes the lock itself in between")


def _refuse_waiting(own: Region, others: tuple[Region, ...]) -> None:
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


def _refuse_crossing(regions: tuple[Region, ...]) -> None:
    """Refuse where the lock would be taken inside of another here, and outside of it there."""
    inside = {
        name for one in regions for statement in one.run.statements for name in _held_by(one.scene.within(statement))
    }
    outside = {name for one in regions for name in _held_by(one.scene.around(one.run.block))}
    if inside & outside:
        raise RefusedError(f"it would be taken inside of `{min(inside & outside)}` here and outside of it there")


def _held_by(nodes: Iterable[cst.CSTNode]) -> Iterator[str]:
    """Yield the last names of what `async with` statements hold."""
    for node in nodes:
        for item in node.items if isinstance(node, cst.With) and node.asynchronous is not None else ():
            held = item.item.func if isinstance(item.item, cst.Call) else item.item
            held = held.value if isinstance(held, cst.Subscript) else held
            held = held.attr if isinstance(held, cst.Attribute) else held
            if isinstance(held, cst.Name):
                yield held.value


def _refuse_deadlock(site: Site, guard: Guard, regions: tuple[Region, ...]) -> None:
    """Refuse where something that runs under the lock would take it once more."""
    document, state = site.document, site.state
    takers = {one.function.line for one in regions}
    under = [(one.function, calls_in(one.function, one.lines)) for one in regions]
    for function in document.facts.functions:
        spelled = guard.spelled(function, state)
        if not guard.edits and any(item.text.endswith(guard.name) for item in function.withs):
            scene = document.scene(function)
            for taken in holds(scene, spelled):
                span = scene.span(taken)
                takers.add(function.line)
                under.append((function, calls_in(function, (span.line, span.end_line))))
    for function, calls in under:
        elsewhere = state.kind not in ("self", "cls")
        for inner in run_within(document, calls, elsewhere, function):
            if inner.line in takers:
                raise RefusedError(f"{function.name} runs {inner.name} under the lock, which would take it again")
        if not elsewhere:
            refuse_return(document, function, calls, takers)
