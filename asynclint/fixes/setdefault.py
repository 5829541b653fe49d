"""Put in only what is not there yet: `rows.setdefault(key, [])` for `rows[key] = []`."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.edits import Fix, RefusedError, UnlikeError
from asynclint.fixes.kinds import kinds_of
from asynclint.fixes.moving import is_pure
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import covers
from asynclint.fixes.site import Site
from asynclint.fixes.spare_key import DICTS

EMPTY = ("[]", "{}", "set()", "list()", "dict()", "deque()", "collections.deque()", "0")


@remedy("ARC102", rank=65)
def setdefault(site: Site) -> Fix:
    """Let whoever came first keep the entry."""
    scene, document = site.scene, site.document
    line = scene.alone(scene.at(site.finding.span))
    only = line.body[0]
    if not isinstance(only, cst.Assign) or len(only.targets) != 1:
        raise UnlikeError("the write is no `rows[key] = value`")
    target = only.targets[0].target
    if not isinstance(target, cst.Subscript) or len(target.slice) != 1:
        raise UnlikeError("the write is no `rows[key] = value`")
    entry, container = scene.code(target).strip(), scene.code(target.value).strip()
    key, value = scene.code(target.slice[0]).strip(), scene.code(only.value).strip()
    if value not in EMPTY:
        raise UnlikeError("what is put in is not the same whoever puts it in")
    known = kinds_of(document, site.function, site.state)
    if not known or not known <= DICTS or not is_pure(target):
        raise RefusedError("what is written to is not known to be a dict")
    check = scene.at(site.step("check", "read").span)
    owner = next((one for one in scene.around(check) if isinstance(one, cst.If)), None)
    if owner is None or not covers(scene.span(owner.body), scene.span(line)):
        raise RefusedError("the write does not stand below its check")
    if scene.code(owner.test).strip() not in (f"{key} not in {container}", f"not {container}.get({key})"):
        raise RefusedError("the check asks for more than whether the entry is there")
    text = f"{container}.setdefault({key}, {value})"
    return Fix(
        "unsafe", f"put `{entry}` in only where it is not there yet", (document.replace(scene.span(only), text),)
    )
