"""ARC108 save-restore: shared state is overridden for a while and put back, and others run meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from asynclint.checks.judgement import Consequence, confidence
from asynclint.checks.registry import check
from asynclint.checks.story import Account, Telling, lowered, strongest, tell
from asynclint.findings import Finding, Step
from asynclint.flow.outcomes import after_error
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.graph import FunctionIR
from asynclint.ir.places import Path
from asynclint.link.overlaps import SEEN
from asynclint.link.program import Function
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView
from asynclint.survey.facts import FunctionFacts

SHARED = ("self", "cls", "class", "global")
OWN_VALUES = frozenset(("local", "ContextVar"))
"""Classes (last name) of objects that hold another value for each thread or task."""


def _puts_back(facts: FunctionFacts) -> bool:
    """Tell whether a function writes one place twice that it also reads; `pop` does both to a key."""
    written = Counter(write.place for write in facts.writes)
    if any(times > 1 and place in facts.loads for place, times in written.items()):
        return True
    popped = [write.place for write in facts.writes if write.how == "mutate" and write.detail == "pop"]
    return any(place._replace(steps=(*place.steps, "[]")) in written for place in popped)


@check("ARC108", need="override", hope=_puts_back)
def save_restore(view: FunctionView) -> Iterator[Finding]:
    """Report state that is put back to what it was before the task overrode it and gave way."""
    for window in view.windows:
        if window.kind != "restore" or not window.reading.rewritten or window.path.kind not in SHARED:
            continue
        if _is_of_each_task(view, window):
            continue
        writers = (_rolled_back(view, window, rival) for rival in view.rivals_of(window.path))
        # What is put back only where something has failed was to stay: who reads it meanwhile reads what they should.
        stays = after_error(view.assembled.graph, window.at)
        others = () if stays else view.rivals.readers(view.function, window.path)
        readers = (_misled(view, window, reader) for reader in others)
        yield from strongest((*writers, *readers))


def _is_of_each_task(view: FunctionView, window: Window) -> bool:
    """Tell whether the state hangs off an object that is another one to each thread or task."""
    for cut in range(1, len(window.path.steps)):
        owner = Path(window.path.kind, window.path.root, window.path.steps[:cut])
        facts = view.attribute(owner)
        if facts is not None and any(made.rsplit(".", 1)[-1] in OWN_VALUES for made in facts.constructors):
            return True
    return False


def _telling(view: FunctionView, window: Window) -> Telling:
    state = view.state(window.path)
    return Telling(
        "ARC108", "read", f"`{state}` is kept, and then overridden", f"`{state}` is put back",
        f"`{state}` is overridden while the task gives way, and put back to what it was then",
    )  # fmt: skip


def _rolled_back(view: FunctionView, window: Window, rival: Rival) -> Finding | None:
    state = view.state(window.path)
    if rival.is_self:
        text = f"two runs put `{state}` back in the wrong order: the override stays for ever"
    else:
        text = f"what {rival.function.name} set `{state}` to meanwhile is lost"
    # Most overrides are meant for one user at a time: nothing is said before it is seen that there are two.
    strong = rival.is_self and rival.overlap in SEEN
    # Who is put back to what was before tells mostly that what was tried has failed.
    harm = Consequence(text, "harm" if rival.is_self else "loss")
    return tell(view, window, rival, harm, _telling(view, window), strong)


def _misled(view: FunctionView, window: Window, reader: Function) -> Finding | None:
    """Return the finding of a function that runs under the override without having asked for it."""
    if any(frame.function is reader for frame in view.assembled.frames) or not _reads(reader, window.path):
        return None
    lowered_reader = view.lowered(reader)
    at = _read(lowered_reader.ir, window.path.attribute)
    if at is None:
        return None
    span = lowered_reader.positions.span(at)
    overlap, evidence = view.rivals.overlap(view.function, reader, span.line)
    level = confidence(False, overlap, "harm", lowered(view, window.path))
    if level is None:
        return None
    telling, state = _telling(view, window), view.state(window.path)
    steps = (
        view.step("read", window.reading.at, telling.first_note),
        view.suspension(window),
        view.step("write", window.at, telling.last_note),
        Step("rival", reader.path, span, reader.name, "reads what it has been overridden with"),
    )
    shown = evidence or (f"{reader.name} can be called while {view.function.name} waits",)
    account = Account("ARC108", telling.message, steps, shown, f"{reader.name} runs under an override of `{state}`")
    return account.finding(view, view.primary(window.at), view.written(window), level)


def _reads(reader: Function, path: Path) -> bool:
    """Tell whether a function reads the state itself, and not what has its name on an object that it was handed."""
    return any(place.kind != "param" and place.steps == path.shape for place in reader.facts.loads)


def _read(ir: FunctionIR, name: str) -> int | None:
    """Return the first read of an attribute or global of a name."""
    found = (op.at for block in ir.graph.blocks for op in block.ops if isinstance(op, ops.LoadAttr) and op.name == name)
    return next(found, None)
