"""Teardowns: state whose object is ended over a suspension, and that is then emptied whatever stands there now."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asynclint.flow.cursor import Cursor
from asynclint.flow.drains import Drain, emptyings
from asynclint.flow.staleness import Solved
from asynclint.flow.ways import place_of
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph
from asynclint.ir.places import Key, Path

ENDS = re.compile(
    r"(^|_)a?(close[ds]?|stop|disconnect|shutdown|terminate|kill|cancel|quit|unsubscribe|clean_?up|tear_?down|dispose|"
    r"detach|log_?out|unload|abort|destroy|finali[sz]e|release|delete|end|exit)(_|$)|shut_down",
    re.IGNORECASE,
)
"""Methods that end the life of an object, or of what they are given."""
FINAL = re.compile(r"a?(close|stop|shut_?down|disconnect|terminate|kill|quit|destroy|dispose)(_\w+)?", re.IGNORECASE)
"""Methods that end the life of an object, and of all that it has made."""
VALUES = frozenset(("values", "items", "copy"))
COPIES = frozenset(("list", "tuple", "set", "dict", "sorted"))
AWAITING = frozenset(("wait", "wait_for", "gather", "shield"))


def teardowns(solved: Solved) -> Iterator[Drain]:
    """Yield for each write that empties state how it was reached from where its object was ended."""
    loops = _ending_loops(solved.graph)
    return emptyings(solved, lambda cursor, op, starred: _ended(cursor, op, starred, loops))


def ended_behind(graph: Graph, at: int) -> frozenset[str]:
    """Return the names of attributes whose life a function ends on some way behind an op."""
    number, place = place_of(graph, at)
    behind, pending = set[int](), list(graph.blocks[number].successors)
    while pending:
        if (current := pending.pop()) not in behind:
            behind.add(current)
            pending.extend(graph.blocks[current].successors)
    every = [*graph.blocks[number].ops[place + 1 :], *(op for one in sorted(behind) for op in graph.blocks[one].ops)]
    held = {op.into: op.name for op in every if isinstance(op, ops.LoadAttr)}
    ending = (op.receiver for op in every if isinstance(op, ops.Call) and FINAL.fullmatch(op.method))
    return frozenset(held[var] for var in ending if var in held)


def is_copied(graph: Graph, at: int, name: str, keyed: bool) -> bool:
    """Tell whether a function takes all that is in a container to a local in the turn in which it empties it."""
    number, place = place_of(graph, at)
    held, copies = set[ops.Var](), set[ops.Var]()
    for op in graph.blocks[number].ops[:place]:
        match op:
            case ops.Suspend():
                held, copies = set(), set()
            case ops.LoadAttr(into, _, loaded, _) if loaded == name:
                held.add(into)
            case ops.Call() if op.receiver in held and op.method in VALUES:
                copies.add(op.into)
            case ops.Call() if op.callee in COPIES and not copies.isdisjoint(op.args):
                copies.add(op.into)
            case ops.Call() if op.callee in COPIES and not keyed and not held.isdisjoint(op.args):
                copies.add(op.into)
            case ops.Move(_, source, _) if source in copies:
                return True
            case _:
                pass
    return False


def is_only_awaited(solved: Solved, drain: Drain) -> bool:
    """Tell whether nothing on the way ends what is given up: the task waits until it has come to its end by itself."""
    leading = _leading_to(solved.graph, place_of(solved.graph, drain.wrote.at)[0])
    for number, block, moments in solved.blocks():
        starred = _starred(block)
        for op, cursor, _ in moments:
            ends = isinstance(op, ops.Call) and ENDS.search(op.method) and number in leading
            if ends and drain.path in _ended(cursor, op, starred, frozenset()):
                return False
    return True


def _leading_to(graph: Graph, goal: int) -> set[int]:
    """Return the blocks from which a normal way leads to a block, itself as well."""
    found = {goal}
    before = 0
    while before != (before := len(found)):
        found.update(number for number, block in enumerate(graph.blocks) if not found.isdisjoint(block.successors))
    return found


def _starred(block: Block) -> dict[ops.Var, ops.Var]:
    return {op.into: op.args[0] for op in block.ops if isinstance(op, ops.Compute) and op.kind == "star"}


def _ending_loops(graph: Graph) -> frozenset[int]:
    """Return the loops that end or await their elements, or what hangs off them."""
    every = [op for block in graph.blocks for op in block.ops]
    if not any(isinstance(op, ops.Iterate) for op in every):
        return frozenset()
    made: dict[ops.Var, set[int]] = {}
    before = -1
    while before != (before := sum(map(len, made.values()))):
        for op in every:
            for into, sources in _handed_on(op):
                made.setdefault(into, set()).update(*(made.get(source, ()) for source in sources))
            if isinstance(op, ops.Iterate):
                made.setdefault(op.into, set()).add(op.at)
    used = [var for op in every if not isinstance(op, ops.Iterate) for var in _used(op)]
    return frozenset(at for var in used for at in made.get(var, ()))


def _handed_on(op: ops.Op) -> Iterator[tuple[ops.Var, tuple[ops.Var, ...]]]:
    """Yield the variable that an op makes of others that it holds, or hangs off."""
    match op:
        case ops.Move(into, source, _) | ops.LoadAttr(into, source, _, _) | ops.LoadItem(into, source, _, _, _, _):
            yield into, (source,)
        case ops.Compute(into, _, parts, _) | ops.New(into, _, parts, _):
            yield into, parts
        case _:
            pass


def _ended(cursor: Cursor, op: ops.Op, starred: dict[ops.Var, ops.Var], loops: frozenset[int]) -> Iterator[Path]:
    """Yield the state whose object, or elements, an op ends or awaits, or goes over to do so, new ones too."""
    for var in _used(op):
        if isinstance(op, ops.Iterate) and op.at not in loops:
            continue
        value = cursor.value(starred.get(var, var))
        place = value.live if isinstance(op, ops.Iterate) else value.place or value.live
        if place is not None:
            yield place
            if isinstance(place.steps[-1] if place.steps else None, Key):
                yield place.parent
        elif isinstance(op, ops.Call) and var == op.receiver and value.source is None:
            yield from dict.fromkeys(reading.path for reading in value.readings)  # an element of a copy


def _used(op: ops.Op) -> tuple[ops.Var, ...]:
    match op:
        case ops.Iterate(_, iterable, _, _):
            return (iterable,)
        case ops.Suspend("await", str() as value, _, _):
            return (value,)
        case ops.Call() if ENDS.search(op.method):
            given = (*op.args, *(var for _, var in op.keywords)) if op.awaited else ()
            return given if op.receiver is None else (op.receiver, *given)
        case ops.Call() if op.method in AWAITING:
            return op.args
        case _:
            return ()
