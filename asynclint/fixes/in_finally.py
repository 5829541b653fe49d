"""Take it back in `finally`: `try` directly behind the line that sets a mark, and at its end what takes it back."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.edits import Fix, RefusedError, UnlikeError
from asynclint.fixes.exits import drop_before_leaving, following, leavings, twins
from asynclint.fixes.leak import Leak, bound_in, is_plain, line_text, pauses, puts_back
from asynclint.fixes.lines import Lines
from asynclint.fixes.moving import names_in
from asynclint.fixes.regions import gives_way
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Scene
from asynclint.fixes.site import Site
from asynclint.fixes.spare_key import tolerant


@remedy("ARC107", "ARC206", rank=30)
def in_finally(site: Site) -> Fix:
    """Put a `try` around all that can fail, or make the one that is there begin earlier."""
    leak = Leak(site)
    if leak.reset is None:
        raise UnlikeError("nothing takes it back in this function")
    if not is_plain(site.scene, leak.reset):
        raise RefusedError("the line that takes it back does more than that")
    if not puts_back(leak, leak.reset):
        raise RefusedError("what follows where nothing fails is another state")
    around = site.scene.parent(site.scene.parent(leak.reset) or leak.reset)
    if isinstance(around, cst.Finally):
        owner = site.scene.parent(around)
        assert isinstance(owner, cst.Try | cst.TryStar)
        if leak.set not in list(site.scene.within(owner)):
            fix = _around_it(leak, owner, around, leak.reset) or _begun_earlier(leak, owner, around)
            if fix is not None:
                return fix
    return _wrapped(leak, leak.reset)


def _fix(leak: Leak, lines: Lines) -> Fix:
    return Fix("unsafe", f"{leak.repair} in `finally`", (lines.edit(),))


# A `try` that begins too late


def _begun_earlier(leak: Leak, late: cst.Try | cst.TryStar, end: cst.Finally) -> Fix | None:
    """Move the beginning of a `try` up to the line that sets the mark; None if it stands there already."""
    scene = leak.site.scene
    run = scene.run(leak.set, late)
    if run.statements[0] is not leak.set or run.statements[-1] is not late:
        raise RefusedError("it is set in another block than the `try` that takes it back")
    between = run.statements[1:-1]
    if not between:
        return None
    _refuse_early(leak, between, end)
    lines = Lines(leak.site.document, scene)
    first = scene.span(between[0]).line - scene.comments_above(between[0])
    span, body = scene.span(late), scene.span(late.body.body[0])
    if late.handlers or late.orelse is not None:
        lines.put(first, f"{leak.site.document.indentation(span.line)}try:")
        lines.indent(first, scene.span(end).line - 1)
    else:
        opening = range(span.line, _opening_end(leak, late, body.line))
        lines.put(first, *lines.moved(opening[0], opening[-1], 0))
        lines.indent(first, span.line - 1)
        lines.drop(opening[0], opening[-1])
    return _fix(leak, lines)


def _around_it(leak: Leak, late: cst.Try | cst.TryStar, end: cst.Finally, reset: cst.SimpleStatementLine) -> Fix | None:
    """Put a `try` around the one that is there, and what takes it back into its `finally`; None if that need not be.

    So it is where the `finally` that is there does more, which may fail, or must not be done so early.
    """
    scene, document = leak.site.scene, leak.site.document
    run = scene.run(leak.set, late)
    others = [one for one in end.body.body if one is not reset]
    if run.statements[0] is not leak.set or all(_is_line(scene, one) for one in others) or not others:
        return None
    if run.statements[-1] is not late:
        raise RefusedError("it is set in another block than the `try` that takes it back")
    if end.body.body[-1] is not reset:
        raise RefusedError("the `finally` goes on after it takes it back")
    body = run.statements[1:]
    if next(leavings(scene, body[:-1]), None) is not None:
        raise RefusedError("it is left set on purpose, where the function leaves in between")
    if names_in(scene, reset) & bound_in(scene, body):
        raise RefusedError("what takes it back uses what is only made in between")
    lines = Lines(document, scene)
    outer = document.indentation(scene.span(late).line)
    first = scene.span(body[0]).line - scene.comments_above(body[0])
    back = scene.span(reset)
    above = back.line - scene.comments_above(reset)
    kept = scene.span(others[-1]).end_line
    lines.put(first, f"{outer}try:")
    lines.indent(first, kept)
    lines.drop(above, back.end_line)
    if _is_blank(leak, kept + 1, above - 1):
        lines.drop(kept + 1, above - 1)
    lines.put(back.end_line + 1, f"{outer}finally:", *lines.moved(above, back.end_line, 0))
    return _fix(leak, lines)


def _is_line(scene: Scene, statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.BaseStatement) and is_plain(scene, statement)


def _opening_end(leak: Leak, late: cst.Try | cst.TryStar, body: int) -> int:
    """Return the line after the one with `try:`."""
    line = leak.site.scene.span(late).line
    if body == line:
        raise RefusedError("the `try` is written on one line")
    return line + 1


def _refuse_early(leak: Leak, between: list[cst.BaseStatement], end: cst.Finally) -> None:
    """Refuse where the `finally` does what it must not do so early."""
    scene = leak.site.scene
    bound = bound_in(scene, between)
    for statement in end.body.body:
        if not isinstance(statement, cst.BaseStatement) or not is_plain(scene, statement):
            raise RefusedError("the `finally` does more than to take it back")
        if names_in(scene, statement) & bound:
            raise RefusedError("the `finally` uses what is only made in between")
    if next(leavings(scene, between), None) is not None:
        raise RefusedError("it is left set on purpose, where the function leaves in between")


# No `try` yet


def _wrapped(leak: Leak, reset: cst.SimpleStatementLine) -> Fix:
    scene = leak.site.scene
    body = _body(leak, reset)
    bound = bound_in(scene, body)
    if names_in(scene, reset) & bound:
        raise RefusedError("what takes it back uses what is only made in between")
    only = body[0] if len(body) == 1 else None
    ready = only if isinstance(only, cst.Try | cst.TryStar) and only.finalbody is None else None
    lines = Lines(leak.site.document, scene)
    first = scene.span(body[0]).line - scene.comments_above(body[0])
    end = scene.span(body[-1]).end_line
    back = scene.span(reset)
    remarks = back.line - scene.comments_above(reset)
    indentation = leak.site.document.indentation(back.line)
    if _is_blank(leak, end + 1, remarks - 1):
        lines.drop(end + 1, remarks - 1)
    if ready is None:
        lines.put(first, f"{indentation}try:")
        lines.indent(first, remarks - 1)
    _drop_twins(leak, lines, body, reset, ready)
    lines.put(remarks, f"{indentation}finally:")
    lines.indent(remarks, back.end_line)
    spared = tolerant(leak.site, reset.body[0])
    if spared:
        lines.drop(back.line, back.end_line)
        lines.put(back.line, f"{indentation}{scene.unit}{spared}{leak.site.document.remark(back)}")
    return _fix(leak, lines)


def _is_blank(leak: Leak, first: int, last: int) -> bool:
    return all(not line.strip() for line in leak.site.document.lines[first - 1 : last])


def _body(leak: Leak, reset: cst.SimpleStatementLine) -> list[cst.BaseStatement]:
    """Return what goes into the `try`: all behind the line that sets the mark, or what fails in a block of its own."""
    scene = leak.site.scene
    block, end = next(scene.blocks(reset))
    for one, index in scene.blocks(leak.set):
        if one is block:
            if one.body[index] is not leak.set and _fails_behind(scene, one.body[index], leak.set):
                raise RefusedError("it is set in another block, and something there can fail after it")
            statements = list(block.body[index + 1 : end])
            break
    else:
        failing = [number for number, one in enumerate(block.body[:end]) if pauses(scene, (one,))]
        inside = any(leak.failed in list(scene.within(one)) for one in block.body[:end])
        if not failing or not inside:
            raise RefusedError("it is set and taken back in different blocks")
        statements = list(block.body[failing[0] : end])
    if not statements:
        raise RefusedError("nothing stands between setting it and taking it back")
    return statements


def _fails_behind(scene: Scene, outer: cst.CSTNode, line: cst.CSTNode) -> bool:
    """Tell whether something in a statement can fail after one of its lines."""
    end = scene.span(line)
    for node in scene.within(outer):
        span = scene.span(node)
        is_behind = isinstance(outer, cst.For | cst.While) or (span.line, span.column) > (end.end_line, end.end_column)
        if is_behind and (gives_way(node) or isinstance(node, cst.Raise)):
            return True
    return False


def _drop_twins(
    leak: Leak,
    lines: Lines,
    body: list[cst.BaseStatement],
    reset: cst.SimpleStatementLine,
    ready: cst.Try | cst.TryStar | None,
) -> None:
    """Take out what takes the mark back before an early exit: the `finally` does so; refuse where an exit does not."""
    scene = leak.site.scene
    exempt: set[int] = set()
    again = not isinstance(reset.body[0], cst.Assign)
    for twin in twins(scene, body, line_text(scene, reset)):
        after = following(scene, twin)
        if drop_before_leaving(scene, lines, twin, ready):
            exempt.add(id(after))
        elif again:
            raise RefusedError("it is taken back in between as well")
    for leaving in leavings(scene, body):
        if id(scene.parent(leaving)) not in exempt:
            raise RefusedError("it is left set on purpose, where the function leaves in between")
