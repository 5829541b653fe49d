"""Publish last: build it in a local, await what makes it ready, store it then; under a lock if it is made on demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.edits import Fix, RefusedError, UnlikeError
from asynclint.fixes.exits import ends_by_leaving, leavings
from asynclint.fixes.leak import Leak
from asynclint.fixes.lines import Lines
from asynclint.fixes.locking import held, is_held
from asynclint.fixes.moving import is_pure
from asynclint.fixes.reach import calls_in, run_within
from asynclint.fixes.regions import Region, mentions, with_answer
from asynclint.fixes.registry import remedy
from asynclint.fixes.reserve import READY
from asynclint.fixes.scene import Run, Scene
from asynclint.fixes.site import Site

ADDING = ("add", "append")


@dataclass(frozen=True)
class _Early:
    """The line that stores too early, its target and value, and the run from there to what makes it ready."""

    line: cst.SimpleStatementLine
    target: cst.BaseExpression
    value: cst.BaseExpression
    run: Run


@remedy("ARC106", "ARC107", rank=20)
def publish_last(site: Site) -> Fix:
    """Move the store behind what makes ready; in front of it a local takes the place of the state."""
    if site.finding.code == "ARC107" and not READY.search(site.state.attribute):
        raise UnlikeError("the mark does not say that work has been done")
    if site.finding.code == "ARC107" and _ends(site):
        raise UnlikeError("the function takes it back itself, so it says that work is being done")
    early = _early(site)
    _refuse(site, early)
    title = f"set `{site.state.text}` only when it is ready"
    check = _check(site, early)
    run = site.scene.run(check or early.line, early.run.statements[-1])
    own = Region(site.scene, with_answer(site.scene, run, site.state))
    lines = Lines(site.document, site.scene)
    if check is None or is_held(own):
        _move(site, early, lines, 0)
        return Fix("unsafe", title, (lines.edit(),))
    taken = held(site, own)
    first, last = own.lines
    lines.put(first, f"{site.document.indentation(first)}{taken.header(own)}")
    lines.indent(first, last)
    _move(site, early, lines, 1)
    return taken.fix(f"{title}, under `{taken.spelled}`", lines.edit())


def _ends(site: Site) -> bool:
    """Tell whether the function takes the mark back when all is done, and not only where it has failed."""
    reset = Leak(site).reset
    handled = reset is not None and any(isinstance(one, cst.ExceptHandler) for one in site.scene.around(reset))
    return reset is not None and not handled


def _early(site: Site) -> _Early:
    scene = site.scene
    line = scene.alone(scene.at(site.finding.span))
    target, value = _stored(scene, line)
    run = scene.run(line, scene.at(site.step("suspend").span))
    if run.statements[0] is not line:
        raise RefusedError("what makes it ready is awaited in another block")
    last = run.last
    for number in range(run.last + 1, len(run.block.body)):
        statement = run.block.body[number]
        if not isinstance(statement, cst.SimpleStatementLine):
            break
        if any(isinstance(one, cst.Await) and _is_work(site, target, value, one) for one in scene.within(statement)):
            last = number
    return _Early(line, target, value, Run(run.block, run.first, last))


def _stored(scene: Scene, line: cst.SimpleStatementLine) -> tuple[cst.BaseExpression, cst.BaseExpression]:
    """Return where a line stores, and what: `rooms.add(name)` stores a name in `rooms`."""
    only = line.body[0]
    if isinstance(only, cst.Assign) and len(only.targets) == 1:
        return only.targets[0].target, only.value
    call = only.value if isinstance(only, cst.Expr) else None
    method = call.func if isinstance(call, cst.Call) and len(call.args) == 1 and is_pure(call.args[0].value) else None
    if isinstance(method, cst.Attribute) and method.attr.value in ADDING:
        return method.value, cst.Tuple([])
    raise RefusedError("the line that stores does more than that")


def _is_work(site: Site, target: cst.BaseExpression, value: cst.BaseExpression, awaited: cst.Await) -> bool:
    """Tell whether an await goes on making ready what is stored: a call of it, or anything where a mark is set."""
    if _is_mark(site, value):
        return True
    called = awaited.expression.func if isinstance(awaited.expression, cst.Call) else None
    names = {site.scene.code(target).strip(), site.scene.code(value).strip()}
    return isinstance(called, cst.Attribute) and site.scene.code(called.value).strip() in names


def _is_mark(site: Site, value: cst.BaseExpression) -> bool:
    """Tell whether a value is no object, but says something: `True`, a time, a number."""
    return is_pure(value) and (not isinstance(value, cst.Name) or site.scene.code(value) in ("True", "False"))


def _refuse(site: Site, early: _Early) -> None:
    """Refuse where something on the way needs the state as it is stored, or leaves."""
    scene, behind = site.scene, early.run.statements[1:]
    first, last = scene.span(behind[0]).line, scene.span(behind[-1]).end_line
    if next(leavings(scene, behind), None) is not None:
        raise RefusedError("the function may leave before it is ready")
    nodes = [node for statement in behind for node in scene.within(statement)]
    handlers = [scene.span(one) for one in nodes if isinstance(one, cst.ExceptHandler)]
    for write in site.state.writes(site.function):
        if first <= write.line <= last and not any(one.line <= write.line <= one.end_line for one in handlers):
            raise RefusedError("the state is written again before it is ready")
    for inner in run_within(site.document, calls_in(site.function, (first, last)), elsewhere=False):
        if site.state.is_read_by(inner) or next(site.state.writes(inner), None) is not None:
            raise RefusedError(f"{inner.name} uses it to make it ready")
    for node in nodes:
        if isinstance(node, cst.FunctionDef | cst.Lambda) and site.state.attribute in scene.code(node):
            raise RefusedError("a function that is made in between uses the state")


def _move(site: Site, early: _Early, lines: Lines, steps: int) -> None:
    """Put the store behind the run, and a local in its place where what is stored is made on that line."""
    scene, document = site.scene, site.document
    span, end = scene.span(early.line), scene.span(early.run.statements[-1]).end_line
    indentation, state = scene.unit * steps + document.indentation(span.line), scene.code(early.target).strip()
    behind = early.run.statements[1:]
    if is_pure(early.value):
        above = span.line
        if scene.comments_above(early.line):
            raise RefusedError("a comment says why it is set there")
        lines.put(end + 1, *lines.moved(above, span.end_line, steps))
        lines.drop(above, span.end_line)
        if _is_mark(site, early.value):
            return
        name = scene.code(early.value).strip()
    else:
        name = site.fresh_name("fresh" if "[]" in site.state.steps else site.state.attribute.strip("_") or "fresh")
        lines.reword(scene.whole(early.target), name)
        lines.put(end + 1, f"{indentation}{state} = {name}")
    for node in _used(site, state, behind):
        lines.reword(scene.span(node), name)


def _used(site: Site, state: str, statements: list[cst.BaseStatement]) -> Iterator[cst.BaseExpression]:
    """Yield where statements spell the state; refuse where they reach it otherwise."""
    scene = site.scene
    for statement in statements:
        spelled = [node for node in scene.within(statement) if isinstance(node, cst.BaseExpression)]
        spelled = [node for node in spelled if scene.code(node).strip() == state]
        inside = {id(one) for node in spelled for one in scene.within(node)}
        within = set(map(id, scene.within(statement)))
        if any(id(node) in within and id(node) not in inside for node in mentions(scene, site.state)):
            raise RefusedError("what is around the state is used before it is ready")
        yield from spelled


def _check(site: Site, early: _Early) -> cst.If | None:
    """Return the `if` by which the state is made only where it is not there yet."""
    scene = site.scene
    asked = {id(node) for node in mentions(scene, site.state)}
    for block, index in scene.blocks(early.line):
        for before in reversed(block.body[:index]):
            if isinstance(before, cst.If) and ends_by_leaving(before) and _asks(site, before, asked):
                return before
        owner = scene.parent(block)
        if isinstance(owner, cst.If) and owner.body is block and _asks(site, owner, asked):
            return owner
    return None


def _asks(site: Site, owner: cst.If, asked: set[int]) -> bool:
    return any(id(node) in asked for node in site.scene.within(owner.test))
