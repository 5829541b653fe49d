"""Keys of a copy: a container is gone over, the task gives way, and an element is read by a key that was there."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.outcomes import forgiven
from asynclint.flow.staleness import Solved
from asynclint.flow.transfer import extend, key_of
from asynclint.flow.uses import GONE
from asynclint.flow.values import Reading
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.places import Path


def copied_keys(solved: Solved) -> Iterator[Window]:
    """Yield the reads of elements by a key out of a copy that is older than a suspension.

    A loop over the container itself is another matter: it fails before it comes to the key.
    """
    drawn = _drawn(solved)
    if not drawn:
        return
    for _, block, moments in solved.blocks():
        if forgiven(solved.graph, block.handler, GONE):
            continue
        for op, cursor, _ in moments:
            if not isinstance(op, ops.LoadItem) or op.key not in drawn:
                continue
            container = cursor.value(op.base).place
            path = extend(container, key_of(op.text, op.names, op.key, cursor))
            # Whoever has asked for the key, here or on some way, has thought of it: it is as good as that check.
            if path is None or any(guard.reading.path == path for guard in cursor.guards):
                continue
            held = frozenset(hold.acquired for hold in cursor.held)
            stale = [one for one in cursor.value(op.key).readings if one.path == container and _is_open(one, held)]
            if stale and _is_unknown(solved, path, drawn[op.key], op.at):
                yield Window("use", path, min(stale, key=lambda one: (one.at, one.slept)), op.at)


def _is_open(reading: Reading, held: frozenset[int]) -> bool:
    """Tell whether others may have come in since something was read."""
    return reading.slept is not None and not reading.weak and not reading.spans & held


def _drawn(solved: Solved) -> dict[ops.Var, frozenset[int]]:
    """Return the variables that hold what a loop over a copy draws from it, each with the places of its loops."""
    found: dict[ops.Var, frozenset[int]] = {}
    steps: list[tuple[ops.Var, ops.Var]] = []
    for _, _, moments in solved.blocks():
        for op, cursor, _ in moments:
            match op:
                case ops.Iterate(into, iterable, False, at) if _is_copy(solved, cursor.value(iterable).live, iterable):
                    found[into] = found.get(into, frozenset()) | {at}
                case ops.Move(into, source, _) | ops.Compute(into, "item", (source,), _, _, _):
                    steps.append((into, source))
    grown = bool(found)
    while grown:
        grown = False
        for into, source in steps:
            known = found.get(into, frozenset())
            if not found.get(source, frozenset()) <= known:
                found[into], grown = known | found[source], True
    return found


def _is_copy(solved: Solved, live: Path | None, iterable: ops.Var) -> bool:
    """Tell whether what is gone over is not the container itself, and no numbers."""
    call = solved.graph.calls.get(iterable)
    return live is None and (call is None or call.method != "range")


def _is_unknown(solved: Solved, path: Path, loops: frozenset[int], goal: int) -> bool:
    """Tell whether some way to a read leads from a suspension, or from where its key is drawn, past no store there."""
    seen, pending = {(solved.graph.entry, True)}, [(solved.graph.entry, True)]
    known = {number: moments for number, _, moments in solved.blocks()}
    while pending:
        number, unknown = pending.pop()
        block = solved.graph.blocks[number]
        ways = {(block.handler, unknown)}
        for op, _, wrote in known.get(number, ()):
            if op.at == goal and unknown:
                return True
            if wrote is not None and wrote.path == path and wrote.how in ("store", "item", "augmented"):
                unknown = False
            elif isinstance(op, ops.Suspend) or op.at in loops:
                unknown = True
            ways.add((block.handler, unknown))
        ways.update((way, unknown) for way in block.successors)
        pending.extend(ways - seen)
        seen |= ways
    return False
