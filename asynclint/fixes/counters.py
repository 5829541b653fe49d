"""A number beside a state, which counts what happens to it, and where it is made."""

from __future__ import annotations

import ast

from asynclint.fixes.edits import Edit, RefusedError
from asynclint.fixes.guards import UNLIKE, in_constructor, made_below, slot
from asynclint.fixes.site import Site
from asynclint.fixes.top import Top, insert_after, top_of
from asynclint.survey.facts import ClassFacts


def counter_of(site: Site, wish: str) -> tuple[str, tuple[Edit, ...]]:
    """Return the attribute of the object that counts, and the edits that make it; none where it is there already."""
    document, state, top = site.document, site.state, top_of(site.document)
    cls = document.class_of(site.function)
    if cls is None:
        raise RefusedError("the class cannot be found in the file")
    if any(wish in dict(one.attributes) for one in document.family(cls)):
        return wish, ()
    by_name = {one.name: one for one in document.facts.functions}
    inits = [by_name[f"{one.name}.__init__"] for one in document.above(cls) if f"{one.name}.__init__" in by_name]
    line = f"{wish} = 0"
    for init in inits:
        if any(write.place.kind == "self" for write in state.writes(init)):
            made = in_constructor(document, init, state, line)
            again = tuple(made_below(document, cls, state, line))
            return wish, (made, *again, *slot(document, top, made, wish))
    return wish, (_default(site, top, cls, line),)


def _default(site: Site, top: Top, cls: ClassFacts, line: str) -> Edit:
    """Return the edit that gives a class the number: somebody may count before any constructor is over."""
    document = site.document
    node = top.class_node(cls.line)
    if any(UNLIKE.search(base) for base in cls.bases) or top.assignment(node.body, "__slots__") is not None:
        raise RefusedError("how objects of the class are made is not known")
    first = next((one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)), None)
    before = node.body[: node.body.index(first)] if first is not None else []
    if first is None or node.lineno == node.body[0].lineno:
        raise RefusedError("the class has no methods to put a number in front of")
    indentation = document.indentation(first.lineno)
    if before and isinstance(before[-1], ast.Assign | ast.AnnAssign):
        return top.after(before[-1], line)
    if before:
        return insert_after(document, before[-1].end_lineno or first.lineno, f"{document.newline}{indentation}{line}")
    number = min([first.lineno, *(one.lineno for one in first.decorator_list)])
    at = document.offset(number)
    return Edit(at, at, f"{indentation}{line}{document.newline}{document.newline}")
