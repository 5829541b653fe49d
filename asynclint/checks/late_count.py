"""A count of users that is raised too late: the next one finds nobody there either, and begins everything anew."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.alone import is_alone
from asynclint.checks.judgement import Consequence
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.counted import late_counts
from asynclint.flow.windows import Window
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView


def counted_late(view: FunctionView) -> Iterator[Finding]:
    """Report what the first of several users begins, before it is counted as one."""
    for window in late_counts(view.solved):
        if view.owns(window):
            again = (rival for rival in view.rivals_in(window) if rival.is_again)
            yield from strongest(_tell(view, window, rival) for rival in again)


def _tell(view: FunctionView, window: Window, rival: Rival) -> Finding | None:
    state = view.state(window.path)
    telling = Telling(
        "ARC102", "check", f"`{state}` is checked", f"`{state}` counts this run only now",
        f"`{state}` is found at zero, and counts who found it only behind an await",
    )  # fmt: skip
    text = "a second run finds it at zero as well: what the first one begins is begun twice, and one of the two is lost"
    # Who counts users expects several; one piece of work that is entered again is entered by the task that does it.
    return tell(view, window, rival, Consequence(text, "harm"), telling, not window.reading.weak, not is_alone(view))
