"""Whether several tasks are likely to be in a method at once, where nobody in sight calls it so.

A public method can be called twice at once by whoever has the object; most never are. These things tell those that are:
several other methods, which have purposes of their own, make sure of something through it
(`await self._ensure_connected()`); it hands out what it looks for (`return self._session`), as a cache does; or the
class itself guards the state with a lock somewhere. That it is public says nothing. Where the function gives way by a
`yield`, its caller goes on with something else, and may well call what else the object has.
"""

from __future__ import annotations

from asynclint.checks.alone import ALONE, CALLED, Seen, holds_it, in_background, is_alone, is_class_of, is_kept_apart
from asynclint.checks.giving import gives_itself
from asynclint.checks.suspensions import is_yield
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import Attr, Path
from asynclint.link.program import Function
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView
from asynclint.link.witness import TASKS
from asynclint.link.wrapping import wrapped

SEVERAL = 3
GETTERS = frozenset(("get", "setdefault", "pop"))
PASSING = frozenset(("item", "and", "or"))
"""Kinds of computed values that are one of their operands, or a part of it."""


def is_likely(view: FunctionView, rival: Rival, path: Path, slept: int) -> bool:
    """Tell whether a rival is seen to overlap or, where that is a guess, is one that many go through.

    `slept` is the suspension into which it falls.
    """
    if not rival.is_guess:
        return True
    if rival.is_again:
        return is_expected(view, view.function, path)
    # What it has put in place may be a step of many, also where it itself is not.
    gives = not rival.is_self and is_yield(view.assembled.graph, slept) and not _is_step_beside(view, rival.function)
    return is_expected(view, rival.function, path) or gives


def _is_step_beside(view: Seen, other: Function) -> bool:
    """Tell whether only what leads to the function leads to another: who takes what is yielded does not call that."""
    tasks = view.rivals.tasks
    begins = {root.function for root in tasks.roots(other)}
    return other not in begins and begins <= {root.function for root in tasks.roots(view.function)}


def is_expected(view: FunctionView, other: Function, path: Path) -> bool:
    """Tell whether the author expected several tasks: by a lock, or because it is there for whoever asks, or for many.

    That a method is public is no sign of it: most objects are used by one task. Only of a file that is looked at by
    itself, of whose users nothing is in sight, it is all that can be said.
    """
    if guarded(view, path) is not None:
        return True
    if is_kept_apart(view, other):
        return False
    if is_alone(view):
        return gives_itself(view, other)
    lone = view.rivals.tasks.resolver.program.is_lone and _is_asked(view, view.function) and _is_asked(view, other)
    return lone or _is_awaited(view) or _for_whoever_wants(view, other) or in_common_use(view, other, path)


def _for_whoever_wants(view: FunctionView, other: Function) -> bool:
    """Tell whether a framework runs both whenever somebody wants it, and lets nobody wait for the other."""
    tasks = view.rivals.tasks
    return all(any(root.multiplicity == "asked" for root in tasks.roots(one)) for one in (view.function, other))


def _is_asked(view: FunctionView, function: Function) -> bool:
    """Tell whether a function is a public method, no begin or end of a life, and no step of a task."""
    roots = view.rivals.tasks.roots(function)
    if function.short.startswith("_") or any(root.multiplicity in TASKS and not root.within for root in roots):
        return False
    return any(root.function is function and root.multiplicity == "public" for root in roots)


def _is_awaited(view: FunctionView) -> bool:
    """Tell whether the function is what awaiting the object does, and no step of a task."""
    if in_background(view):
        return False
    roots = view.rivals.tasks.roots(view.function)
    return any(root.function.short == "__await__" and root.reach == "own" for root in roots) and _is_for_use(view)


def _is_for_use(view: Seen) -> bool:
    """Tell whether an object that can be awaited is there for more: who has it awaits it first, another may as well."""
    methods = view.rivals.tasks.resolver.program.members(view.cls) if view.cls is not None else ()
    return sum(one.facts.is_async and not one.short.startswith("_") for one in methods) >= SEVERAL


def guarded(view: Seen, path: Path) -> str | None:
    """Return where the state is written under a lock, and which: who wrote that expected several tasks."""
    if path.kind == "param":
        return None
    for other, write in view.rivals.writers(view.function, path):
        for lock in sorted(view.rivals.callers.at(other, write.line)):
            if lock and not _is_of_base(view, other):
                return f"{lock.rpartition(':')[2]} at {other.path}:{write.line}"
    return None


