"""Counts of users that are raised late: the count was nothing, so something is begun, and only then it is counted.

`if self.users == 0: await self.open()` and `self.users += 1`: the addition itself reads what is there now, and is made
whatever the check found. But who comes while the first one opens finds the count at zero as well, and opens once more.
"""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.cursor import Cursor
from asynclint.flow.staleness import Solved
from asynclint.flow.values import Guard
from asynclint.flow.verdicts import empty
from asynclint.flow.windows import Window


def late_counts(solved: Solved) -> Iterator[Window]:
    """Yield the additions to a count behind a pause of what is done only while the count is nothing.

    What is done must put something new in an attribute of the object: made twice, one of the two is lost.
    """
    for number, _, moments in solved.blocks():
        for _, cursor, wrote in moments:
            if wrote is None or wrote.how != "augmented" or wrote.path.kind != "self" or len(wrote.path.steps) != 1:
                continue
            guard = _opening(cursor, number, wrote.path.shape[0])
            if guard is not None and _makes(solved, guard):
                yield Window("control", wrote.path, guard.reading, wrote.at, wrote, guard)


def _opening(cursor: Cursor, block: int, name: str) -> Guard | None:
    """Return the stale check that found a count at nothing and let something be done that others skip."""
    deciding = cursor.scope.deciding
    about = [guard for guard in cursor.guards if guard.reading.path.shape == (name,)]
    held = {hold.acquired for hold in cursor.held}
    for guard in sorted(about, key=lambda one: (one.test, one.edge, one.reading.slept or 0)):
        if guard.reading.slept is None or not empty(guard) or guard.reading.spans & held or guard.reading.rewritten:
            continue
        others = [one for one in about if one.test == guard.test and one.edge != guard.edge]
        # The others come here as well, and at once; who has asked again since knows better.
        skips = bool(others) and all(one.reading.slept is None for one in others)
        again = any(one.test != guard.test and one.reading.slept is None for one in about)
        if skips and not again and deciding.dominates(guard.test, block):
            return guard
    return None


def _makes(solved: Solved, guard: Guard) -> bool:
    """Tell whether what a check lets be done puts something in an attribute of the object."""
    return any(
        wrote is not None
        and wrote.how == "store"
        and wrote.path.kind == "self"
        and not wrote.value.constant
        and solved.scope.deciding.depends(number, guard.test, guard.edge)
        for number, _, moments in solved.blocks()
        for _, _, wrote in moments
    )
