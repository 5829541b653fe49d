"""Live variables: those that an op further on still names (the textbook backward analysis, on bit masks)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from asynclint.flow.solver import ranks
from asynclint.ir import ops
from asynclint.ir.graph import Graph


@dataclass(frozen=True, slots=True)
class Live:
    """The variables that are named from the beginning of each block on, and from its end on unless it raises."""

    _before: list[int]
    _after: list[int]
    _names: list[ops.Var]
    _sets: dict[int, frozenset[ops.Var]] = field(default_factory=dict, repr=False, compare=False)

    def before(self, block: int) -> frozenset[ops.Var]:
        """Return the variables that are named from the beginning of a block on."""
        return self._set(self._before[block])

    def after(self, block: int) -> frozenset[ops.Var]:
        """Return the variables that are named from the end of a block on, unless it raises."""
        return self._set(self._after[block])

    def _set(self, mask: int) -> frozenset[ops.Var]:
        known = self._sets.get(mask)
        if known is None:
            known = self._sets[mask] = _set(mask, self._names)
        return known


def live(graph: Graph) -> Live:
    """Return which variables are live where; a block may raise at any of its ops."""
    bits: dict[ops.Var, int] = {}
    used, made = zip(*(_named(block.ops, bits) for block in graph.blocks), strict=True)
    before, after = list(used), [0] * len(used)
    order = sorted(range(len(used)), key=ranks(graph, reverse=True).__getitem__, reverse=True)
    changed = True
    while changed:
        changed = False
        for number in order:
            block = graph.blocks[number]
            out = 0
            for way in block.successors:
                out |= before[way]
            found = used[number] | out & ~made[number] | (before[block.handler] if block.ops else 0)
            after[number] = out
            if found != before[number]:
                before[number] = found
                changed = True
    return Live(before, after, list(bits))


def _named(block: tuple[ops.Op, ...], bits: dict[ops.Var, int]) -> tuple[int, int]:
    """Return the variables that a block names before it makes them, and those that it makes."""
    used = made = 0
    for op in block:
        for var in variables(op):
            bit = bits.setdefault(var, 1 << len(bits))
            if not made & bit:
                used |= bit
        target = op.call.into if isinstance(op, ops.Mutate) else getattr(op, "into", None)
        if target is not None:
            made |= bits.setdefault(target, 1 << len(bits))
    return used, made


def _set(mask: int, names: list[ops.Var]) -> frozenset[ops.Var]:
    found: list[ops.Var] = []
    while mask:
        low = mask & -mask
        found.append(names[low.bit_length() - 1])
        mask ^= low
    return frozenset(found)


def variables(op: ops.Op) -> list[ops.Var]:
    """Return the variables that an op names."""
    if isinstance(op, ops.Mutate):
        return variables(op.call)
    if isinstance(op, ops.Call):
        found = [*op.args, *(var for _, var in op.keywords)]
        return [*found, op.receiver] if op.receiver is not None else found
    single, many = _FIELDS[type(op)]
    found = [value for name in single if (value := getattr(op, name)) is not None]
    for name in many:
        found.extend(getattr(op, name))
    return found


_SINGLE = frozenset(("base", "key", "value", "source", "context", "lock", "iterable", "var", "over"))
_MANY = frozenset(("args", "parts"))
_FIELDS: dict[type, tuple[tuple[str, ...], tuple[str, ...]]] = {
    kind: (
        tuple(field.name for field in fields(kind) if field.name in _SINGLE),
        tuple(field.name for field in fields(kind) if field.name in _MANY),
    )
    for kind in ops.Op.__args__
}
