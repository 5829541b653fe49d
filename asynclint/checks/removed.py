"""What is removed twice: a task takes out what it has put in, and somebody else may have done so meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.judgement import Consequence
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.takings import takings
from asynclint.flow.transfer import OBJECT, RECORD
from asynclint.flow.windows import Window
from asynclint.ir.places import Path
from asynclint.link.effects import name_at
from asynclint.link.halting import EMPTY
from asynclint.link.rivals import Rival
from asynclint.link.spots import attribute_of
from asynclint.link.undoing import takes_away
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write


def removed_twice(view: FunctionView) -> Iterator[tuple[int, Finding]]:
    """Yield what is taken out as if it were still there, with the op that does."""
    others = {rival.function for window, _ in takings(view.solved) for rival in view.rivals_in(window)}
    if not others:
        return
    # What they say beside that is asked for here, if at all, and not followed so far where it is only read.
    said = frozenset(attribute_of(write.place) for other in others for write in other.facts.writes)
    for window, looked_at in takings(view.following(said)):
        if view.owns(window) and not _is_its_own(window):
            for finding in strongest(_tell(view, window, rival, looked_at) for rival in view.rivals_in(window)):
                yield window.at, finding


def _is_its_own(window: Window) -> bool:
    """Tell whether the key is an object that this task has made, which nobody else names."""
    return window.wrote is not None and window.wrote.key.form in (OBJECT, RECORD)


def _tell(view: FunctionView, window: Window, rival: Rival, looked_at: frozenset[Path]) -> Finding | None:
    if rival.is_self or rival.write is None or not _may_take(window.path, rival.write):
        return None
    says = view.effects.own(rival.function).writes
    if any(name_at(path) in says for path in looked_at):
        return None  # it says so, and that is asked for
    state = view.state(window.path)
    telling = Telling(
        "ARC102", "check", f"`{state}` is put in", f"`{state}` is taken out as if it were still there",
        f"`{state}` is taken out after an await as if nobody else could have done so",
    )  # fmt: skip
    text = f"{rival.function.name} has taken it out already: to do so again raises"
    # What is in there is there for a while, and of several tasks: who takes it out does so in one of these whiles.
    return tell(view, window, rival, Consequence(text, "harm"), telling, True, expected=True)


def _may_take(path: Path, write: Write) -> bool:
    """Tell whether a write takes out an element, or all of them."""
    if takes_away(path, write) or (write.detail == "discard" and write.place.steps == path.shape[:-1]):
        return True
    return write.how == "store" and write.place.steps == path.shape[:-1] and write.detail in EMPTY
