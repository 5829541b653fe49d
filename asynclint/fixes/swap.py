"""Swap to a local, then tear down: `task, self.task = self.task, None`, and only then await what ends it."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.kinds import BUILTIN, cleared, container_of, kinds_of
from asynclint.fixes.lines import Lines
from asynclint.fixes.reach import calls_in, run_within
from asynclint.fixes.regions import mentions
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Run
from asynclint.fixes.site import Site

LEAVING = (cst.Return, cst.Raise, cst.Break, cst.Continue, cst.Yield)
EMPTY = ("None", "[]", "{}", "set()", "list()", "dict()", "deque()", "collections.deque()")


@remedy("ARC102", "ARC105", "ARC110", rank=30)
def swap(site: Site) -> Fix:
    """Take the object out of the state before the first await, and work on the local."""
    scene, document = site.scene, site.document
    line = scene.alone(scene.at(site.finding.span))
    target, value = _emptied(site, line)
    owner = _closed_by(site, line)
    if owner is not None and value is not None:
        return Fix("unsafe", _title(site, target), (_before(site, line, owner, value),))
    run = _teardown(site, line)
    first, last = run.statements[0], run.statements[-1]
    _refuse(site, run, last)
    state = scene.code(target).strip()
    name = site.fresh_name(site.state.attribute.strip("_") or "taken")
    start = scene.span(first)
    indentation = document.indentation(start.line)
    at = document.offset(start.line - scene.comments_above(first))
    if value is not None:
        swapped = f"{indentation}{name}, {state} = {state}, {scene.code(value).strip()}"
    else:
        # Whoever else knows the container goes on to see the same one.
        swapped = f"{indentation}{name} = {state}.copy(){document.newline}{indentation}{state}.clear()"
    swapped += document.lines[scene.span(last).end_line - 1][scene.span(last).end_column - 1 :].rstrip("\r\n")
    edits = [Edit(at, at, swapped + document.newline)]
    for statement in run.statements[:-1]:
        inside = {id(node) for node in scene.within(statement)}
        for node in mentions(scene, site.state):
            if id(node) in inside:
                edits.append(document.replace(scene.span(node), name))
    span = scene.span(last)
    begin = document.offset(span.line)
    if document.lines[span.end_line - 1].rstrip("\r\n") == document.lines[span.end_line - 1]:
        begin -= len(document.newline)  # the file ends without a newline, and will
    edits.append(Edit(begin, document.offset(span.end_line + 1), ""))
    return Fix("unsafe", _title(site, target), tuple(edits))


def _title(site: Site, target: cst.BaseExpression) -> str:
    then = "work on it" if site.finding.code == "ARC110" else "tear it down"
    return f"take `{site.scene.code(target).strip()}` into a local first, then {then}"


def _emptied(site: Site, line: cst.SimpleStatementLine) -> tuple[cst.BaseExpression, cst.BaseExpression | None]:
    """Return what is emptied, and what it is set to, or None where a container is cleared."""
    statement = line.body[0]
    if cleared(site.scene, line) and len(site.state.steps) == 1:
        kinds = kinds_of(site.document, site.function, site.state)
        if not kinds or not kinds <= BUILTIN:
            raise RefusedError("what is cleared is not known to be a container")
        _refuse_remark(line)
        return container_of(line), None
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        raise UnlikeError("nothing is emptied")
    target, value = statement.targets[0].target, statement.value
    if site.scene.code(value).strip() not in EMPTY or len(site.state.steps) != 1 or "[]" in site.state.steps:
        raise UnlikeError("nothing is emptied")
    _refuse_remark(line)
    return target, value


def _refuse_remark(line: cst.SimpleStatementLine) -> None:
    if any(one.comment is not None for one in line.leading_lines):
        raise RefusedError("a comment stands above the line that would go")


def _teardown(site: Site, line: cst.SimpleStatementLine) -> Run:
    """Return the statements from the first that works on the object, in the block of the write, to the write."""
    scene = site.scene
    block, index = next(scene.blocks(line))
    used = set(map(id, mentions(scene, site.state)))
    first = index
    for number in range(index - 1, -1, -1):
        if any(isinstance(node, LEAVING) for node in scene.within(block.body[number])):
            break
        if any(id(node) in used for node in scene.within(block.body[number])):
            first = number
    run = Run(block, first, index)
    if first == index or not any(isinstance(one, cst.Await) for two in run.statements for one in scene.within(two)):
        raise RefusedError("what is torn down is not awaited in the same block")
    return run


def _closed_by(site: Site, line: cst.SimpleStatementLine) -> cst.Try | None:
    """Return the `try` that works on the object and gives way, if what empties the state stands in its `finally`."""
    scene = site.scene
    block, _ = next(scene.blocks(line))
    end = scene.parent(block)
    owner = scene.parent(end) if isinstance(end, cst.Finally) else None
    if not isinstance(owner, cst.Try) or not isinstance(scene.parent(owner), cst.IndentedBlock):
        return None
    used = set(map(id, mentions(scene, site.state)))
    inside = list(scene.within(owner.body))
    works = any(id(node) in used for node in inside) and any(isinstance(node, cst.Await) for node in inside)
    return owner if works else None


def _before(site: Site, line: cst.SimpleStatementLine, owner: cst.Try, value: cst.BaseExpression) -> Edit:
    """Return the edit that empties the state in front of a `try`, and not in its `finally`."""
    scene, document = site.scene, site.document
    block, index = next(scene.blocks(owner))
    run = Run(block, _first_wait(site, block, index), index)
    _refuse(site, run, line)
    lines, name = Lines(document, scene), site.fresh_name(site.state.attribute.strip("_") or "taken")
    first, own = run.statements[0], {id(node) for node in scene.within(line)}
    state = scene.code(line.body[0]).strip().partition("=")[0].strip()
    begin = scene.span(first).line
    text = f"{document.indentation(begin)}{name}, {state} = {state}, {scene.code(value).strip()}"
    lines.put(begin - scene.comments_above(first), text)
    inside = {id(node) for statement in run.statements for node in scene.within(statement)} - own
    for node in mentions(scene, site.state):
        if id(node) in inside:
            lines.reword(scene.span(node), name)
    _drop(lines, line, owner)
    return lines.edit()


def _first_wait(site: Site, block: cst.IndentedBlock, index: int) -> int:
    """Return the first of the statements up to a `try` that works on the object and gives way."""
    scene, first = site.scene, index
    used = set(map(id, mentions(scene, site.state)))
    for number in range(index - 1, -1, -1):
        inside = list(scene.within(block.body[number]))
        if any(isinstance(node, LEAVING) for node in inside):
            break
        if any(id(node) in used for node in inside) and any(isinstance(node, cst.Await) for node in inside):
            first = number
    return first


def _drop(lines: Lines, line: cst.SimpleStatementLine, owner: cst.Try) -> None:
    """Take out the line that emptied the state, and the `finally` and the `try` where they are left with nothing."""
    scene, end = lines.scene, owner.finalbody
    assert end is not None
    span, head, body = scene.span(line), scene.span(owner), scene.span(owner.body.body[0])
    if len(end.body.body) > 1:
        lines.drop_code(span.line, span.end_line)
        return
    if any(one.comment is not None for one in end.leading_lines) or body.line == head.line:
        raise RefusedError("a comment stands above the `finally` that would go, or the `try` is written on one line")
    lines.drop_code(scene.span(end).line, span.end_line)
    if not owner.handlers:
        lines.drop_code(head.line, head.line)
        lines.indent(head.line + 1, scene.span(owner.body.body[-1]).end_line, -1)


def _refuse(site: Site, run: Run, line: cst.BaseStatement) -> None:
    """Refuse where the state is written or looked at while it is torn down, but for the line that empties it."""
    scene = site.scene
    used = set(map(id, mentions(scene, site.state))) - {id(one) for one in scene.within(line)}
    for statement in run.statements:
        for node in scene.within(statement):
            if isinstance(node, cst.AssignTarget | cst.AugAssign | cst.Del) and any(
                id(one) in used for one in scene.within(node)
            ):
                raise RefusedError("the state is written in between")
            if isinstance(node, cst.FunctionDef | cst.Lambda):
                raise RefusedError("a function that is made in between may use the state")
    span = (scene.span(run.statements[0]).line, scene.span(run.statements[-1]).end_line)
    for inner in run_within(site.document, calls_in(site.function, span), elsewhere=False):
        if site.state.is_read_by(inner):
            raise RefusedError(f"{inner.name} uses the state while it is torn down")
