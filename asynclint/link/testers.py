"""Who asks for state: the tests, waits and early ways out of a function that depend on an attribute."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.flow.leaks import idle
from asynclint.flow.liveness import variables
from asynclint.ir import ops
from asynclint.ir.graph import FunctionIR, Graph

WAITING = frozenset(("wait", "wait_for"))
ELEMENT = frozenset(("get", "pop", "popleft", "setdefault"))
ENDING = frozenset(("cancel", "close", "done", "cancelled"))
"""Methods of an element that do no harm to one that nobody waits for any more."""
RESOLVING = frozenset(("set_result", "set_exception"))
"""The same, where it has not been cancelled: they answer whoever put it there."""
TAKING = frozenset(("pop", "popleft", "popitem"))
LOOKING = frozenset(("len", "list", "tuple", "set", "sorted", "dict", "str", "repr", "print", "bool", "id"))


def asks(ir: FunctionIR, name: str) -> int | None:
    """Return the op at which a function decides or waits by an attribute or global of this name."""
    derived: set[ops.Var] = set()
    for block in ir.graph.blocks:
        for op in block.ops:
            match op:
                case ops.LoadAttr(into, _, loaded, _) if loaded == name:
                    derived.add(into)
                case ops.Test(value, kind, at) if value in derived and kind != "except":
                    return at
                case ops.Call(_, _, receiver, method, _, _, _, _, True, at) if receiver in derived:
                    if method in WAITING:
                        return at
                case _:
                    made = getattr(op, "into", None)
                    if made is not None and derived.intersection(_inputs(op)):
                        derived.add(made)
    return None


def heeds(ir: FunctionIR, name: str) -> int | None:
    """Return the op at which a function waits for an event of this name, or decides by whether it is set.

    Whether there is an event at all is another question.
    """
    events: set[ops.Var] = set()
    told: set[ops.Var] = set()
    for block in ir.graph.blocks:
        for op in block.ops:
            match op:
                case ops.LoadAttr(into, _, loaded, _) if loaded == name:
                    events.add(into)
                case ops.Move(into, source, _) if source in events:
                    events.add(into)
                case ops.Call(into, _, receiver, "is_set") if receiver in events:
                    told.add(into)
                case ops.Call(_, _, receiver, "wait", at=at) if receiver in events:
                    return at
                case ops.Test(value, _, at) if value in told:
                    return at
                case ops.Move() | ops.Compute() if told.intersection(_inputs(op)):
                    told.add(op.into)
                case _:
                    pass
    return None


def answers(ir: FunctionIR, name: str) -> int | None:
    """Return the op at which a function decides by a container, does something to an element, or hands it on whole."""
    asked = asks(ir, name)
    if asked is not None:
        return asked
    return next((op.at for op in _deeds(ir, name) if op.method not in ENDING), None)


def only_resolves(ir: FunctionIR, name: str) -> bool:
    """Tell whether a function does nothing with the elements of a container but to tell who waits for one how it went.

    One that nobody waits for any more keeps out nobody.
    """
    deeds = {op.method for op in _deeds(ir, name)}
    return not deeds.isdisjoint(RESOLVING) and deeds <= RESOLVING | ENDING


def only_takes(ir: FunctionIR, name: str) -> bool:
    """Tell whether all that a function does with a container is to take out what stands under a key, or everything.

    What a failure has left there is gone then, and keeps out nobody.
    """
    whole: set[ops.Var] = set()
    taken = False
    for number, block in enumerate(ir.graph.blocks):
        for op in block.ops:
            match op:
                case ops.LoadAttr(into, _, loaded, _) if loaded == name:
                    whole.add(into)
                case ops.Call(_, _, receiver, method, args) if receiver in whole:
                    takes = method in TAKING and (args or _until_empty(ir.graph, number, whole))
                    if method != "clear" and not takes:
                        return False
                    taken = True
                case ops.Test() | ops.Compute(_, "not" | "in" | "not in"):
                    pass
                case _ if whole.intersection(variables(op)):
                    return False
                case _:
                    pass
    return taken


def _until_empty(graph: Graph, taking: int, whole: set[ops.Var]) -> bool:
    """Tell whether a block comes to a test of a container, and from there back to itself."""
    return any(
        taking in graph.ahead(number) and number in graph.ahead(taking)
        for number, block in enumerate(graph.blocks)
        if any(isinstance(op, ops.Test) and op.value in whole for op in block.ops)
    )


def _deeds(ir: FunctionIR, name: str) -> Iterator[ops.Call]:
    """Yield the calls of elements of a container, and those that are handed all of it."""
    whole, elements = _parts(ir, name)
    for block in ir.graph.blocks:
        for op in block.ops:
            match op:
                case ops.Call(_, _, receiver) if receiver in elements:
                    yield op
                case ops.Call(_, callee, _, _, args, keywords) if callee not in LOOKING:
                    if whole.intersection((*args, *(var for _, var in keywords))):
                        yield op
                case _:
                    pass


def _parts(ir: FunctionIR, name: str) -> tuple[set[ops.Var], set[ops.Var]]:
    """Return the variables that hold a container or what goes over it, and those that hold an element."""
    whole: set[ops.Var] = set()
    elements: set[ops.Var] = set()
    for block in ir.graph.blocks:
        for op in block.ops:
            match op:
                case ops.LoadAttr(into, _, loaded, _) if loaded == name:
                    whole.add(into)
                case ops.Move(into, source, _) if source in whole or source in elements:
                    (whole if source in whole else elements).add(into)
                case ops.LoadItem(into, base, _, _, _, _) if base in whole:
                    elements.add(into)
                case ops.Iterate(into, iterable, _, _) if iterable in whole:
                    elements.add(into)
                case ops.Call(into, _, receiver, method, _, _, _, _, _, _) if receiver in whole:
                    (elements if method in ELEMENT else whole).add(into)
                case _:
                    pass
    return whole, elements


def gives_up(ir: FunctionIR, name: str) -> int | None:
    """Return the op at which a function does nothing more, or waits, because an attribute is true.

    The value is followed through `not` and through locals of one block; a comparison is not followed.
    """
    for block in ir.graph.blocks:
        truth: dict[ops.Var, bool] = {}
        for op in block.ops:
            match op:
                case ops.LoadAttr(into, _, loaded, _) if loaded == name:
                    truth[into] = True
                case ops.Move(into, source, _) if source in truth:
                    truth[into] = truth[source]
                case ops.Compute(into, "not", (source,), _) if source in truth:
                    truth[into] = not truth[source]
                case ops.Test(value, kind, at) if value in truth and kind != "except" and len(block.successors) == 2:
                    taken, other = block.successors if truth[value] else block.successors[::-1]
                    if idle(ir.graph, taken) and not idle(ir.graph, other):
                        return at
                case _:
                    pass
    return None


def _inputs(op: ops.Op) -> Iterator[ops.Var]:
    match op:
        case ops.Move(_, source, _):
            yield source
        case ops.Compute(_, _, args, _):
            yield from args
        case ops.LoadItem(_, base, _, _, _, _):
            yield base
        case ops.Call(_, _, receiver, _, args):
            yield from args
            if receiver is not None:
                yield receiver
        case _:
            return
