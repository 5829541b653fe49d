"""Who asks for a mark that a failure has left set, and whether it comes to that."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from asynclint.findings import Step
from asynclint.flow.agreement import comparison
from asynclint.flow.leaks import idle
from asynclint.flow.marks import Deed, Mark, declining
from asynclint.flow.teardowns import ENDS
from asynclint.flow.values import Guard
from asynclint.flow.ways import place_of
from asynclint.ir import ops
from asynclint.ir.graph import FunctionIR, Graph
from asynclint.ir.places import MODULE, Attr, Path
from asynclint.ir.walk import reached
from asynclint.link.effects import name_at
from asynclint.link.program import Function
from asynclint.link.testers import answers, asks, gives_up, heeds, only_resolves, only_takes
from asynclint.link.view import FunctionView

FAR = 3
"""Callers of callers that are asked whether they take a mark back."""
COUNTS = ("plus", "minus")
HELD_UP: dict[Deed, Callable[[FunctionIR, str], int | None]] = {"store": gives_up, "put": answers, "clear": heeds}
"""By what a mark holds up a function, where it is more than that it decides by it or waits."""


def asker(view: FunctionView, mark: Mark, waited_for: bool) -> Step | None:
    """Return where some function of the class or module is held up by a mark; None for what is no mark to anybody.

    `waited_for`: what was put in is itself awaited, and may be cancelled there.
    """
    if (mark.deed == "store" and mark.value != "True") or _is_inner(mark):
        return None
    held = HELD_UP.get(mark.deed, asks)
    for other in view.rivals.readers(view.function, mark.path):
        lowered = view.lowered(other)
        if mark.deed == "put" and _is_answered(lowered.ir, mark.path.attribute, waited_for):
            continue
        at = held(lowered.ir, mark.path.attribute)
        if at is None or (other is view.function and not _is_found(view, mark, lowered.ir.graph, at)):
            continue
        return Step("rival", other.path, lowered.positions.span(at), other.name, "asks here")
    return None


def _is_answered(ir: FunctionIR, name: str, waited_for: bool) -> bool:
    """Tell whether a function only does for an entry what it was put there for: one that stays holds up nobody."""
    return only_takes(ir, name) or (not waited_for and only_resolves(ir, name))


def _is_inner(mark: Mark) -> bool:
    """Tell whether it is an element of an element: who looks for the outer key asks for another thing."""
    return mark.deed == "put" and mark.container is not None and "[]" in mark.container.shape


def _is_found(view: FunctionView, mark: Mark, graph: Graph, at: int) -> bool:
    """Tell whether a next run of the function itself finds the mark as it was left, where it asks."""
    if mark.deed in COUNTS:
        return True
    return not _set_by_starter(view, mark) and at in _before(graph, view.assembled.in_root(mark.at))


def _before(graph: Graph, at: int) -> Iterator[int]:
    """Yield what can run before an op that sets a mark: what a function asks later, it has set itself."""
    goal, last = place_of(graph, at)
    for number in reached([graph.entry], lambda one: (graph.blocks[one].handler,) if one == goal else graph.edges[one]):
        yield from (op.at for op in graph.blocks[number].ops[: last if number == goal else None])


def _set_by_starter(view: FunctionView, mark: Mark) -> bool:
    """Tell whether whoever starts the function as a task of its own writes the mark: a failure ends such a task."""
    starts = view.rivals.tasks.starts(view.function)
    name = name_at(mark.path)
    return bool(starts) and all(name in view.effects.all(start.spawner).writes for start in starts)


def turned_away(view: FunctionView, guard: Guard, failed: int) -> bool:
    """Tell whether a run that finds the mark set does nothing, or waits.

    Whoever comes to what has failed just as well is not turned away: it was only made sure that something is there.
    """
    graph = view.assembled.graph
    other = declining(graph, guard)
    return other is not None and idle(graph, other) and not _comes_to(graph, other, failed, guard.test)


def _comes_to(graph: Graph, start: int, goal: int, without: int) -> bool:
    """Tell whether an op is where the task first gives way, from a block on and not over some other block."""

    def first(number: int) -> int | None:
        return next((op.at for op in graph.blocks[number].ops if isinstance(op, ops.Suspend)), None)

    def on(number: int) -> Iterator[int]:
        return (way for way in graph.blocks[number].successors if way != without and first(number) is None)

    return goal in map(first, reached([start], on))


def is_ended(view: FunctionView, failed: int) -> bool:
    """Tell whether what deals with a failure ends the life of the object: `except ...: await self.disconnect()`."""
    graph, frames = view.assembled.graph, view.assembled.frames
    own = [one.name for one in frames[0].lowered.ir.params if one.kind == "self"]
    block, _ = place_of(graph, failed)
    for number in graph.going_on([graph.blocks[block].handler]):
        ops_here = graph.blocks[number].ops
        names = {op.method for op in ops_here if isinstance(op, ops.Call) and op.receiver in own}
        names.update(frames[view.assembled.frame(op.at)].function.short for op in ops_here)
        if any(ENDS.search(name) for name in names - {view.function.short}):
            return True
    return False


def is_used_once(view: FunctionView, mark: Mark, own: Guard) -> bool:
    """Tell whether nothing ever makes the check pass again that let this run through, however the run ends.

    Such an object has one run of the function in its life, and what a failure leaves set keeps out nobody.
    """
    operator, wanted = comparison(own.form)
    if not wanted or own.edge != (operator in ("==", "is")):
        return False
    writers = [other for other, _ in view.rivals.writers(view.function, mark.path)]
    graphs = [view.lowered(other).ir.graph for other in dict.fromkeys(writers)]
    stored = [value for graph in graphs for _, value in stored_constants(graph, mark.path)]
    return bool(stored) and all(value and value != wanted for value in stored)


def stored_constants(graph: Graph, path: Path) -> Iterator[tuple[int, str]]:
    """Yield the stores under the name of a path, each with the constant that it stores, empty for what is none."""
    for block in graph.blocks:
        known: dict[ops.Var, str] = {}
        for op in block.ops:
            match op:
                case ops.Const(into, text, _):
                    known[into] = text
                case ops.LoadAttr(into, base, name, _) if base == MODULE:
                    known[into] = str(Path("global", MODULE, (Attr(name),)))
                case ops.LoadAttr(into, base, name, _) if known.get(base):
                    known[into] = f"{known[base]}.{name}"
                case ops.Move(into, source, _):
                    known[into] = known.get(source, "")
                case ops.StoreAttr(_, name, value, at, _) if name == path.attribute:
                    yield at, known.get(value, "")
                case ops.DeleteAttr(_, name, at) if name == path.attribute:
                    yield at, "None"
                case _:
                    pass


def undone_by_caller(view: FunctionView, path: Path) -> bool:
    """Tell whether a caller writes a mark, itself or by another call: it may take it back when the call fails."""
    name = name_at(path)
    seen, layer = {view.function}, [view.function]
    for _ in range(FAR):
        layer = [caller for callee in layer for caller, _ in view.rivals.tasks.callers(callee) if caller not in seen]
        for caller in layer:
            if path.kind == "self" and not _of_one_class(view, caller):
                continue  # what it has under this name is something else
            others = (one for one in view.effects.callees(caller) if one not in seen)
            if any(name in view.effects.own(one).writes for one in (caller, *others)):
                return True
        seen.update(layer)
    return False


def _of_one_class(view: FunctionView, caller: Function) -> bool:
    program = view.rivals.tasks.resolver.program
    cls = program.class_of(caller)
    return cls is not None and view.cls is not None and cls in program.family(view.cls)
