"""What a call passes on: what its caller knows of the arguments, and of the object that the method runs on."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.ir import ops
from asynclint.ir.graph import Param
from asynclint.link.bodies import Body
from asynclint.link.truths import OWN, Draft, Fact, Spot, constant
from asynclint.link.ways import ANYTHING, Passed


def passed(caller: Body, call: ops.Call, callee: Body, draft: Draft) -> Passed:
    """Return what is known at the beginning of a function that a call runs."""
    params = callee.ir.params
    first = params[0] if params and params[0].kind != "param" else None
    if first is not None and call.receiver is None and not call.callee.startswith("super()."):
        return ANYTHING
    if first is not None and call.receiver is not None and _is_class(caller, call.receiver):
        return ANYTHING
    facts: list[tuple[Spot, Fact]] = []
    if first is not None:
        spot = draft.spot(call.receiver) if call.receiver is not None else OWN
        facts.extend(((*OWN, *rest), fact) for rest, fact in draft.under(spot))
    elif callee.function.facts.parent == caller.function.name:
        facts.extend(((*OWN, *rest), fact) for rest, fact in draft.under(OWN))
    known: list[tuple[str, Fact]] = []
    for name, value in _bound(caller, call, params[1:] if first is not None else params):
        if isinstance(value, Fact):
            known.append((name, value))
            continue
        known.append((name, draft.known(value).fact))
        facts.extend(((name, *rest), fact) for rest, fact in draft.under(draft.spot(value)))
    return Passed(frozenset(pair for pair in known if pair[1] != Fact()), frozenset(facts))


def _is_class(caller: Body, receiver: ops.Var) -> bool:
    """Tell whether a method is called on its class, and handed the object as an argument."""
    text = caller.rewriter.describe(receiver)
    program = caller.rewriter.locks.resolver.program
    return bool(text) and program.find_class(caller.function.path, text) is not None


def _bound(caller: Body, call: ops.Call, params: tuple[Param, ...]) -> Iterator[tuple[str, ops.Var | Fact]]:
    """Yield for each parameter what the call gives it, or what is known of its default."""
    starred = any(isinstance(made, ops.Compute) and made.kind == "star" for made in map(caller.source, call.args))
    given = dict(call.keywords)
    positional = [param for param in params if not param.variadic and not param.keyword_only]
    by_place = {} if starred else dict(zip((param.name for param in positional), call.args, strict=False))
    for param in params:
        value = by_place.get(param.name) or given.get(param.name)
        if param.variadic:
            continue
        if value is not None:
            yield param.name, value
        elif not starred and "**" not in given and _is_constant(param.default):
            yield param.name, constant(param.default)


def _is_constant(text: str) -> bool:
    return text in ("None", "True", "False") or text[:1] in ("'", '"') or text.isdecimal()
