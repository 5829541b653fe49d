"""Take the lock earlier: what reads the state moves into the `async with` that the write stands in already."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.edits import Fix, RefusedError, UnlikeError
from asynclint.fixes.exits import leavings
from asynclint.fixes.leak import bound_in
from asynclint.fixes.lines import Lines
from asynclint.fixes.moving import names_in
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Scene
from asynclint.fixes.site import Site


@remedy("ARC101", "ARC102", rank=25)
def widen(site: Site) -> Fix:
    """Let a lock that is taken for the write be taken before the reading."""
    scene, document = site.scene, site.document
    taken, read = _taken(site), scene.at(site.step("read", "check").span)
    run = scene.run(read, taken)
    early = list(run.statements[:-1])
    if run.statements[-1] is not taken or not early:
        raise UnlikeError("the state is read under the lock already")
    if scene.comments_above(taken):
        raise RefusedError("a comment says why the lock is taken there")
    if next(leavings(scene, early), None) is not None:
        raise RefusedError("the function may leave before it takes the lock")
    if any(isinstance(node, cst.With | cst.Yield) for one in early for node in scene.within(one)):
        raise RefusedError("something else is held in front of the lock")
    if names_in(scene, taken.items[0]) & bound_in(scene, early):
        raise RefusedError("the lock is only found in between")
    lines = Lines(document, scene)
    span, first = scene.span(taken), scene.span(early[0]).line
    header = scene.span(taken.body.body[0]).line
    if header != span.line + 1:
        raise RefusedError("the lock is not taken on a line of its own")
    lines.put(first, *lines.moved(span.line, span.line, 0))
    lines.indent(first, span.line - 1)
    lines.drop(span.line, span.line)
    lock = scene.code(taken.items[0].item).strip()
    return Fix("unsafe", f"take `{lock}` before the state is read", (lines.edit(),))


def _taken(site: Site) -> cst.With:
    """Return the `async with` around the write that takes one lock, as its name says."""
    scene: Scene = site.scene
    for one in scene.around(scene.at(site.finding.span)):
        if isinstance(one, cst.With) and one.asynchronous is not None:
            name = scene.code(one.items[0].item).lower()
            if len(one.items) == 1 and one.items[0].asname is None and ("lock" in name or "mutex" in name):
                return one
            break
    raise UnlikeError("the write stands under no lock")
