"""Check once more after the suspension: `if self.state == seen:` just before the write that trusts it."""

from __future__ import annotations

import re

import libcst as cst

from asynclint.findings import Finding
from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.hoist import hoisted
from asynclint.fixes.moving import is_pure, names_in
from asynclint.fixes.reach import LOGGERS
from asynclint.fixes.regions import mentions
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Scene
from asynclint.fixes.site import Site
from asynclint.source import Span

SETS = re.compile(r" sets it( to (?P<value>.+))?$")
EMPTY = ("None", "False", "0", "''", '""', "[]", "{}")


def _rank(finding: Finding) -> int:
    """Come before the lock where what another task has set is overwritten, after it where work is done twice."""
    return 70 if "overwritten" in finding.consequence else 90


@remedy("ARC102", rank=_rank)
def recheck(site: Site) -> Fix:
    """Put the check around the write again, or repeat the early exit in front of it."""
    scene = site.scene
    line = scene.alone(scene.at(site.finding.span))
    _refuse_write(site, line)
    check = scene.at(site.step("check", "read").span)
    around = list(scene.around(line))
    for node in scene.around(check):
        if isinstance(node, cst.If) and _is_within(site, check, node.test):
            if any(one is node.body for one in around):
                return _guarded(site, line, node.test)
            if node not in around and node.orelse is None:
                return _left(site, line, node)
            break
        if isinstance(node, cst.BaseStatement):
            break
    raise UnlikeError("the check is no `if` around the write, nor an early exit before it")


def _guarded(site: Site, line: cst.SimpleStatementLine, test: cst.BaseExpression) -> Fix:
    """Put the write below the same `if` once more."""
    _refuse_late(site, test, passing=True)
    _refuse_test(site, line, test)
    _refuse_blind(site, test, passing=True)
    document, scene = site.document, site.scene
    before, edits = _awaited_first(site, line)
    span = scene.span(line)
    condition = document.text(scene.whole(test))
    indentation = document.indentation(span.line)
    at = document.offset(span.line)
    header = f"{indentation}if {condition}:{document.newline}"
    moved = Edit(at, at + len(indentation), before + header + indentation + scene.unit)
    return Fix("unsafe", f"check `{' '.join(condition.split())}` again before the write", (moved, *edits))


def _left(site: Site, line: cst.SimpleStatementLine, early: cst.If) -> Fix:
    """Repeat `if done: return` in front of the write."""
    _refuse_late(site, early.test, passing=False)
    _refuse_test(site, line, early.test)
    _refuse_blind(site, early.test, passing=False)
    document, scene = site.document, site.scene
    leaving = _leaving(early)
    if leaving is None:
        raise RefusedError("the early exit does more than to leave")
    if not _leads_out(scene, early, line, leaving):
        raise RefusedError("the early exit stands in another block")
    before, edits = _awaited_first(site, line)
    span = scene.span(line)
    at = document.offset(span.line)
    indentation, newline = document.indentation(span.line), document.newline
    condition = document.text(scene.whole(early.test))
    text = (
        f"{indentation}if {condition}:{newline}{indentation}{scene.unit}{document.text(scene.span(leaving))}{newline}"
    )
    title = f"check `{' '.join(condition.split())}` again before the write"
    return Fix("unsafe", title, (Edit(at, at, before + text), *edits))


def _awaited_first(site: Site, line: cst.SimpleStatementLine) -> tuple[str, tuple[Edit, ...]]:
    """Return the lines that take the awaits out of the write, and the edits that put locals in their place."""
    if not any(isinstance(one, cst.Await) for one in site.scene.within(line)):
        return "", ()
    first, *edits = hoisted(site, line)
    return first.replacement, tuple(edits)


def _refuse_write(site: Site, line: cst.SimpleStatementLine) -> None:
    """Refuse a write that must not be left out: one that does more, or makes what nobody would close."""
    statement = line.body[0]
    if isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Await):
        raise UnlikeError("the write stands in another function")
    if isinstance(statement, cst.Assign):
        targets = [one.target for one in statement.targets]
    elif isinstance(statement, cst.AugAssign | cst.AnnAssign):
        targets = [statement.target]
    elif isinstance(statement, cst.Expr | cst.Del):
        targets = []
    else:
        raise UnlikeError("the line does more than to write")
    if len(targets) > 1 or not all(isinstance(one, cst.Attribute | cst.Subscript) for one in targets):
        raise RefusedError("the line assigns more than the state")
    if "left open" in site.finding.consequence:
        raise RefusedError("what is made for nothing would be left open")


