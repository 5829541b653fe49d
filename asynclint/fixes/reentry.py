"""What runs under a lock on other objects, and whether it comes back to the one whose lock is held."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from asynclint.fixes.document import Document
from asynclint.fixes.edits import RefusedError
from asynclint.fixes.reach import BUILTINS, HARMLESS, LOGGERS, STARTERS, awaited_here, last, run_within
from asynclint.survey.facts import CallSite, ClassFacts, FunctionFacts


def refuse_return(
    document: Document, function: FunctionFacts, calls: Iterable[CallSite], takers: Collection[int]
) -> None:
    """Refuse where what is awaited under a lock has the object in hand, and takes the lock or cannot be looked into.

    `takers` are the functions that take it, by their lines.
    """
    family = _family(document, function)
    named = {last(one.name) for one in document.facts.functions if one.line in takers}
    for call in _awaited(document, function, list(calls)):
        if _hands(call, named):
            inner = run_within(document, [call], elsewhere=True)
            told = f"`{call.callee}` is handed the object"
            known = any(last(one.name) == last(call.callee) for one in document.facts.functions)
        else:
            holder = _holder(document, family, call, named)
            if holder is None:
                continue
            inner, known = holder
            told = f"`{call.callee}` has the object in hand"
        back = next((one for one in inner if one.line in takers), None)
        if back is not None:
            raise RefusedError(f"{function.name} runs {back.name} under the lock, which would take it again")
        if not known:
            raise RefusedError(f"{told}, and may come back for the lock")


def _awaited(document: Document, function: FunctionFacts, calls: list[CallSite]) -> Iterator[CallSite]:
    """Yield what is awaited under the lock by methods of the object."""
    inner = [one for one in run_within(document, calls, False, function) if one.kind == function.kind]
    for call in awaited_here([*calls, *(call for one in inner for call in one.calls)]):
        root = call.callee.partition(".")[0]
        origin = dict(document.facts.imports).get(root, root).partition(".")[0]
        known = origin in HARMLESS or root in BUILTINS | LOGGERS or last(call.callee) in STARTERS
        if call.awaited and not known and not call.callee.startswith("super()"):
            yield call


def _hands(call: CallSite, named: Collection[str]) -> bool:
    """Tell whether a call is handed the object, or a method of it that takes the lock."""
    if call.callee.startswith("self.") and call.callee.count(".") == 1 and last(call.callee) in named:
        return False
    return any(one == "self" or (one.startswith("self.") and last(one) in named) for one in call.arguments)


def _family(document: Document, function: FunctionFacts) -> list[ClassFacts]:
    cls = document.class_of(function)
    return document.family(cls) if cls is not None else []


def _holder(
    document: Document, family: Iterable[ClassFacts], call: CallSite, named: Collection[str]
) -> tuple[list[FunctionFacts], bool] | None:
    """Return what a call on an object that holds this one leads to, and whether it can be looked into; else None."""
    parts = call.callee.split(".")
    if len(parts) != 3 or parts[0] != "self":
        return None
    members = list(family)
    made = {name for one in members for name in _classes(one, parts[1])}
    handed = any(
        site.callee in made and _hands(site, named)
        for one in document.facts.functions
        if one.cls in {member.name for member in members}
        for site in one.calls
    )
    own = {member.name.rpartition(".")[2] for member in members}
    classes = [one for one in document.facts.classes if one.name.rpartition(".")[2] in map(last, made)]
    if not handed and not any(_refers(one, own) for one in classes):
        return None
    return (run_within(document, [call], elsewhere=True), True) if classes else ([], False)


def _classes(cls: ClassFacts, attribute: str) -> Iterator[str]:
    """Yield the names of the classes that an attribute may be of."""
    facts = dict(cls.attributes).get(attribute)
    if facts is not None:
        yield from facts.constructors
        yield from re.findall(r"[\w.]+", facts.annotation)


def _refers(cls: ClassFacts, names: Collection[str]) -> bool:
    """Tell whether a class declares an attribute that holds an object of another."""
    return any(word in names for name, _ in cls.attributes for word in map(last, _classes(cls, name)))
