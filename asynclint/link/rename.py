"""Variables of an inlined function, made unlike those of its caller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter

from asynclint.ir import ops
from asynclint.ir.graph import Param
from asynclint.ir.places import CLOSURE, MODULE


@dataclass(frozen=True, slots=True)
class Renaming:
    """How the ops of one frame are renamed: a suffix for its variables, an offset for its places.

    `outer` is the suffix of the enclosing function's variables where that is in the same graph; `keys` maps a
    parameter that is used as a key to the key that the caller passes.
    """

    frame: int
    base: int
    outer: str | None
    module: str
    params: tuple[Param, ...]
    keys: tuple[tuple[str, str, frozenset[str]], ...] = ()
    _vars: dict[ops.Var, ops.Var] = field(default_factory=dict, repr=False, compare=False)
    """The variables renamed so far: each is named by several ops."""

    @staticmethod
    def suffix_of(frame: int) -> str:
        """Return what the variables of a frame end in."""
        return f"'{frame}" if frame else ""

    def called(self, call: ops.Op) -> Renaming:
        """Return the renaming with what the call passes for each parameter as a key."""
        if not isinstance(call, ops.Call):
            return self
        params = [param for param in self.params if param.kind == "param" and not param.variadic]
        pairs = zip(params, call.texts, call.names, strict=False)
        return replace(self, keys=tuple((param.name, text, names) for param, text, names in pairs if text))

    def var(self, name: ops.Var) -> ops.Var:
        """Rename a variable."""
        known = self._vars.get(name)
        if known is None:
            known = self.module if name == MODULE else name if name == CLOSURE else name + self.suffix_of(self.frame)
            self._vars[name] = known
        return known

    def plain(self, name: ops.Var) -> ops.Var:
        """Undo `var`."""
        if name == self.module:
            return MODULE
        suffix = self.suffix_of(self.frame)
        return name.removesuffix(suffix) if suffix else name

    def original(self, call: ops.Call) -> ops.Call:
        """Return a call as it was before renaming, as far as its callee goes."""
        if not self.frame and self.module == MODULE:
            return call
        receiver = self.plain(call.receiver) if call.receiver is not None else None
        return replace(call, receiver=receiver, into=self.plain(call.into))

    def op(self, op: ops.Op) -> ops.Op:
        """Rename an op."""
        moved = _closure(self, op)
        if moved is not None:
            return moved
        if not self.frame:
            return op
        return _RENAMERS[type(op)](self, op)

    def key(self, text: str, names: frozenset[str]) -> tuple[str, frozenset[str]]:
        """Return a key's text and variables as they are called here."""
        for param, passed, passed_names in self.keys:
            if text == param:
                return passed, passed_names
        suffix = self.suffix_of(self.frame)
        first = self.params[0] if self.params else None
        if not suffix or not names or (first is not None and first.kind == "self" and names == {first.name}):
            return text, names  # helpers run on the same object, so `self.key` is the same key in each
        return text + suffix, frozenset(name + suffix for name in names)


def _closure(renaming: Renaming, op: ops.Op) -> ops.Op | None:
    """Return the access to an enclosing function's variable as one to a local, where both are in the graph."""
    match op:
        case ops.LoadAttr(into, base, "self" | "cls", at) if base == CLOSURE and renaming.outer is None:
            return ops.Move(renaming.var(into), "self", at + renaming.base)
        case ops.LoadAttr(into, base, name, at) if base == CLOSURE and renaming.outer is not None:
            return ops.Move(renaming.var(into), name + renaming.outer, at + renaming.base)
        case ops.StoreAttr(base, name, value, at, _) if base == CLOSURE and renaming.outer is not None:
            return ops.Move(name + renaming.outer, renaming.var(value), at + renaming.base)
        case _:
            return None


SINGLE = frozenset(("into", "base", "key", "value", "source", "receiver", "context", "lock", "iterable", "var", "over"))
MANY = frozenset(("args", "parts"))


def _renamer(kind: type, make: Callable[..., ops.Op]) -> Callable[[Renaming, ops.Op], ops.Op]:
    """Build the function that renames one kind of op, from the names of its fields."""
    names = [one.name for one in fields(kind)]
    all_of = attrgetter(*names)
    single = [place for place, name in enumerate(names) if name in SINGLE]
    many = [place for place, name in enumerate(names) if name in MANY]
    at, text = names.index("at"), names.index("text") if {"text", "names"} <= {*names} else None

    def rename(renaming: Renaming, op: ops.Op) -> ops.Op:
        values = list(all_of(op))
        var = renaming.var
        values[at] += renaming.base
        for place in single:
            if values[place] is not None:
                values[place] = var(values[place])
        for place in many:
            values[place] = tuple(map(var, values[place]))
        if text is not None:
            values[text], values[text + 1] = renaming.key(values[text], values[text + 1])
        return make(*values)

    return rename


def _rename_call(renaming: Renaming, op: ops.Op) -> ops.Op:
    assert isinstance(op, ops.Call)
    keys = [renaming.key(text, used) for text, used in zip(op.texts, op.names, strict=False)]
    var = renaming.var
    return ops.Call(
        var(op.into),
        op.callee,
        var(op.receiver) if op.receiver is not None else None,
        op.method,
        tuple(map(var, op.args)),
        tuple([(name, var(value)) for name, value in op.keywords]),
        tuple([text for text, _ in keys]),
        tuple([used for _, used in keys]),
        op.awaited,
        op.at + renaming.base,
        op.quiet,
    )


def _rename_mutate(renaming: Renaming, op: ops.Op) -> ops.Op:
    assert isinstance(op, ops.Mutate)
    call = _RENAMERS[ops.Call](renaming, op.call)
    assert isinstance(call, ops.Call)
    return ops.Mutate(call, call.at)


_RENAMERS: dict[type, Callable[[Renaming, ops.Op], ops.Op]] = {
    kind: _renamer(kind, kind) for kind in ops.Op.__args__ if kind not in (ops.Mutate, ops.Call)
}
_RENAMERS[ops.Mutate] = _rename_mutate
_RENAMERS[ops.Call] = _rename_call


def bound(op: ops.Op, parameters: Sequence[Param], suffix: str) -> list[ops.Op]:
    """Return the moves that bind a callee's parameters, as they are called there, to what a call or load gives it."""
    params = list(parameters)
    moves: list[ops.Op] = []
    receiver = op.base if isinstance(op, ops.LoadAttr) else op.receiver if isinstance(op, ops.Call) else None
    if params and params[0].kind != "param":
        moves.append(ops.Move(params[0].name + suffix, receiver or "self", op.at))
        params = params[1:]
    if not isinstance(op, ops.Call):
        return moves
    positional = [param for param in params if not param.keyword_only and not param.variadic]
    moves.extend(ops.Move(p.name + suffix, arg, op.at) for p, arg in zip(positional, op.args, strict=False))
    known = {param.name for param in params if not param.variadic}
    moves.extend(ops.Move(name + suffix, var, op.at) for name, var in op.keywords if name in known)
    others = (*op.args[len(positional) :], *(var for name, var in op.keywords if name not in known))
    moves.extend(ops.New(p.name + suffix, "tuple", others, op.at) for p in params if p.variadic)
    return moves
