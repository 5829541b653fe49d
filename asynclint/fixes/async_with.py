"""Hold a lock by `async with`: for `await lock.acquire()` and what releases it."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.edits import Fix, RefusedError, UnlikeError
from asynclint.fixes.exits import drop_before_leaving, following, leaves, leavings, twins, unwrap
from asynclint.fixes.leak import Leak, line_text
from asynclint.fixes.lines import Lines
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Scene
from asynclint.fixes.site import Site


@remedy("ARC206", rank=20)
def async_with(site: Site) -> Fix:
    """Put all from the acquisition to the release into one `async with`."""
    scene, leak = site.scene, Leak(site)
    lock = _acquired(scene, leak.set)
    body, lines = _held(leak), Lines(site.document, site.scene)
    _drop_releases(leak, lines, body, f"{lock}.release()")
    start = scene.span(leak.set)
    lines.put(start.line, f"{site.document.indentation(start.line)}async with {lock}:{site.document.remark(start)}")
    lines.drop(start.line, start.end_line)
    lines.indent(start.end_line + 1, scene.span(body[-1]).end_line)
    return Fix("unsafe", f"hold `{lock}` by `async with`", (lines.edit(),))


def _acquired(scene: Scene, line: cst.SimpleStatementLine) -> str:
    """Return the lock that a line takes, where it does nothing else."""
    only = line.body[0]
    call = only.value.expression if isinstance(only, cst.Expr) and isinstance(only.value, cst.Await) else None
    if not isinstance(call, cst.Call) or call.args or not isinstance(call.func, cst.Attribute):
        raise UnlikeError("it is not taken by a plain `await lock.acquire()`")
    if call.func.attr.value != "acquire":
        raise UnlikeError("it is not taken by a plain `await lock.acquire()`")
    return scene.code(call.func.value).strip()


def _held(leak: Leak) -> list[cst.BaseStatement]:
    """Return the statements from behind the acquisition to the last release in the same block."""
    scene = leak.site.scene
    if leak.reset is None or line_text(scene, leak.reset) != f"{_acquired(scene, leak.set)}.release()":
        raise UnlikeError("it is not released by this function itself")
    block, index = next(scene.blocks(leak.set))
    release = line_text(scene, leak.reset)
    for number in range(len(block.body) - 1, index, -1):
        last = block.body[number]
        ends = twins(scene, [last], release)
        if any(scene.alone(one) is last or _in_finally(scene, last, scene.alone(one)) for one in ends):
            return list(block.body[index + 1 : number + 1])
    raise RefusedError("it is released in another block than it is taken in")


def _drop_releases(leak: Leak, lines: Lines, body: list[cst.BaseStatement], release: str) -> None:
    """Take out all releases; refuse where the lock would be held for longer or for less long than it was."""
    scene, exempt = leak.site.scene, set[int]()
    releases = twins(scene, body, release)
    calls = [node for one in body for node in scene.within(one) if isinstance(node, cst.Call)]
    if len(releases) != sum(scene.code(one).strip() == release for one in calls):
        raise RefusedError("it is released as a part of something else")
    for one in releases:
        line, after = scene.alone(one), following(scene, one)
        if line is body[-1]:
            span = scene.span(line)
            lines.drop_code(span.line, span.end_line)
        elif after is None and _in_finally(scene, body[-1], line):
            _drop_finally(scene, lines, body[-1], line)
        elif leaves(after):
            exempt.add(id(after))
            drop_before_leaving(scene, lines, one, ready=None)
        else:
            raise RefusedError("something is done after the lock is released")
    for leaving in leavings(scene, body):
        if id(scene.parent(leaving)) not in exempt and not _is_covered(scene, body[-1], leaving):
            raise RefusedError("the lock is held where the function leaves in between")


def _in_finally(scene: Scene, last: cst.BaseStatement, line: cst.SimpleStatementLine) -> bool:
    """Tell whether a line stands in the `finally` of a statement."""
    return isinstance(last, cst.Try) and last.finalbody is not None and line in last.finalbody.body.body


def _is_covered(scene: Scene, last: cst.BaseStatement, leaving: cst.CSTNode) -> bool:
    """Tell whether the `finally` that released the lock ran on this way out."""
    return isinstance(last, cst.Try) and last.finalbody is not None and leaving in list(scene.within(last))


def _drop_finally(scene: Scene, lines: Lines, owner: cst.BaseStatement, line: cst.SimpleStatementLine) -> None:
    """Take a release out of a `finally`, and the `finally` or the whole `try` with it where nothing else is left."""
    assert isinstance(owner, cst.Try) and owner.finalbody is not None
    span = scene.span(line)
    if len(owner.finalbody.body.body) > 1:
        lines.drop_code(span.line, span.end_line)
        return
    lines.drop_code(scene.span(owner.finalbody).line, span.end_line)
    if not owner.handlers:
        unwrap(scene, lines, owner)
