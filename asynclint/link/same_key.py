"""Keys that an answer names again: `user = await fetch(uid)` where there was no `uid`, then `users[user.id] = user`.

What was looked for under one key, and is put in under a part of what was told of that key, is put in where it was
looked for: the key is written as it was in the check, so that both are one element.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from asynclint.flow.agreement import comparison
from asynclint.flow.makers import Held, Makers, part_of
from asynclint.flow.moves import origins
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph
from asynclint.ir.walk import reached


class _Look(NamedTuple):
    """A test that has found nothing under a key: its block, which successor that is, and the key in a container."""

    block: int
    absent: int
    container: str
    key: ops.Var
    text: str
    names: frozenset[str]


def named_as_asked(graph: Graph) -> Graph:
    """Return the graph with keys that are a part of what was told of another named like that one."""
    stores = [
        (number, place, op)
        for number, block in enumerate(graph.blocks)
        for place, op in enumerate(block.ops)
        if isinstance(op, ops.StoreItem) and op.text and not op.augmented
    ]
    spelled = _Spelled(graph) if stores else None
    looks = [look for number in range(len(graph.blocks)) for look in _looks(graph, number, spelled)] if spelled else []
    if not spelled or not looks:
        return graph
    makers, blocks = Makers.of(graph), list(graph.blocks)
    for number, place, store in stores:
        container = spelled.of(store.base)
        about = [one for one in looks if one.container == container and one.text != store.text and one.names]
        told = _told(graph, makers, (number, place, store.key)) if about else frozenset[ops.Var]()
        look = next((one for one in about if one.names <= told and _only_where_absent(graph, one, number)), None)
        if look is not None:
            ops_there = list(blocks[number].ops)
            ops_there[place] = replace(store, key=look.key, text=look.text, names=look.names)
            blocks[number] = replace(blocks[number], ops=tuple(ops_there))
    return replace(graph, blocks=tuple(blocks)) if blocks != list(graph.blocks) else graph


def _told(graph: Graph, makers: Makers, key: Held) -> frozenset[ops.Var]:
    """Return the variables that the calls were given of whose answer a key is a part; none if it is anything else."""
    given: list[frozenset[ops.Var]] = []
    for held, made in makers.behind(key, _answer):
        if made is None:
            return frozenset()
        if isinstance(made, ops.Call) and _is_waited_for(graph, held, made):
            given.append(_given(graph, made))
        elif _answer(made) is None:
            return frozenset()
    return given[0].intersection(*given[1:]) if given else frozenset()


def _answer(op: ops.Op) -> ops.Var | None:
    """Return the variable of which an op gives all, or a part that it is known by."""
    match op:
        case ops.LoadAttr(_, whole) | ops.LoadItem(_, whole):
            return whole
        case ops.New(_, "tuple", (first, *_)) | ops.Compute(_, "fstring", (first, *_)):
            return first
        case _:
            return part_of(op)


def _is_waited_for(graph: Graph, held: Held, call: ops.Call) -> bool:
    ops_there = graph.blocks[held[0]].ops
    return call.awaited or any(isinstance(op, ops.Suspend) and op.value == call.into for op in ops_there)


def _given(graph: Graph, call: ops.Call) -> frozenset[ops.Var]:
    """Return the variables of which the arguments of a call are made, as far as they are spelled there."""
    direct = (*call.args, *(var for _, var in call.keywords))
    return frozenset().union(*(origins(graph, var) for var in direct), *call.names)


def _only_where_absent(graph: Graph, look: _Look, number: int) -> bool:
    """Tell whether every way to a block has found nothing where a test looks, when it was made last."""
    ways = graph.blocks[look.block].successors
    starts = (graph.entry, ways[1 - look.absent])
    return number not in reached(starts, lambda one: () if one == look.block else graph.edges[one])


def _looks(graph: Graph, number: int, spelled: _Spelled) -> Iterator[_Look]:
    """Yield what a block looks for under a key, if the test that ends it tells whether there is anything."""
    block = graph.blocks[number]
    last = block.ops[-1] if block.ops else None
    if not isinstance(last, ops.Test) or len(block.successors) != 2:
        return
    op, present = _asked(block, last)
    match op:
        case ops.Compute(_, "in" | "not in" as kind, (key, container)):
            yield _Look(number, int((kind == "in") == present), spelled.of(container), key, op.text, op.names)
        case ops.Call(_, _, str() as receiver, "get", (key, *_), _, (text, *_), (names, *_)):
            yield _Look(number, int(present), spelled.of(receiver), key, text, names)
        case ops.LoadItem(_, base, key, text, names) if last.kind == "found":
            yield _Look(number, int(present), spelled.of(base), key, text, names)


def _asked(block: Block, test: ops.Test) -> tuple[ops.Op | None, bool]:
    """Return the op whose outcome a test asks for, and whether it is the first way where there is something."""
    made: dict[str | None, ops.Op] = {getattr(op, "into", None): op for op in block.ops}
    var, present = test.value, True
    for _ in block.ops:
        match made.get(var):
            case ops.Move(_, source):
                var = source
            case ops.Compute(_, "not", (inner,)):
                var, present = inner, not present
            case ops.Compute(_, kind, (inner, nothing)) if comparison(kind)[0] and _is_none(made.get(nothing)):
                var, present = inner, present == (kind in ("is not", "!="))
            case _:
                break
    return made.get(var), present


def _is_none(op: ops.Op | None) -> bool:
    return isinstance(op, ops.Const) and op.text == "None"


class _Spelled:
    """By which attributes of which variables containers are come to."""

    def __init__(self, graph: Graph) -> None:
        self._made: dict[ops.Var, list[ops.LoadAttr | ops.Move]] = defaultdict(list)
        for op in (op for block in graph.blocks for op in block.ops):
            if isinstance(op, ops.LoadAttr | ops.Move):
                self._made[op.into].append(op)

    def of(self, var: ops.Var) -> str:
        """Return a dotted name; what has several makers is itself."""
        steps: list[str] = []
        seen: set[ops.Var] = set()
        while len(found := self._made.get(var, [])) == 1 and var not in seen:
            seen.add(var)
            match found[0]:
                case ops.LoadAttr(_, base, name):
                    steps.append(name)
                    var = base
                case ops.Move(_, source):
                    var = source
        return ".".join((var, *reversed(steps)))