def _refuse_test(site: Site, line: cst.SimpleStatementLine, test: cst.BaseExpression) -> None:
    """Refuse a check that cannot be made twice, or means something else by now."""
    scene = site.scene
    if not is_pure(test):
        raise RefusedError("the check does more than to look")
    if not any(_is_within(site, node, test) for node in mentions(scene, site.state)):
        raise RefusedError("the check looks at a local variable")
    start, end = scene.span(test), scene.span(line)
    for node in scene.within(scene.node):
        if isinstance(node, cst.AssignTarget | cst.AugAssign | cst.AnnAssign | cst.For | cst.NamedExpr | cst.AsName):
            span = scene.span(node)
            target = node.name if isinstance(node, cst.AsName) else node.target
            between = start.line <= span.line < end.line
            if between and isinstance(target, cst.Name) and target.value in names_in(scene, test):
                raise RefusedError(f"`{target.value}` is another one by the time of the write")


def _refuse_blind(site: Site, test: cst.BaseExpression, passing: bool) -> None:
    """Refuse a check that comes out the same whether or not another task has written meanwhile."""
    text, code = re.escape(site.state.text), site.scene.code(test).strip()
    empty = re.fullmatch(rf"not {text}|{text} is None", code) is not None
    if not empty and re.fullmatch(rf"{text}( is not None)?", code) is None:
        return
    for rival in site.rivals:
        told = SETS.search(rival.note)
        if told is not None and ((told["value"] or "something") in EMPTY) == (empty == passing):
            raise RefusedError(f"{rival.note}, and the check would come out as before")


def _refuse_late(site: Site, test: cst.BaseExpression, passing: bool) -> None:
    """Refuse where the state was cleared meanwhile, unless the check asks whether something is there."""
    if "has cleared it, and stays" not in site.finding.consequence:
        return
    code, state = "".join(site.scene.code(test).split()), "".join(site.state.text.split())
    prefixes = [state[:end] for end in range(1, len(state) + 1) if state[end : end + 1] in ("", ".", "[")]
    asked = r"(?P<key>[^()]+)in(?P<container>.+)" if passing else r"(?P<key>[^()]+)notin(?P<container>.+)"
    found = re.fullmatch(asked, code)
    if found is not None and f"{found['container']}[{found['key']}]" in prefixes:
        return
    there = {*prefixes, *(f"{one}isnotNone" for one in prefixes)}
    if code in (there if passing else {f"{one}isNone" for one in prefixes}):
        return
    raise RefusedError("who looks again finds nothing there, as before, and cannot tell that it was taken out")


def _leaving(early: cst.If) -> cst.BaseSmallStatement | None:
    """Return the statement by which an early exit leaves, if that is all it does."""
    *told, last = early.body.body
    if not all(isinstance(one, cst.SimpleStatementLine) and _only_tells(one) for one in told):
        return None
    only = last.body[0] if isinstance(last, cst.SimpleStatementLine) and len(last.body) == 1 else last
    if isinstance(only, cst.Return):
        return only if only.value is None or is_pure(only.value) else None
    return only if isinstance(only, cst.Break | cst.Continue) else None


def _only_tells(line: cst.SimpleStatementLine) -> bool:
    """Tell whether a line is a call of a logger, which need not be repeated."""
    only = line.body[0]
    called = only.value.func if isinstance(only, cst.Expr) and isinstance(only.value, cst.Call) else None
    while isinstance(called, cst.Attribute):
        if called.attr.value in LOGGERS:
            return True
        called = called.value
    return len(line.body) == 1 and isinstance(called, cst.Name) and called.value in LOGGERS | {"logging", "print"}


def _leads_out(scene: Scene, early: cst.If, line: cst.SimpleStatementLine, leaving: cst.BaseSmallStatement) -> bool:
    """Tell whether an early exit stands before a line in a block around it, and leads to the same place from there."""
    own = scene.parent(early)
    inside = [one for one in scene.around(line) if one is not line]
    if not any(one is own for one in inside):
        return False
    within = inside[: next(number for number, one in enumerate(inside) if one is own)]
    return isinstance(leaving, cst.Return) or not any(isinstance(one, cst.For | cst.While) for one in within)


def _is_within(site: Site, node: cst.CSTNode, outer: cst.CSTNode) -> bool:
    span: Span = site.scene.span(node)
    around = site.scene.span(outer)
    return (around.line, around.column) <= (span.line, span.column) and (span.end_line, span.end_column) <= (
        around.end_line,
        around.end_column,
    )
