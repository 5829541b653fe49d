"""Outlooks: what a task does that finds state set, up to where it uses it, waits, or gives up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph

WAITING = frozenset(("wait", "wait_for", "sleep", "acquire", "join", "shield", "gather"))
LOOKUPS = frozenset(("get", "__getitem__", "setdefault"))


@dataclass(frozen=True, slots=True)
class Sought:
    """What counts as use: of the state itself if `whole`, of the attributes `parts`, or a call that `reaches` any.

    `name` is the attribute or global; `spared` are methods of the object that are no use of it, like closing it.
    """

    name: str
    whole: bool
    parts: frozenset[str]
    spared: Callable[[str], bool]
    reaches: Callable[[ops.Call], bool]


@dataclass(frozen=True, slots=True)
class Outlook:
    """The first use, if there is one, and whether a way ends without use, wait or error."""

    use: int | None
    ends: bool


def outlook(graph: Graph, start: int, sought: Sought) -> Outlook:
    """Follow the normal ways from a block."""
    held = _denoting(graph, sought.name)
    asked = _asked(graph)
    seen: set[int] = set()
    pending, ends = [start], False
    while pending:
        number = pending.pop(0)
        if number in seen:
            continue
        seen.add(number)
        if number == graph.exit:
            ends = True
            continue
        if number == graph.raised:
            continue
        use, on = _through(graph.blocks[number], sought, held, asked)
        if use is not None:
            return Outlook(use, ends)
        if on:
            pending.extend(graph.blocks[number].successors)
    return Outlook(None, ends)


def _through(block: Block, sought: Sought, held: set[ops.Var], asked: set[ops.Var]) -> tuple[int | None, bool]:
    """Go through a block: the use, if there is one, and whether the way leads on."""
    calls = block.calls
    for op in block.ops:
        match op:
            case ops.Acquire() | ops.Raise():
                return None, False
            case ops.Suspend("await", value, _, _) if _waits(value, calls):
                return None, False
            case ops.Test(value, kind, _) if kind != "except" and _about_parts(block, value, held):
                return None, False  # it asks the object itself how it is
            case ops.Call() if op.receiver in held and sought.spared(op.method):
                return None, False
            case _:
                pass
        if _uses(op, sought, held, asked):
            return op.at, False
    return None, True


def _waits(value: ops.Var | None, calls: dict[ops.Var, ops.Call]) -> bool:
    call = calls.get(value or "")
    # What is awaited and is no call is a future or a task: somebody else's work.
    return call is None or call.method in WAITING


def _uses(op: ops.Op, sought: Sought, held: set[ops.Var], asked: set[ops.Var]) -> bool:
    match op:
        case ops.LoadAttr(into, base, name, _):
            if name in sought.parts:
                return True
            return sought.whole and base in held and into not in asked
        case ops.Call() if op.into not in asked:
            own = sought.whole and not _looks_up(op) and (op.receiver in held or not held.isdisjoint(op.args))
            return own or sought.reaches(op)
        case ops.Return(value, _) if value is not None:
            return sought.whole and value in held
        case ops.Enter(_, context, _, _):
            return sought.whole and context in held
        case _:
            return False


def _looks_up(call: ops.Call) -> bool:
    return call.method in LOOKUPS and not call.awaited


def _denoting(graph: Graph, name: str) -> set[ops.Var]:
    """Return the variables that hold the state, or an element of it."""
    held: set[ops.Var] = set()
    grown = -1
    while grown != len(held):
        grown = len(held)
        for block in graph.blocks:
            for op in block.ops:
                match op:
                    case ops.LoadAttr(into, _, loaded, _) if loaded == name:
                        held.add(into)
                    case ops.Move(into, source, _) if source in held:
                        held.add(into)
                    case ops.LoadItem(into, base, _, _, _, _) if base in held:
                        held.add(into)
                    case ops.Call() if op.receiver in held and _looks_up(op):
                        held.add(op.into)
                    case _:
                        pass
    return held


def _asked(graph: Graph) -> set[ops.Var]:
    """Return the variables that only tests are made of."""
    asked = {op.value for block in graph.blocks for op in block.ops if isinstance(op, ops.Test)}
    answers = {op.into for block in graph.blocks for op in block.ops if isinstance(op, ops.Suspend)} | set(graph.calls)
    grown = -1
    while grown != len(asked):
        grown = len(asked)
        for block in graph.blocks:
            for op in block.ops:
                match op:
                    case ops.Compute() if op.into in asked:
                        asked.update(op.args)
                    case ops.Suspend(_, str() as value, into, _) if into in asked:
                        asked.add(value)
                    case ops.LoadAttr(into, base, _, _) if into in asked and base in answers:
                        asked.add(base)  # a part of an answer
                    case _:
                        pass
    return asked


def _about_parts(block: Block, value: ops.Var, held: set[ops.Var]) -> bool:
    """Tell whether a test is about an attribute or the answer of what the state holds."""
    parts: set[ops.Var] = set()
    for op in block.ops:
        match op:
            case ops.LoadAttr(into, base, _, _) if base in held or base in parts:
                parts.add(into)
            case ops.Call() if (op.receiver in held and not _looks_up(op)) or op.receiver in parts:
                parts.add(op.into)
            case ops.Compute(into, _, args, _) if not parts.isdisjoint(args):
                parts.add(into)
            case ops.Suspend(_, source, into, _) if into is not None and source in parts:
                parts.add(into)
            case _:
                pass
    return value in parts


@dataclass(frozen=True, slots=True)
class Question:
    """A test of state: at which op, and the blocks that follow where it is set and where it is not."""

    at: int
    set: int
    unset: int


def questions(graph: Graph, name: str, closed: bool) -> Iterator[Question]:
    """Yield the tests of an attribute or global, or of an element of it; `closed` is the truth that it has when set."""
    for block in graph.blocks:
        last = block.ops[-1] if block.ops else None
        if not isinstance(last, ops.Test) or last.kind in ("except", "assert") or len(block.successors) != 2:
            continue
        truth = _truths(block, name).get(last.value)
        if truth is not None:
            way = 0 if truth == closed else 1
            yield Question(last.at, block.successors[way], block.successors[1 - way])


def _truths(block: Block, name: str) -> dict[ops.Var, bool]:
    """Return what variables of a block are when the state is: the same, or the contrary."""
    truth: dict[ops.Var, bool] = {}
    nothing: set[ops.Var] = set()
    for op in block.ops:
        match op:
            case ops.Const(into, text, _) if text == "None":
                nothing.add(into)
            case ops.LoadAttr(into, _, loaded, _) if loaded == name:
                truth[into] = True
            case ops.Move(into, source, _) if source in truth:
                truth[into] = truth[source]
            case ops.LoadItem(into, base, _, _, _, _) if base in truth:
                truth[into] = True
            case ops.Call() if op.receiver in truth and _looks_up(op):
                truth[op.into] = True
            case ops.Compute(into, kind, args, _):
                if (known := _computed(kind, args, truth, nothing)) is not None:
                    truth[into] = known
            case _:
                pass
    return truth


def _computed(kind: str, args: tuple[ops.Var, ...], truth: dict[ops.Var, bool], nothing: set[ops.Var]) -> bool | None:
    if kind == "not" and args[0] in truth:
        return not truth[args[0]]
    if len(args) != 2:
        return None
    if kind in ("is", "is not") and args[0] in truth and args[1] in nothing:
        return kind == "is not"
    if kind in ("in", "not in") and args[1] in truth:
        return kind == "in"
    return None
