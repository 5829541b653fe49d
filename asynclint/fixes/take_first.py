"""Take first: what was copied is taken out of the state at once, before it is worked on, and put back if that fails."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from asynclint.fixes.edits import Fix, RefusedError, UnlikeError
from asynclint.fixes.exits import leavings
from asynclint.fixes.kinds import BUILTIN, cleared, container_of, kinds_of
from asynclint.fixes.leak import bound_in, pauses
from asynclint.fixes.lines import Lines
from asynclint.fixes.moving import names_in
from asynclint.fixes.reach import calls_in, run_within
from asynclint.fixes.regions import mentions
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Run
from asynclint.fixes.site import Site

COPIES = frozenset(("list", "tuple", "set", "dict", "sorted", "frozenset", "deque"))
BACK = {
    "list": "{state}[:0] = {taken}",
    "set": "{state} |= set({taken})",
    "dict": "{state}.update({{**{taken}, **{state}}})",
}
"""How what was taken comes back in front of what has come in meanwhile."""


@remedy("ARC104", "ARC105", "ARC110", rank=5)
def take_first(site: Site) -> Fix:
    """Empty the state directly behind the copy, or make the copy that a loop works on."""
    scene = site.scene
    loop = next((one for one in scene.around(scene.at(site.finding.span)) if isinstance(one, cst.For)), None)
    if site.finding.code == "ARC104":
        if loop is None:
            raise UnlikeError("nothing is emptied behind a loop")
        return _looped(site, loop)
    line = scene.alone(scene.at(site.finding.span))
    block, index = next(scene.blocks(line))
    before = block.body[index - 1] if index else None
    if isinstance(before, cst.For) and cleared(scene, line) and not _copied_in(site, block.body[:index]):
        return _looped(site, before)
    return _copied(site, line, Run(block, 0, index))


# A copy is there


def _copied(site: Site, line: cst.SimpleStatementLine, run: Run) -> Fix:
    """Move the line that empties up to the copy, and put back what was taken where the work fails."""
    scene, document = site.scene, site.document
    if not _empties(site, line):
        raise UnlikeError("nothing is emptied")
    place = _copied_in(site, run.block.body[: run.last])
    if place is None:
        raise UnlikeError("no copy is worked on")
    number, taken = place
    copy, work = run.block.body[number], list(run.block.body[number + 1 : run.last])
    _refuse_work(site, work, copy)
    lines = Lines(document, scene)
    span, outer = scene.span(line), document.indentation(scene.span(line).line)
    above = span.line - scene.comments_above(line)
    first, end = scene.span(work[0]).line - scene.comments_above(work[0]), scene.span(work[-1]).end_line
    lines.put(first, *lines.moved(above, span.end_line, 0))
    lines.drop(above, span.end_line)
    state = scene.code(container_of(line)).strip()
    if site.finding.code == "ARC110":
        lines.put(first, f"{outer}try:")
        lines.indent(first, end)
        lines.put_undoing(end + 1, outer, _put_back(site, state, taken, copy))
    return Fix("unsafe", f"take `{site.state.text}` before the work", (lines.edit(),))


def _put_back(site: Site, state: str, taken: str, copy: cst.CSTNode) -> str:
    """Return the statement that puts back what was taken."""
    kinds = kinds_of(site.document, site.function, site.state)
    kind = next(iter(kinds)) if len(kinds) == 1 else ""
    if kind not in BACK:
        raise RefusedError("how what was taken would be put back cannot be told")
    code = "".join(site.scene.code(copy).split())
    if kind == "dict" and not code.endswith((".copy()", f"dict({state})")):
        raise RefusedError("the values are not kept")
    return BACK[kind].format(state=state, taken=taken)


def _copied_in(site: Site, statements: Sequence[cst.CSTNode]) -> tuple[int, str] | None:
    """Return which statement copies the state, and into which local; the last that does."""
    scene = site.scene
    for number in range(len(statements) - 1, -1, -1):
        line = statements[number]
        only = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        if not isinstance(only, cst.Assign) or len(only.targets) != 1:
            continue
        target, value = only.targets[0].target, only.value
        if isinstance(target, cst.Name) and _is_copy(site, value):
            return number, scene.code(target).strip()
    return None


def _is_copy(site: Site, value: cst.BaseExpression) -> bool:
    """Tell whether an expression is a copy of the whole state."""
    code, state = "".join(site.scene.code(value).split()), "".join(site.state.text.split())
    spelled = {f"{state}.copy()", f"{state}[:]", f"[*{state}]"} | {f"{name}({state})" for name in COPIES}
    return code in spelled | {f"copy.copy({state})"}


def _refuse_work(site: Site, work: list[cst.BaseStatement], copy: cst.CSTNode) -> None:
    """Refuse where the work looks at the state as it was, or does not lead to where it is emptied."""
    scene = site.scene
    if not work or not pauses(scene, work):
        raise UnlikeError("nothing is awaited between the copy and where it is emptied")
    if next(leavings(scene, work), None) is not None:
        raise RefusedError("the function may leave before it empties the state")
    inside = {id(node) for one in work for node in scene.within(one)}
    if any(id(node) in inside for node in mentions(scene, site.state)):
        raise RefusedError("the work looks at the state")
    if names_in(scene, copy) & bound_in(scene, work) - {site.state.root}:
        raise RefusedError("the copy is another one by then")
    span = scene.span(work[0]).line, scene.span(work[-1]).end_line
    for inner in run_within(site.document, calls_in(site.function, span), False, site.function):
        if site.state.is_read_by(inner):
            raise RefusedError(f"{inner.name} uses the state while it is worked on")


# A loop over the state itself


def _looped(site: Site, loop: cst.For) -> Fix:
    """Copy and empty the state, and loop over the copy."""
    scene, document = site.scene, site.document
    block, index = next(scene.blocks(loop))
    line = block.body[index + 1] if index + 1 < len(block.body) else None
    if not isinstance(line, cst.SimpleStatementLine) or not cleared(scene, line) or block.body[index] is not loop:
        raise UnlikeError("nothing is emptied behind the loop")
    container = scene.code(container_of(line)).strip()
    spelled = scene.code(loop.iter).strip()
    if spelled not in {container, *(f"{container}.{view}()" for view in ("values", "items", "keys"))}:
        raise UnlikeError("what is emptied is not what the loop goes over")
    if loop.orelse is not None or any(isinstance(one, cst.Return | cst.Break) for one in scene.within(loop)):
        raise RefusedError("the loop may end before its last element")
    if any(scene.code(node).strip() == container for node in scene.within(loop.body)):
        raise RefusedError("the work looks at the state")
    name = site.fresh_name("taken")
    lines = Lines(document, scene)
    span, outer, empty = scene.span(loop), document.indentation(scene.span(loop).line), scene.span(line)
    above = empty.line - scene.comments_above(line)
    first = span.line - scene.comments_above(loop)
    lines.put(first, f"{outer}{name} = {'tuple' if spelled != container else 'list'}({spelled})")
    lines.put(first, *lines.moved(above, empty.end_line, 0))
    lines.drop(above, empty.end_line)
    lines.reword(scene.whole(loop.iter), name)
    return Fix("unsafe", f"take what is in `{container}` before the work", (lines.edit(),))


def _empties(site: Site, line: cst.SimpleStatementLine) -> bool:
    """Tell whether a line leaves nothing in the state, and does no more."""
    only = line.body[0]
    if cleared(site.scene, line):
        return bool(kinds_of(site.document, site.function, site.state) & BUILTIN)
    if not isinstance(only, cst.Assign) or len(only.targets) != 1:
        return False
    return site.scene.code(only.value).strip() in ("[]", "{}", "set()", "list()", "dict()", "deque()")
