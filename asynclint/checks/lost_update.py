"""ARC101 lost-update: a write of P from a stale value of P."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from asynclint.checks.judgement import Consequence, Gravity
from asynclint.checks.keyed import has_keys
from asynclint.checks.making import is_credential
from asynclint.checks.registry import check
from asynclint.checks.sharing import PASSING
from asynclint.checks.story import Telling, strongest, tell
from asynclint.checks.telling import is_sent, is_told
from asynclint.findings import Finding
from asynclint.flow.makers import Makers
from asynclint.flow.moves import aliases, origins
from asynclint.flow.rounds import gone_through
from asynclint.flow.transfer import ARITHMETIC
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.places import Path
from asynclint.link.rivals import Rival
from asynclint.link.touches import TAKING
from asynclint.link.undoing import only_adds, takes_away
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write

LENGTHENING = frozenset(("append", "extend"))
"""Methods that put something behind the end of a list."""


@check("ARC101", need="window")
def lost_update(view: FunctionView) -> Iterator[Finding]:
    """Report writes of state from a value of it that was read before the task gave way."""
    for window in view.windows:
        if window.kind not in ("data", "index") or is_one_statement(view, window):
            continue
        keyed = window.kind == "index" and has_keys(view, window)
        if keyed and not _removes(window):
            continue  # a key, unlike a position, stays that of its element
        yield from strongest(_tell(view, window, rival) for rival in _rivals(view, window, keyed))


def _rivals(view: FunctionView, window: Window, keyed: bool) -> list[Rival]:
    """Return the rivals whose update is lost; `keyed`: it is what stands under a key that is taken out."""
    path = window.reading.path if window.kind == "index" else window.path
    rivals = view.rivals_of(path, stretch=view.between(window.reading.at, window.at))
    if keyed:
        rivals = [rival for rival in rivals if not _puts_in(window, rival) or _renews(view, rival)]
    if window.kind == "index" and _removes(window) and _has_put_in(view, window):
        # Who takes out only what it has put in itself, under a key that was free, takes out nothing of this task's.
        rivals = [rival for rival in rivals if not _takes_own(rival)]
    harmless = list(_harmless(view, window, path))
    left = [one for one in rivals if one.write is None or not any(spares(one.write) for spares in harmless)]
    return [one for one in left if not window.absent or not _only_fills(view, window, one)]


def _harmless(view: FunctionView, window: Window, path: Path) -> Iterator[Callable[[Write], bool]]:
    """Yield what writes of others are not lost."""
    if window.kind == "index" and _is_local(view, window):
        yield lambda write: not _is_inside(path, write)
    if window.reading.rewritten == 1:
        yield lambda write: takes_away(window.path, write)
    if _is_cut_now(window):
        # What others put into the container itself is in the slice; it is lost only where another one replaces it.
        yield lambda write: write.how == "mutate"
    if window.kind == "data" and gone_through(view.solved, window):
        yield lambda write: write.detail in LENGTHENING


def _only_fills(view: FunctionView, window: Window, rival: Rival) -> bool:
    """Tell whether a rival leaves something under a key where there was nothing: what it has only looked up may be."""
    write = rival.write
    if write is None or not only_adds(window.path, write) or write.detail == "None":
        return False
    lowered = view.lowered(rival.function)
    makers = Makers.of(lowered.ir.graph)
    stores = (
        (number, place, op.value)
        for number, block in enumerate(lowered.ir.graph.blocks)
        for place, op in enumerate(block.ops)
        if isinstance(op, ops.StoreItem) and lowered.positions.span(op.at).line == write.line
    )
    every = (made for store in stores for _, made in makers.behind(store, _whole))
    return not any(isinstance(made, ops.Call) and made.method == "get" and len(made.args) == 1 for made in every)


def _whole(op: ops.Op) -> ops.Var | None:
    return op.source if isinstance(op, ops.Move) else None


def _puts_in(window: Window, rival: Rival) -> bool:
    """Tell whether a rival leaves every key where it is."""
    return rival.write is not None and only_adds(window.path, rival.write)


def _renews(view: FunctionView, rival: Rival) -> bool:
    """Tell whether a rival that is known to run meanwhile may store under a key that was found: not only a new one."""
    new = rival.write is None or rival.write.detail == "setdefault" or view.looks_first(rival)
    return not (new or rival.is_guess or rival.is_again)


def _is_local(view: FunctionView, window: Window) -> bool:
    """Tell whether the element is taken out of a container that a local holds, wherever that may stand by then."""
    for block in view.assembled.graph.blocks:
        for op in block.ops:
            match op:
                case ops.DeleteItem(base, _, _, _, at) if at == window.at:
                    return not base.startswith("%")
                case ops.Mutate(call, at) if at == window.at:
                    return call.receiver is not None and not call.receiver.startswith("%")
                case _:
                    pass
    return False


def _has_put_in(view: FunctionView, window: Window) -> bool:
    """Tell whether the function stores under the very key that it takes out again, one that it has not found there."""
    every = [op for block in view.assembled.graph.blocks for op in block.ops]
    found = {op.into for op in every if isinstance(op, ops.Iterate)}
    found |= {op.into for op in every if isinstance(op, ops.Move) and op.source in found}
    taken: set[tuple[ops.Var, str]] = set()
    for op in every:
        match op:
            case ops.DeleteItem(base, _, text, _, at) if at == window.at:
                taken.add((base, text))
            case ops.Mutate(call, at) if at == window.at and call.receiver is not None and call.texts:
                taken.add((call.receiver, call.texts[0]))
            case _:
                pass
    stored = {(op.base, op.text) for op in every if isinstance(op, ops.StoreItem) and op.text not in found}
    return not taken.isdisjoint(stored)


def _takes_own(rival: Rival) -> bool:
    """Tell whether a rival takes out what it has put in itself."""
    write = rival.write
    if write is None or not (write.how == "delete item" or (write.how == "mutate" and write.detail in TAKING)):
        return False
    place = write.place.steps if write.how == "delete item" else (*write.place.steps, "[]")
    return any(one.how == "item" and one.place.steps == place for one in rival.function.facts.writes)


def _is_inside(container: Path, write: Write) -> bool:
    """Tell whether a write changes a container itself, and not what stands in its place."""
    shape, steps = container.shape, write.place.steps
    return len(steps) > len(shape) or (steps == shape and write.how == "mutate")


def _is_cut_now(window: Window) -> bool:
    """Tell whether the value is made of a slice of the state as well, which was cut after giving way."""
    readings = window.wrote.value.readings if window.wrote is not None and window.kind == "data" else ()
    return any(
        one.slept is None and one.path.parent == window.path and ":" in str(one.path.steps[-1]) for one in readings
    )


def _removes(window: Window) -> bool:
    return window.wrote is not None and (window.wrote.how == "delete item" or window.wrote.method == "pop")


def is_one_statement(view: FunctionView, window: Window) -> bool:
    """Tell whether read, suspension and write are one assignment, which is another rule's."""
    read, slept, write = (view.span(at) for at in (window.reading.at, window.slept, window.at))
    same = len(view.assembled.chain(window.reading.at)) == len(view.assembled.chain(window.at)) == 1
    if not same or window.wrote is None or window.kind != "data":
        return False
    if window.wrote.how == "augmented" and (read.line, read.column) == (write.line, write.column):
        return True
    return read.line == write.line and (slept.line, slept.column) > (write.line, write.column)