def _is_of_base(view: Seen, other: Function) -> bool:
    """Tell whether a method is of a base class for everybody, and the object by the name of its own for one task."""
    own = view.cls
    program = view.rivals.tasks.resolver.program
    base = program.class_of(other)
    if own is None or base is None or base is own or base not in program.ancestors(own):
        return False
    return any(is_class_of(program, own, names) and not is_class_of(program, base, names) for names in ALONE)


def in_common_use(view: FunctionView, function: Function, path: Path) -> bool:
    """Tell whether a function that nobody in sight is seen to call twice at once is one that many go through."""
    return _serves_others(view, function) or gives_itself(view, function) or is_handed_out(view, function, path)


def is_handed_out(view: FunctionView, function: Function, path: Path) -> bool:
    """Tell whether a function returns what stands at a path, which it may have from a property."""
    graph = view.lowered(function).ir.graph
    if hands_out(graph, path):
        return True
    tasks = view.rivals.tasks
    loaded = {op.name for block in graph.blocks for op in block.ops if isinstance(op, ops.LoadAttr)}
    names = loaded if function.facts.cls is not None else ()
    getters = (tasks.resolver.target(function, f"self.{name}") for name in sorted(names))
    return any(
        getter is not None
        and "property" in getter.facts.decorators
        and hands_out(view.lowered(getter).ir.graph, path)
        and hands_out(graph, Path(path.kind, path.root, (Attr(getter.short),)))
        for getter in getters
    )


def _serves_others(view: Seen, function: Function) -> bool:
    """Tell whether several public methods of the object, or of who holds it, with other purposes lead to a function."""
    tasks = view.rivals.tasks
    roots = (root for root in tasks.roots(function) if root.multiplicity in CALLED)
    program = tasks.resolver.program
    own = program.class_of(function)
    if own is None:
        return len({root.function for root in roots} - {function}) >= SEVERAL
    # A method that fills in one of a base class begins where the base class is used.
    others = (*(caller for caller, _ in tasks.callers(function)), *wrapped(program, function))
    entries = {root.function for root in roots if root.reach == "own" or holds_it(program, root)}
    entries |= {one for one in others if not one.short.startswith("_") and program.class_of(one) in program.family(own)}
    # What is called by one name is one method to who calls it, whichever class fills it in.
    return len({one.short for one in entries - {function}}) >= SEVERAL


def hands_out(graph: Graph, path: Path) -> bool:
    """Tell whether a function returns what stands at a path, or what it puts there."""
    names = [step for step in path.shape if step != "[]"]
    if not names:
        return False
    held = _holders(graph, names[-1])
    return any(isinstance(op, ops.Return) and op.value in held for block in graph.blocks for op in block.ops)


def _holders(graph: Graph, name: str) -> set[ops.Var]:
    """Return the variables that hold an attribute, an element of it, or what is stored there; order is ignored."""
    every = [op for block in graph.blocks for op in block.ops]
    held: set[ops.Var] = set()
    before = -1
    while len(held) != before:
        before = len(held)
        for op in every:
            held.update(_loaded(op, name, held))
            held.update(_handed_on(op, held))
    return held


def _loaded(op: ops.Op, name: str, held: set[ops.Var]) -> tuple[ops.Var, ...]:
    """Return the variables that an op connects with an attribute or with an element of it."""
    match op:
        case ops.LoadAttr() if op.name == name:
            return (op.into,)
        case ops.StoreAttr() if op.name == name:
            return (op.value,)
        case ops.LoadItem() if op.base in held:
            return (op.into,)
        case ops.StoreItem() if op.base in held:
            return (op.value,)
        case ops.Call() if op.receiver in held and op.method in GETTERS:
            return (op.into,)
        case _:
            return ()


def _handed_on(op: ops.Op, held: set[ops.Var]) -> tuple[ops.Var, ...]:
    """Return the variables that hold the same as one that is held, or what it is made of."""
    match op:
        case ops.New() if op.into in held:
            return op.parts
        case ops.Compute() if op.kind in PASSING and held.intersection(op.args):
            return (op.into,)
        case ops.Move() if op.source in held or op.into in held:
            return (op.source, op.into)
        case _:
            return ()
