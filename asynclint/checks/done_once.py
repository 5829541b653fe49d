"""What a run does because it has found nothing, and what must not be done by two: told by the code around the check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asynclint.checks.judgement import Consequence
from asynclint.checks.making import makes
from asynclint.flow.moves import aliases
from asynclint.flow.outcomes import SAMENESS, demands
from asynclint.flow.verdicts import COUNTING, filled
from asynclint.flow.ways import place_of
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Place

REFRESH = re.compile(r"_*\w*refresh_?token")
"""Names of what is handed in once to get another one."""
GRANT = re.compile(r"expir|token|credential|auth|valid", re.IGNORECASE)
"""Names of what tells whether a token has to be refreshed."""
JOINING = frozenset(("wait", "wait_for", "shield", "gather"))


def done_twice(view: FunctionView, window: Window, rival: Rival) -> Consequence | None:
    """Return what goes wrong if a second run finds nothing there as well; None if the code says nothing of it."""
    if not rival.is_again:
        return None
    demanded = window.guard is not None and demands(view.assembled.graph, window.guard)  # it says nothing of the token
    if GRANT.search(window.path.attribute) and not demanded and _hands_in(view, window):
        text = "one refresh token is handed in twice: the second time it is good for nothing"
        return Consequence(text, "harm", lasting=True)
    state = view.state(window.path)
    if joins(view, window):
        return Consequence(f"`{state}` is put up twice: who waits for the one that is replaced waits for it", "harm")
    if _makes_behind(view, window):
        return Consequence(f"what is made for `{state}` behind it is made twice", "harm")
    return None


def joins(view: FunctionView, window: Window) -> bool:
    """Tell whether a run that finds something there waits for it: for the event or future of who works on it.

    Then whoever finds nothing is to put up something itself, at once, for those who come meanwhile.
    """
    guard, graph = window.guard, view.assembled.graph
    if guard is None:
        return False
    deciding = view.solved.scope.deciding
    for number, block, moments in view.solved.blocks():
        if not any(isinstance(op, ops.Suspend) for op in block.ops):
            continue
        if not deciding.settles(guard.test, not guard.edge, number):
            continue
        if any(cursor.value(var).place == window.path for op, cursor, _ in moments for var in _joined(graph, op)):
            return True
    return False


def _joined(graph: Graph, op: ops.Op) -> tuple[ops.Var, ...]:
    """Return the variables that hold what an op waits for."""
    awaited = op.value if isinstance(op, ops.Suspend) and op.kind == "await" else None
    if awaited is None:
        return ()
    call = graph.calls.get(awaited)
    if call is None:
        return (awaited,)
    if call.method not in JOINING:
        return ()
    return call.args if call.receiver is None or call.args else (call.receiver,)


def _hands_in(view: FunctionView, window: Window) -> bool:
    """Tell whether a run hands in a token that is good for one refresh, and gets another one in its place.

    It may be a part of what stands in an attribute, and of what is put there.
    """
    frames = [frame.function for frame in view.assembled.frames]
    stored = {
        place
        for one in frames
        for write in one.facts.writes
        if write.how in ("store", "item") and write.detail not in ("None", "True", "False")
        for place in (write.place, *_behind(view, write.place, "setter"))
    }
    tokens = {
        place for one in frames for place in one.facts.loads if place.steps and REFRESH.fullmatch(place.steps[-1])
    }
    owners = [place._replace(steps=place.steps[:-1]) for place in tokens if len(place.steps) > 1]
    changed = stored & {*tokens, *owners, *(one for own in owners for one in _behind(view, own, "property"))}
    if not changed or _compares(view, window, {place.steps[-1] for place in changed}):
        return False
    return any(place.steps == window.path.shape for place in changed) or _is_in(view, window)


def _is_in(view: FunctionView, window: Window) -> bool:
    """Tell whether a token is looked up for what is decided by a check, and not for something before or behind it."""
    first, last = view.primary(window.reading.at).line, view.primary(window.at).line
    loads = [
        op
        for block in view.assembled.graph.blocks
        for op in block.ops
        if isinstance(op, ops.LoadAttr) and REFRESH.fullmatch(op.name)
    ]
    # What the function itself has looked up may be handed in later.
    near = (len(view.assembled.chain(op.at)) == 1 or view.primary(op.at).line >= first for op in loads)
    lines = (view.primary(op.at).line for op in loads)
    return not loads or any(one and line <= last for one, line in zip(near, lines, strict=True))


def _compares(view: FunctionView, window: Window, names: set[str]) -> bool:
    """Tell whether a run compares, before it hands a token in, the one that it has found with what stands there now."""
    every = [op for block in view.assembled.graph.blocks for op in block.ops]
    loads = {op.into: op.at for op in every if isinstance(op, ops.LoadAttr) and op.name in names}
    found = {var: at for loaded, at in loads.items() for var in aliases(view.assembled.graph, (loaded,))}
    return any(
        isinstance(op, ops.Compute)
        and op.kind in SAMENESS
        and len({found.get(arg) for arg in op.args}) == len(op.args)
        and all(arg in found for arg in op.args)
        and op.at < window.at
        for op in every
    )


def _behind(view: FunctionView, place: Place, kind: str) -> Iterator[Place]:
    """Yield what a property of the object reads, or its setter writes, if a place is one."""
    if place.kind != "self" or len(place.steps) != 1 or view.cls is None:
        return
    for one in view.effects.resolver.program.members(view.cls):
        if one.short == place.steps[0] and any(name.rpartition(".")[2] == kind for name in one.facts.decorators):
            yield from (write.place for write in one.facts.writes) if kind == "setter" else one.facts.loads


def _makes_behind(view: FunctionView, window: Window) -> bool:
    """Tell whether who has found nothing goes on, behind the write, to make something somewhere else by name."""
    guard, graph = window.guard, view.assembled.graph
    if guard is None or filled(guard) or guard.form.split(" ")[0] in COUNTING:
        return False
    deciding, stored = view.solved.scope.deciding, place_of(graph, window.at)[0]
    return any(
        isinstance(op, ops.Call)
        and op.awaited
        and op.at > window.at
        and makes(op.method)
        and len(view.assembled.chain(op.at)) == 1
        and (number == stored or deciding.dominates(stored, number))
        and deciding.settles(guard.test, guard.edge, number)
        for number, block in enumerate(graph.blocks)
        for op in block.ops
    )
