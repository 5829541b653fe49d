"""Keep an entry that was found in a container in a local, and work on that: `if key in rows:`, `row = rows[key]`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.exits import ends_by_leaving
from asynclint.fixes.keep import check_of
from asynclint.fixes.leak import bound_in
from asynclint.fixes.moving import is_pure, names_in
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import covers
from asynclint.fixes.site import Site
from asynclint.fixes.trust import trusting


@dataclass(frozen=True)
class _Entry:
    """`rows[key]`, in parts."""

    text: str
    container: str
    key: str
    node: cst.BaseExpression


@remedy("ARC109", rank=25)
def keep_entry(site: Site) -> Fix:
    """Take the entry directly behind the check, and use what was taken from there on."""
    scene, document = site.scene, site.document
    entry = _entry(site)
    owner, test = check_of(site)
    if not isinstance(owner, cst.If):
        raise UnlikeError("the check is no `if`")
    inside = covers(scene.span(owner), site.finding.span)
    if not _asks(site, test, entry, there=inside):
        raise UnlikeError("the check does not ask whether the key is there")
    statements, line, indentation = _trusted(site, owner, inside)
    statements = trusting(site, statements, mentions_in)
    if names_in(scene, entry.node) & bound_in(scene, statements):
        raise RefusedError("the key is another one by then")
    mentions = [node for one in statements for node in mentions_in(site, one)]
    name = site.fresh_name(_one_of(site.state.attribute.strip("_")))
    at = document.offset(line)
    taken = Edit(at, at, f"{indentation}{name} = {entry.text}{document.newline}")
    edits = (taken, *(document.replace(scene.span(node), name) for node in mentions))
    return Fix("unsafe", f"keep `{entry.text}` in a local, and work on that", edits)


def _one_of(name: str) -> str:
    """Return the name of one of many."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if len(name) > 3 and name.endswith("s") and name[-2] not in "sui" else "found"


def _entry(site: Site) -> _Entry:
    node = cst.parse_expression(site.state.text)
    if not isinstance(node, cst.Subscript) or len(node.slice) != 1:
        raise UnlikeError("what is used is no entry of a container")
    if not is_pure(node):
        raise RefusedError("to look up the entry does more than to look")
    code = cst.Module([]).code_for_node
    return _Entry(code(node).strip(), code(node.value).strip(), code(node.slice[0]).strip(), node)


def _asks(site: Site, test: cst.BaseExpression, entry: _Entry, there: bool) -> bool:
    """Tell whether the key is there for sure where a test holds, or, unless `there`, where it does not."""
    if isinstance(test, cst.BooleanOperation):
        joins = isinstance(test.operator, cst.And if there else cst.Or)
        return joins and (_asks(site, test.left, entry, there) or _asks(site, test.right, entry, there))
    asked = f"{entry.key} {'in' if there else 'not in'} {entry.container}"
    return site.scene.code(test.with_changes(lpar=(), rpar=())).strip() == asked


def _trusted(site: Site, owner: cst.If, inside: bool) -> tuple[list[cst.BaseStatement], int, str]:
    """Return the statements behind the check, and where the entry is taken: on which line, how far in."""
    scene, document = site.scene, site.document
    if inside:
        if not isinstance(owner.body, cst.IndentedBlock) or not covers(scene.span(owner.body), site.finding.span):
            raise RefusedError("the use stands in an `else`, or on the line of the check")
        statements = list(owner.body.body)
    else:
        block = scene.parent(owner)
        if not isinstance(block, cst.IndentedBlock) or owner.orelse is not None or not ends_by_leaving(owner):
            raise UnlikeError("the check decides nothing about the use")
        statements = list(block.body[block.body.index(owner) + 1 :])
        if not statements:
            raise UnlikeError("the check decides nothing about the use")
    first = scene.span(statements[0]).line
    indentation = document.indentation(first)
    if inside:
        return statements, first - scene.comments_above(statements[0]), indentation
    return statements, scene.span(owner).end_line + 1, indentation


def mentions_in(site: Site, place: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """Yield the expressions in a node that are the entry."""
    text = "".join(site.state.text.split())
    for node in site.scene.within(place):
        if isinstance(node, cst.FunctionDef | cst.Lambda) and site.state.attribute in site.scene.code(node):
            raise RefusedError("a function that is made in between uses the state")
        if isinstance(node, cst.Subscript) and "".join(site.scene.code(node).split()) == text:
            yield node
