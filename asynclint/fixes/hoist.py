"""Await first, into a local, and assign then: `value = await f()`, `self.total += value`."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.findings import Applicability
from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.moving import as_expression, disturbed, is_pure, states_in, unconditional_awaits
from asynclint.fixes.registry import remedy
from asynclint.fixes.site import Site

MAY_FAIL = (cst.BinaryOperation, cst.UnaryOperation, cst.Comparison, cst.Call, cst.Subscript)


@remedy("ARC103", rank=10)
def hoist(site: Site) -> Fix:
    """Take the awaits out of the statement, in their order."""
    line = site.scene.alone(site.node(site.finding.span))
    if site.finding.consequence.startswith("two runs"):
        raise UnlikeError("the state is handed over to what is awaited")
    edits = hoisted(site, line)
    rest = list(outside_of_awaits(site, line.body[0]))
    applicability: Applicability = "safe"
    span = site.scene.span(line)
    if not all(map(is_pure, rest)) or disturbed(site, states_in(site, iter(rest)), (span.line, span.end_line)):
        applicability = "unsafe"
    if any(_fails_first(site, line, node) for node in rest):
        applicability = "unsafe"
    return Fix(applicability, "await first, then read and write in one step", edits)


def hoisted(site: Site, line: cst.SimpleStatementLine, wish: str = "value") -> tuple[Edit, ...]:
    """Return the edits that take the awaits out of a statement, each into a local on a line before it."""
    scene, document = site.scene, site.document
    awaits = unconditional_awaits(scene, line.body[0])
    if not awaits:
        raise RefusedError("the statement awaits nothing")
    start = scene.span(line)
    indentation = document.indentation(start.line)
    before, edits, names = "", [], set[str]()
    for one in awaits:
        name = site.fresh_name(wish, besides=names)
        names.add(name)
        before += f"{indentation}{name} = {as_expression(document.text(scene.span(one)))}{document.newline}"
        span = scene.whole(one)
        glued = document.lines[span.line - 1][: span.column - 1][-1:].isidentifier()
        edits.append(document.replace(scene.span(one) if glued else span, name))
    at = document.offset(start.line)
    return (Edit(at, at, before), *edits)


def _fails_first(site: Site, line: cst.SimpleStatementLine, node: cst.CSTNode) -> bool:
    """Tell whether an operation is done before something is awaited, which is not awaited if the operation fails."""
    if not isinstance(node, MAY_FAIL):
        return False
    span, awaits = site.scene.span(node), [one for one in site.scene.within(line) if isinstance(one, cst.Await)]
    starts = [(one.line, one.column) for one in map(site.scene.span, awaits)]
    return any((span.end_line, span.end_column) <= start for start in starts) and not _is_target(site, node)


def _is_target(site: Site, node: cst.CSTNode) -> bool:
    return any(
        isinstance(one, cst.AssignTarget | cst.AugAssign) and one.target is node for one in site.scene.around(node)
    )


def outside_of_awaits(site: Site, statement: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the expressions of a statement that are evaluated beside its awaits: what comes to stand behind them."""
    pending: list[cst.CSTNode] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, cst.Await):
            continue
        # The call that changes a container is what the statement is for; its receiver and arguments are what moves.
        is_act = isinstance(node, cst.Call) and isinstance(site.scene.parent(node), cst.Expr)
        holds = any(isinstance(one, cst.Await) for one in site.scene.within(node))
        if isinstance(node, cst.BaseExpression) and not holds and not is_act:
            yield node
        pending.extend(node.children)
