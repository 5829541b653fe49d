"""ARC103 torn-augmented-assignment: one assignment that reads P, gives way, and writes P."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.judgement import Consequence
from asynclint.checks.lost_update import is_one_statement
from asynclint.checks.registry import check
from asynclint.checks.story import Telling, tell
from asynclint.findings import Finding
from asynclint.link.view import FunctionView


@check("ARC103")
def torn_augmented_assignment(view: FunctionView) -> Iterator[Finding]:
    """Report `P += await f()` and its like: P is read before the await that is on its right."""
    for window in view.windows:
        if window.kind != "data" or window.reading.weak or not is_one_statement(view, window):
            continue
        state = view.state(window.path)
        telling = Telling(
            "ARC103", "read", f"`{state}` is read first", f"the sum with the old `{state}` is stored",
            f"`{state}` is read before the await on the right and written after it",
        )  # fmt: skip
        consequence = Consequence(f"what another task added to `{state}` meanwhile is lost", "harm")
        for rival in view.rivals_of(window.path):
            found = tell(view, window, rival, consequence, telling, True)
            if found is not None:
                yield found
                break
