"""Flags that are lowered while what they stand for is still to be ended: who finds them so begins it anew meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.judgement import Consequence, confidence
from asynclint.checks.readying import ENDING, READYING
from asynclint.checks.story import Account, lowered, strongest
from asynclint.findings import Finding, Step
from asynclint.flow.control import Control
from asynclint.flow.outlook import questions
from asynclint.flow.ways import place_of
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.walk import reached
from asynclint.link.overlaps import SEEN
from asynclint.link.program import Function
from asynclint.link.view import FunctionView


def over_too_soon(view: FunctionView) -> Iterator[Finding]:
    """Report flags that a function lowers before it ends, over awaits, what another starts where it finds them so."""
    for _, _, moments in view.solved.blocks():
        for _, _, wrote in moments:
            if wrote is not None and _lowers(view, wrote):
                ending = list(_ended(view, wrote))
                if ending:
                    yield from strongest(_told(view, wrote, ending))


def _lowers(view: FunctionView, wrote: Written) -> bool:
    """Tell whether it is the function's own store of False in an attribute of the object."""
    own = wrote.path.kind == "self" and len(wrote.path.steps) == 1 and len(view.assembled.chain(wrote.at)) == 1
    return own and wrote.how == "store" and wrote.value.constant == "False"


def _ended(view: FunctionView, wrote: Written) -> Iterator[tuple[ops.Call, str]]:
    """Yield what is awaited behind a store and ends an object in an attribute, with the attribute."""
    graph = view.assembled.graph
    for _, _, moments in view.solved.blocks():
        for op, cursor, _ in moments:
            if not isinstance(op, ops.Call) or not op.awaited or op.receiver is None or not ENDING.match(op.method):
                continue
            place = cursor.value(op.receiver).place
            known = place is not None and place.kind == "self" and len(place.steps) == 1 and place != wrote.path
            if known and place is not None and _reaches(graph, wrote.at, op.at):
                yield op, place.attribute


def _reaches(graph: Graph, first: int, last: int) -> bool:
    """Tell whether some way leads from one op to another."""
    (begin, start), (goal, end) = place_of(graph, first), place_of(graph, last)
    if begin == goal and start < end:
        return True
    return goal in reached(graph.blocks[begin].successors, graph.edges.__getitem__)


def _told(view: FunctionView, wrote: Written, ending: list[tuple[ops.Call, str]]) -> Iterator[Finding | None]:
    waits = {caller for caller, _ in view.rivals.tasks.callers(view.function)}
    inside = {frame.function for frame in view.assembled.frames}
    for other in dict.fromkeys(view.rivals.readers(view.function, wrote.path)):
        if other.facts.is_async and other not in waits and other not in inside:
            for call, name in ending:
                found = _starts(view, other, wrote.path.attribute, name)
                if found is not None:
                    yield _finding(view, wrote, call, other, found)


def _starts(view: FunctionView, other: Function, flag: str, name: str) -> ops.Call | None:
    """Return the call by which another function starts the object itself, where it has found the flag lowered."""
    own = [write for write in other.facts.writes if write.place.kind == "self"]
    raises = any(write.place.steps == (flag,) and write.detail == "True" for write in own)
    if not raises or any(write.place.steps == (name,) for write in own):
        return None  # it starts another object than the one that is ended
    ir = view.lowered(other).ir
    graph, own_name = ir.graph, next((param.name for param in ir.params if param.kind == "self"), "self")
    control, asked = Control(graph), list(questions(graph, flag, True))
    for number, block in enumerate(graph.blocks):
        for op in block.ops:
            if not isinstance(op, ops.Call) or not op.awaited or not READYING.match(op.method):
                continue
            if op.callee == f"{own_name}.{name}.{op.method}" and any(
                control.dominates(one.unset, number) for one in asked
            ):
                return op
    return None


def _finding(view: FunctionView, wrote: Written, call: ops.Call, other: Function, begun: ops.Call) -> Finding | None:
    there = view.lowered(other).positions.span(begun.at)
    callers = view.rivals.callers
    lines = view.primary(wrote.at).line, view.primary(call.at).line
    if callers.at(view.function, lines[0]) & callers.at(view.function, lines[1]) & callers.at(other, there.line):
        return None
    overlap, evidence = view.rivals.overlap(view.function, other, there.line)
    level = confidence(True, overlap, "loss", lowered(view, wrote.path)) if overlap in SEEN else None
    if level is None:
        return None
    state, what = view.state(wrote.path), view.assembled.text(call.at).removeprefix("await ").split("\n")[0]
    text = f"{other.name} starts it anew before `{what}` is over, which then ends what has just been started"
    steps = (
        view.step("write", wrote.at, f"`{state}` is set to False: other tasks find it so from here on"),
        view.step("suspend", view.assembled.in_root(call.at), "what it stands for is ended only here; other tasks run"),
        Step("rival", other.path, there, other.name, "finds it False, and starts it"),
    )
    message = f"`{state}` is set to False before what it stands for has been ended"
    account = Account("ARC106", message, steps, evidence, Consequence(text, "loss").text)
    return account.finding(view, view.primary(wrote.at), state, level)
