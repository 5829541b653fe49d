"""Entries that a run puts in and takes out again: whoever is told to take one out does so while a run works on it."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.alone import is_alone
from asynclint.checks.judgement import Consequence
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.moves import origins
from asynclint.flow.takings import shared_takings, takings
from asynclint.flow.transfer import ARITHMETIC, OBJECT, RECORD
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.link.effects import name_at
from asynclint.link.rivals import Rival
from asynclint.link.spots import attribute_of
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write

TAKING = frozenset(("pop", "remove", "discard"))


def removed_twice(view: FunctionView) -> Iterator[tuple[int, Finding]]:
    """Yield what is taken out as if it were still there, with the op that does."""
    yield from _shared(view)
    others = {
        rival.function
        for window, _ in takings(view.solved)
        for rival in view.rivals_in(window)
        if _is_told_to(view, rival, rival.write)
    }
    if not others:
        return
    # What they say beside that is asked for here, if at all, and not followed so far where it is only read.
    said = frozenset(attribute_of(write.place) for other in others for write in other.facts.writes)
    for window, looked_at in takings(view.following(said)):
        if not view.owns(window) or _is_its_own(window) or _is_counted(view.assembled.graph, window.at):
            continue
        names = frozenset(map(name_at, looked_at))
        rivals = [rival for rival in view.rivals_in(window) if _is_told_to(view, rival, rival.write)]
        silent = [rival for rival in rivals if names.isdisjoint(view.effects.own(rival.function).writes)]
        for finding in strongest(_tell(view, window, rival) for rival in silent):
            yield window.at, finding


def _shared(view: FunctionView) -> Iterator[tuple[int, Finding]]:
    """Yield what several runs put in together, and each of them takes out."""
    for window in shared_takings(view.solved):
        if not view.owns(window) or _is_its_own(window) or _is_counted(view.assembled.graph, window.at):
            continue
        again = (rival for rival in view.rivals_in(window) if rival.is_again and _takes_out(rival.write))
        for finding in strongest(_tell(view, window, rival) for rival in again):
            yield window.at, finding


def _is_its_own(window: Window) -> bool:
    """Tell whether the key is an object that this task has made, which nobody else names."""
    return window.wrote is not None and window.wrote.key.form in (OBJECT, RECORD)


def _is_counted(graph: Graph, at: int) -> bool:
    """Tell whether the key by which an op takes something out is a number that was counted out: few are told of it."""
    every = [op for block in graph.blocks for op in block.ops]
    keys = {held for op in every if op.at == at for var in _key_of(op) for held in origins(graph, var)}
    return any(
        (isinstance(op, ops.Call) and op.into in keys and op.method == "next")
        or (isinstance(op, ops.Compute) and op.into in keys and op.kind in ARITHMETIC)
        for op in every
    )


def _tell(view: FunctionView, window: Window, rival: Rival) -> Finding | None:
    state = view.state(window.path)
    telling = Telling(
        "ARC102", "check", f"`{state}` is put in", f"`{state}` is taken out as if it were still there",
        f"`{state}` is taken out after an await as if nobody else could have done so",
    )  # fmt: skip
    who = "another run" if rival.is_again else rival.function.name
    text = f"{who} has taken it out already: to do so again raises"
    # A second run of the same method is made by another task only where several have the object.
    expected = not rival.is_again or not is_alone(view)
    return tell(view, window, rival, Consequence(text, "harm"), telling, True, expected)


def _is_told_to(view: FunctionView, rival: Rival, write: Write | None) -> bool:
    """Tell whether a rival is a method that takes out an entry by a key that it is given, and none of its own."""
    if rival.is_self or write is None or rival.function.facts.kind != "method":
        return False
    if not _takes_out(write):
        return False
    if any(one.how == "item" and one.place.steps[:-1] == _container(write) for one in rival.function.facts.writes):
        return False  # it has put one in as well
    params = {name for name, _ in rival.function.facts.params[1:]}
    lowered = view.lowered(rival.function)
    every = (op for block in lowered.ir.graph.blocks for op in block.ops)
    return any(not params.isdisjoint(_key_of(op)) and lowered.positions.span(op.at).line == write.line for op in every)


def _takes_out(write: Write | None) -> bool:
    """Tell whether a write takes something out of a container."""
    return write is not None and (write.how == "delete item" or (write.how == "mutate" and write.detail in TAKING))


def _container(write: Write) -> tuple[str, ...]:
    """Return the steps to the container that a write takes something out of."""
    steps = write.place.steps
    return steps[:-1] if write.how == "delete item" and steps[-1:] == ("[]",) else steps


def _key_of(op: ops.Op) -> tuple[ops.Var, ...]:
    """Return the variable by which an op takes something out."""
    match op:
        case ops.DeleteItem():
            return (op.key,)
        case ops.Call() if op.method in TAKING:
            return op.args[:1]
        case ops.Mutate(call, _):
            return _key_of(call)
        case _:
            return ()
