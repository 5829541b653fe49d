"""What is begun after the end: a flag was clear, the task gave way, and who set the flag has ended what was there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from asynclint.checks.alone import Seen, in_background, is_met_in_use
from asynclint.checks.judgement import Consequence, Gravity
from asynclint.checks.naming import ENDED, GONE, HALT
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.late import late
from asynclint.flow.teardowns import ENDS
from asynclint.flow.windows import Window
from asynclint.ir import ops
from asynclint.link.halting import Halt
from asynclint.link.program import Function
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView


def late_starts(view: FunctionView) -> Iterator[Finding]:
    """Report what is put where who ends the object looks for what is to be ended, after it may have looked.

    The state is the flag: of several things that one check lets begin in one line, one is told.
    """
    halts = [halt for halt in view.halts if is_end(halt)]
    flags: dict[str, set[tuple[str, bool]]] = defaultdict(set)
    for halt in halts:
        for name in halt.ended:
            flags[name].add((halt.name, halt.flag.detail == "True"))
    if not flags:
        return
    known = {name: frozenset(found) for name, found in flags.items()}
    found: dict[tuple[int, int], list[Finding | None]] = {}
    for window in late(view.following(frozenset(halt.name for halt in halts)), known):
        if view.owns(window):
            key = window.reading.at, view.primary(window.at).line
            found.setdefault(key, []).extend(_tell(view, window, rival) for rival in _ending(view, window, halts))
    for findings in found.values():
        yield from strongest(findings)


def is_end(halt: Halt) -> bool:
    """Tell by the names whether a function ends something, or a flag says so."""
    if GONE.search(halt.function.short):
        return True
    return halt.flag.detail == "True" and bool(ENDED.search(halt.name) or HALT.search(halt.name))


def _ending(view: FunctionView, window: Window, halts: list[Halt]) -> Iterator[Rival]:
    """Yield who sets the flag meanwhile and ends what is in the attribute that is written."""
    name = window.path.shape[0]
    ends = {(halt.function, halt.flag) for halt in halts if name in halt.ended}
    for rival in view.rivals_of(window.reading.path, window.under, view.between(window.reading.at, window.at)):
        if not rival.is_self and rival.write is not None and (rival.function, rival.write) in ends:
            yield rival


def _tell(view: FunctionView, window: Window, rival: Rival) -> Finding | None:
    state, flag, who = view.state(window.path), view.state(window.reading.path), rival.function.name
    telling = Telling(
        "ARC102", "check", f"`{flag}` is checked", f"`{state}` is set as if the check still held",
        f"`{state}` is set under a check of `{flag}` that is older than an await", flag,
    )  # fmt: skip
    text = f"{who} sets `{flag}` and ends what is in `{state}` meanwhile: what comes later is never ended"
    if rival.overlap in ("possible", "single") and expects_the_end(view):
        rival = replace(rival, overlap="beside")
    gravity: Gravity = "waste" if _has_no_end(view, window) else "harm"
    return tell(
        view,
        window,
        rival,
        Consequence(text, gravity),
        telling,
        not window.reading.weak,
        is_met_in_use(view, view.function),
    )


def _has_no_end(view: FunctionView, window: Window) -> bool:
    """Tell whether what is stored is a new object of a class in sight that has no end, and starts nothing."""
    graph, program = view.assembled.graph, view.rivals.tasks.resolver.program
    every = [op for block in graph.blocks for op in block.ops]
    moved = {op.into: op.source for op in every if isinstance(op, ops.Move)}
    stored = [op.value for op in every if isinstance(op, ops.StoreAttr | ops.StoreItem) and op.at == window.at]
    call = graph.calls.get(moved.get(stored[0], stored[0])) if stored else None
    if call is None:
        return False
    path = view.assembled.frames[view.assembled.frame(call.at)].function.path
    cls = program.find_class(path, call.callee)
    if cls is None:
        return False
    if any(program.find_class(one.path, base) is None for one in program.ancestors(cls) for base in one.facts.bases):
        return False
    members = program.members(cls)
    return bool(members) and not any(_is_end_of_it(one.short) or _starts_a_task(one) for one in members)


def _is_end_of_it(name: str) -> bool:
    """Tell whether a method ends its object, or frees what it has."""
    return ENDS.search(name) is not None or name in ("__del__", "__exit__", "__aexit__")


def _starts_a_task(member: Function) -> bool:
    return any(site.callee.endswith(("create_task", "ensure_future", "start_soon")) for site in member.facts.calls)


def expects_the_end(seen: Seen) -> bool:
    """Tell whether it is a task or a handler: that it asks for the flag shows that its author expects the end."""
    return in_background(seen) or _is_handed_over(seen)


def _is_handed_over(seen: Seen) -> bool:
    """Tell whether nobody calls a private method, and the object hands it to others, who will."""
    function, tasks = seen.function, seen.rivals.tasks
    if seen.cls is None or not function.short.startswith("_") or tasks.callers(function):
        return False
    name = f"self.{function.short}"
    members = tasks.resolver.program.members(seen.cls)
    return any(name in site.arguments for member in members for site in member.facts.calls)
