"""What a stretch of a function may run and write, through functions of its file: by name, never too little."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from asynclint.fixes.document import Document
from asynclint.fixes.state import State
from asynclint.survey.facts import CallSite, FunctionFacts

# fmt: off
HARMLESS = frozenset({
    "asyncio", "anyio", "trio", "logging", "time", "math", "json", "re", "random", "contextlib", "datetime",
})
"""Modules whose functions write no state of the file, unless they are handed one of its functions."""
BUILTINS = frozenset({
    "print", "len", "list", "tuple", "dict", "set", "str", "int", "float", "bool", "sorted", "min", "max", "sum",
    "range", "repr", "zip", "isinstance", "enumerate", "reversed",
})
LOGGERS = frozenset({"log", "logger", "_logger", "_log", "_LOGGER", "LOGGER", "LOG"})
STARTERS = frozenset({
    "create_task", "ensure_future", "start_soon", "call_soon", "call_later", "add_done_callback", "Task", "spawn",
    "create_background_task", "async_create_task", "call_soon_threadsafe", "run_coroutine_threadsafe",
})
"""Functions that have others run their arguments later, and do not wait for it."""
# fmt: on
OWN = ("self.", "cls.", "super().")

Lines = tuple[int, int]


def calls_in(function: FunctionFacts, lines: Lines) -> list[CallSite]:
    """Return the calls that a function makes on some of its lines."""
    return [call for call in function.calls if lines[0] <= call.line <= lines[1]]


def reached(document: Document, calls: Iterable[CallSite]) -> list[FunctionFacts]:
    """Return the functions of the file that calls may lead to, callbacks among the arguments included."""
    named = _named(document)
    return _closure(calls, lambda call: [one for name in (call.callee, *call.arguments) for one in named(last(name))])


def run_within(
    document: Document, calls: Iterable[CallSite], elsewhere: bool, caller: FunctionFacts | None = None
) -> list[FunctionFacts]:
    """Return the functions that calls run before they return, on the same object or in the same module.

    With `elsewhere` also those of other objects, by name. What a call only starts is left out. What the caller's class
    has itself is not what `super()` finds.
    """
    named = _named(document)
    name = f"super().{last(caller.name)}" if caller is not None else ""
    return _closure(
        [call for call in awaited_here(calls) if call.callee != name],
        lambda call: named(last(call.callee)) if elsewhere or _on_same(call) else (),
    )


def _on_same(call: CallSite) -> bool:
    """Tell whether a call is one of a function of the module, or of the same object."""
    return "." not in call.callee or (call.callee.startswith(OWN) and call.callee.count(".") == 1)


def awaited_here(calls: Iterable[CallSite]) -> list[CallSite]:
    """Return calls without those whose result is only handed to a starter of tasks."""
    known = list(calls)
    started = {
        (call.line, name)
        for call in known
        if last(call.callee) in STARTERS
        for name in call.arguments
        if call.arguments
    }
    return [call for call in known if (call.line, call.callee) not in started]


def may_write(document: Document, function: FunctionFacts, lines: Lines, state: State, trusting: bool = False) -> bool:
    """Tell whether lines of a function, or what they call, may write a state.

    Calls out of the file are taken for writes unless they are known to be harmless; not so if `trusting`.
    """
    if any(lines[0] <= write.line <= lines[1] for write in state.writes(function)):
        return True
    return calls_may_write(document, calls_in(function, lines), state, trusting)


def calls_may_write(document: Document, calls: Iterable[CallSite], state: State, trusting: bool = False) -> bool:
    """Tell whether calls may write a state."""
    made = list(calls)
    inner = reached(document, made)
    if any(next(state.writes(one), None) is not None for one in inner):
        return True
    known = {last(one.name) for one in document.facts.functions}
    everything = [*made, *(call for one in inner for call in one.calls)]
    return not trusting and not all(_harmless(document, call, known) for call in everything)


def last(name: str) -> str:
    """Return the last part of a dotted name."""
    return name.replace("[]", "").replace("()", "").rpartition(".")[2]


def _harmless(document: Document, call: CallSite, known: set[str]) -> bool:
    """Tell whether a call is one into the file, whose body is looked at, or one that cannot touch its state."""
    root, _, rest = call.callee.partition(".")
    if call.callee in known or (root == "self" and rest in known):
        return True
    origin = dict(document.facts.imports).get(root, root)
    if origin.partition(".")[0] in HARMLESS or root in LOGGERS or rest.partition(".")[0] in LOGGERS:
        return True
    return call.callee in BUILTINS


def _named(document: Document) -> Callable[[str], Sequence[FunctionFacts]]:
    by_name: dict[str, list[FunctionFacts]] = {}
    for one in document.facts.functions:
        by_name.setdefault(last(one.name), []).append(one)
    return lambda name: by_name.get(name, ())


def _closure(calls: Iterable[CallSite], targets: Callable[[CallSite], Iterable[FunctionFacts]]) -> list[FunctionFacts]:
    found: dict[int, FunctionFacts] = {}
    pending = list(calls)
    while pending:
        for one in targets(pending.pop()):
            if one.line not in found:
                found[one.line] = one
                pending.extend(awaited_here(one.calls))
    return list(found.values())
