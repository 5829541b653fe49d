"""Keep what was found or made in a local, and work on that: `socket = self.socket`, `if socket is not None:`."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.exits import ends_by_leaving
from asynclint.fixes.leak import bound_in
from asynclint.fixes.moving import is_pure
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import covers
from asynclint.fixes.site import Site
from asynclint.fixes.trust import trusting


@remedy("ARC109", rank=20)
def keep(site: Site) -> Fix:
    """Read the state once, before the check, and use what was read from there on; or what was put there."""
    scene, document = site.scene, site.document
    if not site.state.steps or "[]" in site.state.steps:
        raise UnlikeError("what is used is one of many in a container")
    if site.finding.trace[0].role == "write":
        return _made(site)
    owner, test = check_of(site)
    region = _region(site, owner)
    places = [test, *region]
    mentions = [node for place in places for node in mentions_in(site, place)]
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


def _made(site: Site) -> Fix:
    """Use what the function itself has put there, under the name of a local."""
    scene, document = site.scene, site.document
    line = scene.alone(scene.at(site.step("write").span))
    store, block = line.body[0], scene.parent(line)
    if not isinstance(store, cst.Assign) or len(store.targets) != 1 or not isinstance(block, cst.IndentedBlock):
        raise UnlikeError("what is put there is not simply assigned")
    target = store.targets[0].target
    if scene.code(target).strip() != site.state.text:
        raise UnlikeError("what is put there is not simply assigned")
    region = trusting(site, list(block.body[block.body.index(line) + 1 :]), mentions_in)
    mentions = [node for one in region for node in mentions_in(site, one)]
    known = store.value.value if isinstance(store.value, cst.Name) else ""
    edits: list[Edit] = []
    if not known or known not in site.function.bindings or known in bound_in(scene, region):
        known = site.fresh_name(site.state.attribute.strip("_") or "made")
        start = document.offset(scene.span(target).line, scene.span(target).column)
        edits.append(Edit(start, start, f"{known} = "))
    edits += [document.replace(scene.span(node), known) for node in mentions]
    return Fix("unsafe", f"go on with what was put into `{site.state.text}`, by a local", tuple(edits))


def check_of(site: Site) -> tuple[cst.If | cst.SimpleStatementLine, cst.BaseExpression]:
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
    return list(trusting(site, statements, mentions_in))


def mentions_in(site: Site, place: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """Yield the expressions in a node that are the state."""
    for node in site.scene.within(place):
        if isinstance(node, cst.FunctionDef | cst.Lambda) and site.state.attribute in site.scene.code(node):
            raise RefusedError("a function that is made in between uses the state")
        if isinstance(node, cst.Attribute | cst.Name) and site.scene.code(node).strip() == site.state.text:
            parent = site.scene.parent(node)
            if not (isinstance(parent, cst.Attribute) and parent.attr is node):
                yield node
