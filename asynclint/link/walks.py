"""Walks: what a loop goes over by way of a helper, be it a generator or what returns a view of a container."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from asynclint.flow.transfer import VIEWERS, VIEWS
from asynclint.flow.ways import body_of
from asynclint.ir import ops
from asynclint.ir.graph import FunctionIR, Graph
from asynclint.ir.places import CLOSURE, MODULE
from asynclint.link.rename import bound

YIELDS = ("yield", "yield from")


@dataclass(frozen=True, slots=True)
class Walk:
    """A container that a generator goes over while it yields: the attributes `names` from a parameter or the module."""

    root: ops.Var
    names: tuple[str, ...]


def live_sources(blocks: Iterable[Collection[ops.Op]]) -> frozenset[ops.Var]:
    """Return the variables that a loop goes over as they are: what it is given, and what that is a view of."""
    steps: list[tuple[ops.Var, ops.Var]] = []
    found: set[ops.Var] = set()
    for block in blocks:
        for op in block:
            match op:
                case ops.Iterate(_, iterable, False, _):
                    found.add(iterable)
                case ops.Move(into, source, _):
                    steps.append((into, source))
                case ops.Call(into, _, str() as receiver, method, _) if method in VIEWS:
                    steps.append((into, receiver))
                case ops.Call(into, _, None, method, args) if method in VIEWERS:
                    steps.extend((into, arg) for arg in args)
                case _:
                    pass
    before = -1
    while before != (before := len(found)):
        found.update(source for into, source in steps if into in found)
    return frozenset(found)


def gone_over(graph: Graph) -> frozenset[str]:
    """Return the names of the attributes that the loops of a graph go over."""
    live = live_sources(block.ops for block in graph.blocks)
    loads = (op for block in graph.blocks for op in block.ops if isinstance(op, ops.LoadAttr))
    return frozenset(load.name for load in loads if load.into in live)


def walk_of(ir: FunctionIR) -> Walk | None:
    """Return the container that a generator goes over, the first of several; none where it only goes over copies."""
    made: dict[ops.Var, ops.Op] = {}
    for block in ir.graph.blocks:
        made.update((into, op) for op in block.ops if (into := getattr(op, "into", None)))
    params = {param.name for param in ir.params if not param.variadic}
    return next((walk for var in _walked(ir.graph) if (walk := _traced(var, made, params)) is not None), None)


def _walked(graph: Graph) -> Iterator[ops.Var]:
    """Yield what a generator goes over in loops that yield, and what it hands on as a whole."""
    for number, block in enumerate(graph.blocks):
        for op in block.ops:
            match op:
                case ops.Iterate(_, iterable, False, _) if any(map(_yields, body_of(graph, number))):
                    yield iterable
                case ops.Compute(_, "yield from", (source,), _, _, _):
                    yield source
                case _:
                    pass


def _yields(op: ops.Op) -> bool:
    return isinstance(op, ops.Compute) and op.kind in YIELDS


def _traced(var: ops.Var, made: dict[ops.Var, ops.Op], params: Collection[ops.Var]) -> Walk | None:
    """Return the parameter, and the attributes from there, that a variable is a view of."""
    names: list[str] = []
    for _ in range(len(made) + 1):
        match made.get(var):
            case ops.Move(_, source, _):
                var = source
            case ops.Call(_, _, str() as receiver, method, _) if method in VIEWS and not names:
                var = receiver
            case ops.Call(_, _, None, method, (first, *_)) if method in VIEWERS and not names:
                var = first
            case ops.LoadAttr(_, base, name, _) if base != CLOSURE:
                names.insert(0, name)
                var = base
            case None if var in params or var == MODULE:
                return Walk(var, tuple(names))
            case _:
                return None
    return None


def stepping(call: ops.Call, ir: FunctionIR, walk: Walk, module: ops.Var) -> list[ops.Op]:
    """Return what stands for the call of a generator in a loop: an iterator over the container that it goes over."""
    moves = (move for move in bound(call, ir.params, "") if isinstance(move, ops.Move))
    base = module if walk.root == MODULE else next((move.source for move in moves if move.into == walk.root), None)
    if base is None:
        return [call]
    steps: list[ops.Op] = []
    for number, name in enumerate(walk.names):
        steps.append(ops.LoadAttr(f"{call.into}.{number}", base, name, call.at))
        base = f"{call.into}.{number}"
    none = frozenset[str]()
    return [*steps, ops.Call(call.into, "iter", None, "iter", (base,), (), ("",), (none,), False, call.at)]
