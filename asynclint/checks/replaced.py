"""Records of one run that another run of the same function replaces by its own, on an object that both share."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.judgement import Consequence
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.records import records
from asynclint.flow.windows import Window
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView


def replaced(view: FunctionView) -> Iterator[Finding]:
    """Report records that a second run, which is seen to run at once, replaces before this one is done with them."""
    params = view.assembled.frames[0].lowered.ir.params
    given = frozenset(param.name for param in params if param.kind == "param")
    told: set[str] = set()
    for window in records(view.solved, given) if given else ():
        if str(window.path) in told or len(view.assembled.chain(window.reading.at)) > 1:
            continue
        found = list(strongest(_tell(view, window, rival) for rival in view.rivals_in(window)))
        if found:
            told.add(str(window.path))
            yield from found


def _tell(view: FunctionView, window: Window, rival: Rival) -> Finding | None:
    write = rival.write
    if write is None or not rival.is_again or write.how != "store" or rival.overlap != "evident":
        return None
    if write.place.steps != window.path.shape or write.detail in ("None", "True", "False"):
        return None
    state = view.state(window.path)
    text = f"a second run of {view.function.name} puts its own there meanwhile: both work with one"
    used = f"`{state}` is used as if it still were what this run has put there"
    message = f"`{state}` is used behind an await as if it still were that of this run"
    telling = Telling("ARC109", "write", f"`{state}` is set to what this run is about", used, message)
    return tell(view, window, rival, Consequence(text, "harm"), telling, False)
