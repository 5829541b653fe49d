"""Answers that are waited for too late: what is to be found by who brings them is put there behind the request.

`await self.send(message)`, then `self.waiting[key] = future`, then `await future`: an answer that comes while the
request is still on its way finds nobody. So it is with an event that is cleared only then, before it is waited for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.flow.awaited import FUTURES, awaited, futures
from asynclint.flow.cursor import Cursor
from asynclint.flow.drains import LOGGING
from asynclint.flow.moves import aliases, origins
from asynclint.flow.staleness import Solved
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph
from asynclint.ir.places import Path

ASKS = re.compile(
    r"(^|_)(send|write|publish|request|emit|transmit|drain|command|query|ask|invoke|execute|dispatch|submit|put|post)"
    r"(_|$)",
    re.IGNORECASE,
)
"""Methods by which something is asked for."""
PUTTING = frozenset(("append", "appendleft", "add", "setdefault", "insert"))
WAITS = LOGGING | FUTURES | {
    "wait_for", "shield", "wait", "timeout", "timeout_at", "time", "monotonic", "get_running_loop", "get_event_loop",
}  # fmt: skip
"""Calls that ask nobody for anything."""


@dataclass(frozen=True, slots=True)
class Late:
    """What is put at a path, or cleared there, behind the await of a request, and then waited for."""

    path: Path
    at: int
    asked: int
    waited: int
    is_event: bool


def late(solved: Solved) -> Iterator[Late]:
    """Yield what begins to listen only behind a request, with no other request before it waits."""
    graph = solved.graph
    every = [op for block in graph.blocks for op in block.ops]
    made = futures(graph)
    if not made and not any(_cleared(op) for op in every):
        return
    for number, block, moments in solved.blocks():
        for place, (op, cursor, wrote) in enumerate(moments):
            held, path = _listens(graph, made, op, cursor, wrote)
            if path is None:
                continue
            asked = _asked(graph, number, place, not held)
            waited = _waited(graph, block, place, held, path) if asked is not None else None
            if asked is not None and waited is not None:
                yield Late(path, op.at, asked, waited, not held)


def _cleared(op: ops.Op) -> ops.Call | None:
    call = op.call if isinstance(op, ops.Mutate) else op
    clears = isinstance(call, ops.Call) and call.method == "clear" and not call.args and not call.keywords
    return call if clears and isinstance(call, ops.Call) else None


def _listens(
    graph: Graph, made: frozenset[ops.Var], op: ops.Op, cursor: Cursor, wrote: Written | None
) -> tuple[frozenset[ops.Var], Path | None]:
    """Return the variables that hold a future which an op puts somewhere, and where; none for what is cleared."""
    call = _cleared(op)
    if call is not None and call.receiver is not None:
        return frozenset(), cursor.value(call.receiver).place
    return filed(graph, made, op, wrote)


def filed(
    graph: Graph, made: frozenset[ops.Var], op: ops.Op, wrote: Written | None
) -> tuple[frozenset[ops.Var], Path | None]:
    """Return the variables that hold one of some futures which an op puts somewhere, and where."""
    match op:
        case ops.StoreAttr(_, _, value, _, _):
            put: tuple[ops.Var, ...] = (value,)
        case ops.StoreItem(_, key, _, _, value, _, _):
            put = (key, value)
        case ops.Mutate(ops.Call(_, _, _, method, args), _) if method in PUTTING:
            put = args
        case _:
            return frozenset(), None
    futures = made.intersection(one for var in put for one in origins(graph, var))
    return aliases(graph, futures), (wrote.container or wrote.path) if wrote is not None and futures else None


def _asked(graph: Graph, number: int, place: int, always: bool) -> int | None:
    """Return the request that is awaited last before an op, on every way to it or at least on one."""
    before: dict[int, list[int]] = {}
    for one, block in enumerate(graph.blocks):
        for way in block.successors:
            before.setdefault(way, []).append(one)
    found: list[int] = []
    seen: set[int] = set()
    pending = [(number, place)]
    while pending:
        number, end = pending.pop()
        awaits = [op for op in graph.blocks[number].ops[:end] if isinstance(op, ops.Suspend) and op.kind == "await"]
        if not awaits:
            ways = [way for way in before.get(number, ()) if way not in seen]
            seen.update(ways)
            pending.extend((way, len(graph.blocks[way].ops)) for way in ways)
            continue
        call = graph.calls.get(awaited(graph, awaits[-1].value or ""))
        if call is not None and ASKS.search(call.method):
            found.append(awaits[-1].at)
        elif always:
            return None
    return min(found, default=None)


def _waited(graph: Graph, block: Block, place: int, held: frozenset[ops.Var], path: Path) -> int | None:
    """Return the await of what listens from an op on; None if something else may be done on some way there."""
    found: list[int] = []
    seen: set[int] = set()
    pending = [(block, place + 1)]
    while pending:
        block, begin = pending.pop()
        ended = False
        for op in block.ops[begin:]:
            if isinstance(op, ops.Suspend) and op.kind == "await":
                if not _is_waited(graph, op, held, path):
                    return None
                found.append(op.at)
                ended = True
                break
            if isinstance(op, ops.Call) and op.method not in WAITS:
                return None
        if not ended:
            ways = [way for way in block.successors if way not in seen]
            seen.update(ways)
            pending.extend((graph.blocks[way], 0) for way in ways)
    return min(found, default=None)


def _is_waited(graph: Graph, op: ops.Suspend, held: frozenset[ops.Var], path: Path) -> bool:
    value = awaited(graph, op.value or "")
    found = loaded(graph, path.attribute)
    if held:
        return not (held | found).isdisjoint(origins(graph, value))
    call = graph.calls.get(value)
    return call is not None and call.method == "wait" and call.receiver in found


def loaded(graph: Graph, name: str) -> frozenset[ops.Var]:
    """Return the variables that hold what stands in an attribute, or an element of it."""
    every = [op for block in graph.blocks for op in block.ops]
    whole = {op.into for op in every if isinstance(op, ops.LoadAttr) and op.name == name}
    return frozenset(whole | {op.into for op in every if isinstance(op, ops.LoadItem) and op.base in whole})
