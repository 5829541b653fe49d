"""What a stretch of a function may do to state, itself and through functions of its file: by name, never too little."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.fixes.document import Document
from asynclint.fixes.state import State
from asynclint.survey.facts import CallSite, FunctionFacts

HARMLESS = frozenset(("asyncio", "anyio", "trio", "logging", "time", "math", "json", "re", "random", "contextlib"))
"""Modules whose functions write no state of the file, unless they are handed one of its functions."""
BUILTINS = frozenset(
    [
        "print",
        "len",
        "list",
        "tuple",
        "dict",
        "set",
        "str",
        "int",
        "float",
        "bool",
        "sorted",
        "min",
        "max",
        "sum",
        "range",
        "repr",
        "zip",
        "isinstance",
    ]
)
LOGGERS = frozenset(("log", "logger", "_logger", "_log", "_LOGGER", "LOGGER", "LOG"))

Lines = tuple[int, int]


def calls_in(function: FunctionFacts, lines: Lines) -> Iterator[CallSite]:
    """Yield the calls that a function makes on some of its lines."""
    return (call for call in function.calls if lines[0] <= call.line <= lines[1])


def reached(document: Document, calls: Iterator[CallSite]) -> dict[int, FunctionFacts]:
    """Return the functions of the file that calls may lead to, by line, callbacks among the arguments included."""
    by_name: dict[str, list[FunctionFacts]] = {}
    for one in document.facts.functions:
        by_name.setdefault(one.name.rpartition(".")[2], []).append(one)
    found: dict[int, FunctionFacts] = {}
    pending = list(calls)
    while pending:
        call = pending.pop()
        for name in (call.callee, *call.arguments):
            for one in by_name.get(_last(name), ()):
                if one.line not in found:
                    found[one.line] = one
                    pending.extend(one.calls)
    return found


def may_write(document: Document, function: FunctionFacts, lines: Lines, state: State, trusting: bool = False) -> bool:
    """Tell whether lines of a function, or what they call, may write a state.

    Calls out of the file are taken for writes unless they are known to be harmless; not so if `trusting`.
    """
    if any(lines[0] <= write.line <= lines[1] for write in state.writes(function)):
        return True
    calls = list(calls_in(function, lines))
    inner = reached(document, iter(calls)).values()
    if any(next(state.writes(one), None) is not None for one in inner):
        return True
    known = {one.name.rpartition(".")[2] for one in document.facts.functions}
    everything = [*calls, *(call for one in inner for call in one.calls)]
    return not trusting and not all(_harmless(document, call, known) for call in everything)


def _harmless(document: Document, call: CallSite, known: set[str]) -> bool:
    """Tell whether a call is one into the file, whose body is looked at, or one that cannot touch its state."""
    root, _, rest = call.callee.partition(".")
    if call.callee in known or (root == "self" and rest in known):
        return True
    origin = dict(document.facts.imports).get(root, root)
    if origin.partition(".")[0] in HARMLESS or _last(root) in LOGGERS or rest.partition(".")[0] in LOGGERS:
        return True
    return call.callee in BUILTINS


def _last(name: str) -> str:
    return name.replace("[]", "").replace("()", "").rpartition(".")[2]
