"""Swap to a local, then tear down: `task, self.task = self.task, None`, and only then await what ends it."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.kinds import BUILTIN, cleared, container_of, kinds_of
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
    run = _teardown(site, line)
    first, last = run.statements[0], run.statements[-1]
    _refuse(site, run)
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
    then = "work on it" if site.finding.code == "ARC110" else "tear it down"
    return Fix("unsafe", f"take `{state}` into a local first, then {then}", tuple(edits))


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


def _refuse(site: Site, run: Run) -> None:
    scene = site.scene
    used = set(map(id, mentions(scene, site.state)))
    for statement in run.statements[:-1]:
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
