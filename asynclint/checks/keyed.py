"""Whether what is in a container stands under keys, which stay those of their elements, or at positions, which move."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.containers import holds_lists, is_keyed, is_listed
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.ir.places import Path
from asynclint.link.program import Function
from asynclint.link.view import FunctionView

ASKED = frozenset(("keys", "items", "values", "get", "setdefault", "popitem"))
"""Methods that mappings have, and lists have not."""
WHOLE = frozenset(("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "-", "&", "|", "^"))
"""What gives elements of what it is made of, as they are."""
LEFT = frozenset(("keys", "copy", "difference", "intersection", "union", "symmetric_difference"))
"""Methods that do so."""


def has_keys(view: FunctionView, window: Window) -> bool:
    """Tell whether the container of an element is a mapping: by its type, or by how it is used, here or elsewhere."""
    container, facts = window.reading.path, view.attribute(window.reading.path)
    if is_listed(facts) or (container.shape[-1:] == ("[]",) and holds_lists(facts)):
        return False
    return is_keyed(facts) or _is_asked(view, container) or _is_one_of_it(view, window)


def _is_asked(view: FunctionView, container: Path) -> bool:
    """Tell whether somebody calls a method of mappings on it."""
    spelled = ".".join(container.shape).replace(".[]", "[]")
    spelled = f"{container.kind}.{spelled}" if container.kind in ("self", "cls") else spelled
    asked = {f"{spelled}.{method}" for method in ASKED}
    return any(site.callee in asked for one in _users(view, container) for site in one.facts.calls)


def _users(view: FunctionView, container: Path) -> Iterator[Function]:
    program = view.rivals.tasks.resolver.program
    if container.kind in ("self", "cls") and view.cls is not None:
        yield from program.members(view.cls)
    elif container.kind == "global":
        yield from program.modules[view.function.path].all_functions
    else:
        yield view.function


def _is_one_of_it(view: FunctionView, window: Window) -> bool:
    """Tell whether the key is itself one of what a loop over the container gives: nothing counts or looks it up."""
    made: dict[ops.Var, list[ops.Op]] = {}
    pending: list[tuple[ops.Var, bool]] = []
    for op in (op for block in view.assembled.graph.blocks for op in block.ops):
        match op:
            case ops.DeleteItem(_, key, _, _, at) if at == window.at:
                pending.append((key, False))
            case ops.Mutate(call, at) if at == window.at and call.args:
                pending.append((call.args[0], False))
            case ops.Move() | ops.Iterate() | ops.Compute() | ops.New() | ops.LoadAttr() | ops.Call():
                made.setdefault(op.into, []).append(op)
            case _:
                pass
    seen = set[tuple[ops.Var, bool]]()
    while pending:
        var, looped = one = pending.pop()
        if one not in seen:
            seen.add(one)
            if looped and any(isinstance(op, ops.LoadAttr) and op.at == window.reading.at for op in made.get(var, ())):
                return True
            pending.extend(source for op in made.get(var, ()) for source in _sources(op, looped))
    return False


def _sources(op: ops.Op, looped: bool) -> Iterator[tuple[ops.Var, bool]]:
    """Yield what an op takes elements of, where it leaves them as they are, and whether a loop has taken them."""
    match op:
        case ops.Move(_, source, _):
            yield source, looped
        case ops.Iterate(_, source, _, _):
            yield source, True
        case ops.New(_, _, parts, _):
            yield from ((part, looped) for part in parts[:1])
        case ops.Compute(_, kind, args, _) if kind in WHOLE:
            yield from ((arg, looped) for arg in args[:1])
        case ops.Call(_, callee, _, _, args, _) if callee in WHOLE:
            yield from ((arg, looped) for arg in args[:1])
        case ops.Call(_, _, str() as receiver, method) if method in LEFT:
            yield receiver, looped
        case _:
            pass
