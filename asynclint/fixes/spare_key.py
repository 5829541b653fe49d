"""Take out what may be gone: `rows.pop(key, None)` for `del rows[key]`, `discard` for `remove`."""

from __future__ import annotations

import re

import libcst as cst

from asynclint.findings import Applicability
from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.kinds import kinds_of
from asynclint.fixes.reach import may_write
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import covers
from asynclint.fixes.site import Site

DICTS = frozenset(("dict", "defaultdict", "OrderedDict", "Counter", "WeakValueDictionary", "ChainMap", "UserDict"))
SETS = frozenset(("set", "WeakSet"))


@remedy("ARC102", rank=20)
def spare_key(site: Site) -> Fix:
    """Replace what raises where the key is gone by what does not."""
    line = site.scene.alone(site.node(site.finding.span))
    statement = line.body[0]
    text = _spared(site, statement)
    span = site.scene.span(statement)
    lines = (site.step("check", "read").span.line, span.end_line)
    applicability: Applicability = "unsafe" if _may_be_gone(site, lines) else "safe"
    edit: Edit = site.document.replace(span, text)
    return Fix(applicability, f"let `{text}` pass over what is gone already", (edit,))


def tolerant(site: Site, statement: cst.BaseSmallStatement) -> str:
    """Return what takes the same out and does not mind if it is gone; empty where there is nothing like it."""
    try:
        return _spared(site, statement)
    except RefusedError:
        return ""


def _spared(site: Site, statement: cst.BaseSmallStatement) -> str:
    if isinstance(statement, cst.Del):
        return _popped(site, statement.target)
    if isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Call):
        return _called(site, statement.value)
    raise UnlikeError("the write is no removal on a line of its own")


def _popped(site: Site, target: cst.CSTNode) -> str:
    if not isinstance(target, cst.Subscript) or not _is_mapping(site, target):
        raise RefusedError("what is deleted is not known to be a key of a dict")
    if isinstance(target.slice[0].slice, cst.Slice):
        raise RefusedError("a slice is deleted")
    value = site.document.text(site.scene.whole(target.value))
    return f"{value}.pop({_subscript(site, target)}, None)"


def _subscript(site: Site, target: cst.Subscript) -> str:
    inner = site.document.text(site.scene.span(target))[len(site.document.text(site.scene.whole(target.value))) :]
    key = inner.strip()[1:-1].strip()
    return f"({key})" if len(target.slice) > 1 else key


def _called(site: Site, call: cst.Call) -> str:
    method = call.func
    if not isinstance(method, cst.Attribute) or len(call.args) != 1 or call.args[0].keyword is not None:
        raise UnlikeError("the call is none that could pass over what is gone")
    receiver = site.document.text(site.scene.whole(method.value))
    argument = site.document.text(site.scene.whole(call.args[0].value))
    if method.attr.value == "remove" and _known(site) <= SETS and _known(site):
        return f"{receiver}.discard({argument})"
    if method.attr.value == "pop" and (_known(site) <= DICTS and _known(site)):
        return f"{receiver}.pop({argument}, None)"
    raise RefusedError("the container is not known to be one that can pass over what is gone")


def _known(site: Site) -> frozenset[str]:
    return kinds_of(site.document, site.function, site.state)


def _is_mapping(site: Site, target: cst.Subscript) -> bool:
    """Tell whether the container is a dict, by what is assigned to it or by how it was checked."""
    known = _known(site)
    if known:
        return known <= DICTS
    check = site.step("check", "read")
    code = site.document.lines[check.span.line - 1]
    container = re.escape(site.scene.code(target.value).strip())
    return re.search(rf"\bin {container}\b|{container}\.(get|items|keys)\(", code) is not None


def _is_behind(site: Site) -> bool:
    """Tell whether the removal stands behind the statement that makes the check, or in another function."""
    scene, step = site.scene, site.step("check", "read")
    if (step.path, step.function) != (site.finding.path, site.finding.function):
        return True
    check = scene.at(step.span)
    for one in scene.around(check):
        if isinstance(one, cst.If | cst.While) and covers(scene.span(one.test), scene.span(check)):
            return not covers(scene.span(one.body), site.finding.span)
    return False


def _comes_again(site: Site) -> bool:
    """Tell whether a round of a loop may take out once more, unchecked, what the round before has taken out."""
    scene, check = site.scene, site.step("check", "read").span
    if check.line > site.finding.span.line:
        return True
    loops = (one for one in scene.around(scene.at(site.finding.span)) if isinstance(one, cst.For | cst.While))
    return any(not covers(scene.span(loop), check) for loop in loops)


def _may_be_gone(site: Site, lines: tuple[int, int]) -> bool:
    """Tell whether one task alone may have removed it after the check, and would have been told by an error."""
    if re.search(r"\b(not|or)\b", site.document.lines[lines[0] - 1]) or _is_behind(site):
        return True  # it is checked not to be there: one task alone is told so, too
    if _comes_again(site):
        return True
    inside = (lines[0], lines[1] - 1)
    return may_write(site.document, site.function, inside, site.state)
