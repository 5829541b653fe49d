"""Keep what was found in a local, and work on that: `socket = self.socket`, `if socket is not None:`."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.exits import ends_by_leaving
from asynclint.fixes.moving import is_pure
from asynclint.fixes.reach import calls_in, run_within
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import covers
from asynclint.fixes.site import Site


@remedy("ARC109", rank=20)
def keep(site: Site) -> Fix:
    """Read the state once, before the check, and use what was read from there on."""
    scene, document = site.scene, site.document
    if not site.state.steps or "[]" in site.state.steps:
        raise RefusedError("what is used is one of many in a container")
    owner, test = _check(site)
    region = _region(site, owner)
    places = [test, *region]
    mentions = [node for place in places for node in _mentions(site, place)]
    if not any(covers(scene.span(test), scene.span(node)) for node in mentions):
        raise RefusedError("the check does not look at the state itself")
    name = site.fresh_name(site.state.attribute.strip("_") or "found")
    start = scene.span(owner).line - scene.comments_above(owner)
    at = document.offset(start)
    indentation = document.indentation(scene.span(owner).line)
    read = Edit(at, at, f"{indentation}{name} = {site.state.text}{document.newline}")
    return Fix(
        "unsafe",
        f"keep `{site.state.text}` in a local, and work on that",
        (read, *(document.replace(scene.span(node), name) for node in mentions)),
    )


def _check(site: Site) -> tuple[cst.If | cst.SimpleStatementLine, cst.BaseExpression]:
    """Return the `if` by whose test the state was found, or the line of the `assert`, and the test."""
    scene = site.scene
    check = scene.at(site.step("check", "read").span)
    for node in scene.around(check):
        if isinstance(node, cst.If | cst.Assert) and covers(scene.span(node.test), scene.span(check)):
            owner = scene.parent(node) if isinstance(node, cst.Assert) else node
            if not isinstance(owner, cst.If | cst.SimpleStatementLine) or _is_crowded(owner):
                raise RefusedError("the check shares its line with another statement")
            if not isinstance(scene.parent(owner), cst.IndentedBlock):
                raise RefusedError("the check is an `elif`")
            if not is_pure(node.test):
                raise RefusedError("the check does more than to look")
            return owner, node.test
        if isinstance(node, cst.BaseStatement):
            break
    raise UnlikeError("the check is no `if`")


def _is_crowded(owner: cst.If | cst.SimpleStatementLine) -> bool:
    return isinstance(owner, cst.SimpleStatementLine) and len(owner.body) > 1


def _region(site: Site, owner: cst.If | cst.SimpleStatementLine) -> list[cst.CSTNode]:
    """Return the statements that trust the check; refuse where one of them writes the state."""
    scene, use = site.scene, site.finding.span
    statements: list[cst.BaseStatement] = []
    if isinstance(owner, cst.If) and covers(scene.span(owner), use):
        if not covers(scene.span(owner.body), use) or not isinstance(owner.body, cst.IndentedBlock):
            raise RefusedError("the use stands in an `else`, or on the line of the check")
        statements = list(owner.body.body)
    else:
        block = scene.parent(owner)
        leaves = isinstance(owner, cst.SimpleStatementLine) or (not owner.orelse and ends_by_leaving(owner))
        if not isinstance(block, cst.IndentedBlock) or not leaves:
            raise UnlikeError("the check decides nothing about the use")
        statements = list(block.body[block.body.index(owner) + 1 :])
        if not any(covers(scene.span(one), use) for one in statements):
            raise UnlikeError("the check decides nothing about the use")
    if any(_writes(site, one) for one in statements):
        raise RefusedError("the function writes the state itself, behind the check")
    return list(statements)


def _writes(site: Site, statement: cst.BaseStatement) -> bool:
    """Tell whether a statement may write the state, itself or by a function of the object that it runs."""
    span = site.scene.span(statement)
    if any(span.line <= write.line <= span.end_line for write in site.state.writes(site.function)):
        return True
    inner = run_within(site.document, calls_in(site.function, (span.line, span.end_line)), elsewhere=False)
    return any(next(site.state.writes(one), None) is not None for one in inner)


def _mentions(site: Site, place: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    for node in site.scene.within(place):
        if isinstance(node, cst.FunctionDef | cst.Lambda) and site.state.attribute in site.scene.code(node):
            raise RefusedError("a function that is made in between uses the state")
        if isinstance(node, cst.Attribute | cst.Name) and site.scene.code(node).strip() == site.state.text:
            parent = site.scene.parent(node)
            if not (isinstance(parent, cst.Attribute) and parent.attr is node):
                yield node
