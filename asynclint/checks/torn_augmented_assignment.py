"""ARC103 torn-augmented-assignment: one assignment that reads P, gives way, and writes P."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from asynclint.checks.containers import changes_in_place
from asynclint.checks.judgement import Consequence
from asynclint.checks.lost_update import is_one_statement
from asynclint.checks.registry import check
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.windows import Window
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write

USED_UP = re.compile(r"refresh|token|cursor|offset|nonce|ticket|credential|sequence|seq_|continuation", re.IGNORECASE)
"""Names of what is good for one use: whoever hands it over must be the only one."""


@check("ARC103", need="window")
def torn_augmented_assignment(view: FunctionView) -> Iterator[Finding]:
    """Report `P += await f()` and its like: P is read before the await that is on its right."""
    for window in view.windows:
        if window.reading.weak:
            if window.kind == "data" and is_one_statement(view, window):
                telling, strong = (
                    _exchange(view.state(window.path)),
                    USED_UP.search(view.state(window.path)) is not None,
                )
                yield from _first(view, window, telling, view.rivals_of(window.path), strong)
            continue
        if window.kind == "data" and is_one_statement(view, window):
            yield from _first(view, window, _assignment(view.state(window.path)), _losing(view, window))
        elif window.kind == "receiver" and _is_one_call(view, window):
            container = window.reading.path
            rivals = [r for r in view.rivals_of(container) if r.write and _rebinds(r.write, container.shape)]
            yield from _first(view, window, _call(view.state(container)), rivals)


def _losing(view: FunctionView, window: Window) -> Sequence[Rival]:
    """Return whose writes are lost: of a container that is changed in place, only those that put another one there."""
    rivals = view.rivals_of(window.path)
    whole = "[]" not in window.path.shape
    if (
        not whole
        or window.wrote is None
        or window.wrote.how != "augmented"
        or not changes_in_place(view.attribute(window.path))
    ):
        return rivals
    return [rival for rival in rivals if rival.write is not None and _rebinds(rival.write, window.path.shape)]


def _first(
    view: FunctionView,
    window: Window,
    telling: tuple[Telling, Consequence],
    rivals: Sequence[Rival],
    strong: bool = True,
) -> Iterator[Finding]:
    yield from strongest(tell(view, window, rival, telling[1], telling[0], strong) for rival in rivals)


def _is_one_call(view: FunctionView, window: Window) -> bool:
    """Tell whether the container is looked up and the argument awaited in one call of the root function."""
    read, slept, call = (view.span(at) for at in (window.reading.at, window.slept, window.at))
    inside = (call.line, call.column) <= (slept.line, slept.column) < (call.end_line, call.end_column)
    alone = len(view.assembled.chain(window.at)) == len(view.assembled.chain(window.slept)) == 1
    return alone and inside and (read.line, read.column) == (call.line, call.column)


def _rebinds(write: Write, shape: tuple[str, ...]) -> bool:
    return write.how == "store" and write.place.steps == shape


def _assignment(state: str) -> tuple[Telling, Consequence]:
    telling = Telling(
        "ARC103",
        "read",
        f"`{state}` is read first",
        f"the sum with the old `{state}` is stored",
        f"`{state}` is read before the await on the right and written after it",
    )
    return telling, Consequence(f"what another task added to `{state}` meanwhile is lost", "harm")


def _exchange(state: str) -> tuple[Telling, Consequence]:
    telling = Telling(
        "ARC103",
        "read",
        f"`{state}` is handed over",
        f"the answer takes the place of `{state}`",
        f"`{state}` is handed to an awaited call and replaced by its answer",
    )
    return telling, Consequence(f"two runs hand over the same `{state}`, and one of the answers is lost", "harm")


def _call(state: str) -> tuple[Telling, Consequence]:
    telling = Telling(
        "ARC103",
        "read",
        f"`{state}` is looked up first",
        f"the old `{state}` is changed",
        f"`{state}` is looked up before the await in the argument and changed after it",
    )
    return telling, Consequence(
        f"`{state}` may be another object by then, and what goes into the old one is lost", "harm"
    )
