"""Shield what several wait for: `await asyncio.shield(self.task)`; who is cancelled stops waiting, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.moving import is_pure
from asynclint.fixes.reach import last
from asynclint.fixes.registry import remedy
from asynclint.fixes.site import Site
from asynclint.fixes.top import Top, top_of

MAKERS = frozenset(("create_future", "create_task", "ensure_future"))
SHARED = "is cancelled for all who await it"
"""What a finding says of a task that several wait for."""


@remedy("ARC107", rank=10)
def shield(site: Site) -> Fix:
    """Put a shield around each await of the task in the function."""
    if SHARED not in site.finding.message:
        raise UnlikeError("no task is kept for others")
    scene, document, top = site.scene, site.document, top_of(site.document)
    slept = next((one for one in scene.around(scene.at(site.finding.span)) if isinstance(one, cst.Await)), None)
    if slept is None:
        raise UnlikeError("it is not awaited as such")
    target = _awaited(site, slept)
    _refuse_foreign(site, top, target)
    spelled, imports = top.constructor("shield")
    edits = [_around(site, one, spelled) for one in _same(site, target)]
    text = " ".join(document.text(scene.span(target)).split())
    title = f"await `{spelled}({text})`: who is cancelled stops waiting, and the task goes on"
    return Fix("unsafe", title, (*edits, *imports))


def _awaited(site: Site, node: cst.Await) -> cst.BaseExpression:
    """Return what is awaited, be it with a time limit."""
    inner = node.expression
    if isinstance(inner, cst.Call) and last(site.scene.code(inner.func).strip()) == "wait_for":
        for number, one in enumerate(inner.args):
            if (one.keyword.value == "fut" if one.keyword is not None else number == 0) and not one.star:
                return one.value
        raise RefusedError("what is waited for cannot be told")
    return inner


def _same(site: Site, target: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """Yield what the function awaits that is spelled like a node, that one included."""
    text = site.scene.code(target).strip()
    for one in site.scene.within(site.scene.node.body):
        if isinstance(one, cst.Await):
            other = _awaited(site, one)
            if other is target or (is_pure(target) and site.scene.code(other).strip() == text):
                yield other


def _around(site: Site, node: cst.BaseExpression, spelled: str) -> Edit:
    span = site.scene.whole(node)
    return site.document.replace(span, f"{spelled}({site.document.text(site.scene.span(node))})")


def _refuse_foreign(site: Site, top: Top, target: cst.BaseExpression) -> None:
    """Refuse where the task is not one of asyncio's, which nothing else can shield."""
    imports = dict(site.document.facts.imports)
    if not any(origin.partition(".")[0] == "asyncio" for origin in imports.values()):
        raise RefusedError("the file does not import asyncio, so what is awaited may be no task of its")
    made = [one for one in site.finding.trace if one.role == "write"]
    if not made:
        return
    step = site.step("write")
    scene = site.scene
    calls = [one for one in scene.within(scene.statement(scene.at(step.span))) if isinstance(one, cst.Call)]
    names = [scene.code(one.func).strip() for one in calls]
    for name in names:
        root, _, rest = name.partition(".")
        origin = imports.get(root, root)
        if (f"{origin}.{rest}" if rest else origin).startswith("asyncio."):
            return
        if last(name) in MAKERS and root not in imports:
            return  # a method of the loop
    if calls:
        raise RefusedError("what is awaited is no task of asyncio's")