def _is_of_answer(view: FunctionView, window: Window) -> bool:
    """Tell whether only a part of an answer is stored, to a call that was told the old value: how things are elsewhere.

    What is stored as it comes back may well be the old value, moved on; and a text that lets somebody in is often good
    for one use.
    """
    wrote, depth = window.wrote, len(window.path.steps)
    if wrote is None or not window.reading.weak or is_credential(window.path.attribute):
        return False
    if any(not one.weak and one.path.steps[:depth] == window.path.steps for one in wrote.value.readings):
        return False  # the answer is added to what was there
    graph = view.assembled.graph
    every = [op for block in graph.blocks for op in block.ops]
    stored = [op.value for op in every if isinstance(op, ops.StoreAttr | ops.StoreItem) and op.at == window.at]
    held = {var for value in stored for var in origins(graph, value)}
    awaited = {op.into for op in every if isinstance(op, ops.Suspend)}
    return held.isdisjoint(awaited)


def _is_given(view: FunctionView, window: Window) -> bool:
    """Tell whether what is written is made of the old value on some ways only, and is neither that nor an amount."""
    if window.kind != "data" or window.reading.certain or window.wrote is None or window.wrote.how != "store":
        return False
    graph = view.assembled.graph
    every = [op for block in graph.blocks for op in block.ops]
    read = (op.into for op in every if isinstance(op, ops.LoadAttr | ops.LoadItem) and op.at == window.reading.at)
    old = aliases(graph, read)
    computed = [op for op in every if isinstance(op, ops.Compute) and old.intersection(op.args)]
    if any(op.kind in ARITHMETIC or op.kind in PASSING for op in computed):
        return False
    return not any(isinstance(op, ops.StoreAttr) and op.at == window.at and op.value in old for op in every)


def _tell(view: FunctionView, window: Window, rival: Rival) -> Finding | None:
    state = view.state(window.path)
    stored = False
    if window.kind == "index":
        keyed = has_keys(view, window)
        stored = keyed and _puts_in(window, rival)
        message = f"`{state}` is written at {'a key' if keyed else 'an index'} that was found before an await"
        consequence = _of_element(rival, state, keyed, stored)
    else:
        message = f"`{state}` is set from a value of it that was read before an await"
        # A part of an answer to a message that told the old value among other things is seldom made of that value.
        gravity: Gravity = "loss" if window.reading.weak == 3 or _is_of_answer(view, window) else "harm"
        # What was asked for is what holds now, whatever was told before; and if it is made of the old value only where
        # the caller has given none, it is no amount that has to add up.
        if (is_told(view, window.path, rival) or _is_given(view, window)) and is_sent(view.assembled.graph, window.at):
            gravity = "waste"
        consequence = Consequence(f"what another task wrote to `{state}` meanwhile is lost", gravity)
    telling = Telling("ARC101", "read", f"`{state}` is read", f"`{state}` is written from the old value", message)
    seldom = rival.is_guess and not rival.is_again  # two methods that happen to be public
    return tell(view, window, rival, consequence, telling, not (window.reading.weak or seldom or stored))


def _of_element(rival: Rival, state: str, keyed: bool, stored: bool) -> Consequence:
    """Return what goes wrong if an element is written where it was found before."""
    if stored:
        return Consequence(f"what {rival.function.name} stored as `{state}` meanwhile is deleted", "loss")
    return Consequence(
        "the key may be gone by then: KeyError" if keyed else "another element is overwritten or removed", "harm"
    )
