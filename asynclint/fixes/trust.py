"""How far a function goes on with what it has found, until it puts something else there or looks again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libcst as cst

from asynclint.fixes.edits import RefusedError, UnlikeError
from asynclint.fixes.reach import calls_in, run_within
from asynclint.fixes.scene import covers
from asynclint.fixes.site import Site
from asynclint.survey.facts import FunctionFacts

Mentions = Callable[[Site, cst.CSTNode], Iterator[cst.BaseExpression]]


def trusting(site: Site, statements: list[cst.BaseStatement], mentions: Mentions) -> list[cst.BaseStatement]:
    """Return the first statements, up to one that writes the state or looks whether it is there; the use is in them."""
    used = [number for number, one in enumerate(statements) if covers(site.scene.span(one), site.finding.span)]
    for number, one in enumerate(statements):
        writes = _writes(site, one)
        if not writes and not _looks(site, one, mentions):
            continue
        if used and used[0] < number and not _forgets(site):
            return statements[:number]
        raise RefusedError(f"the function {'writes the state itself' if writes else 'looks again'}, behind the check")
    if not used:
        raise UnlikeError("the use stands elsewhere")
    return statements


def _forgets(site: Site) -> bool:
    """Tell whether the function itself empties the state: then it takes the object down, and that is what is wrong."""
    empty = ("None", "False", "{}", "[]")
    return any(one.how.startswith("delete") or one.detail in empty for one in site.state.writes(site.function))


def _writes(site: Site, statement: cst.BaseStatement) -> bool:
    """Tell whether a statement may write the state, itself or by a function of the object that it runs."""
    span = site.scene.span(statement)
    if any(span.line <= line <= span.end_line for line in _replacing(site, site.function)):
        return True
    inner = run_within(site.document, calls_in(site.function, (span.line, span.end_line)), elsewhere=False)
    return any(next(_replacing(site, one), None) is not None for one in inner)


def _replacing(site: Site, function: FunctionFacts) -> Iterator[int]:
    """Yield the lines on which a function puts something else there; what changes within the object is the same."""
    size = len(site.state.steps)
    for write in site.state.writes(function):
        if len(write.place.steps) < size or (len(write.place.steps) == size and write.how != "mutate"):
            yield write.line


def _looks(site: Site, statement: cst.BaseStatement, mentions: Mentions) -> bool:
    """Tell whether a statement asks once more whether the object is there, or what is there by now."""
    tests = [
        one.test for one in site.scene.within(statement) if isinstance(one, cst.If | cst.While | cst.Assert | cst.IfExp)
    ]
    for node in (found for test in tests for found in mentions(site, test)):
        parent = site.scene.parent(node)
        if not (isinstance(parent, cst.Attribute | cst.Subscript) and parent.value is node):
            return True
    return False
