"""Empty only what was taken down: `if self.client is client:` in front of `self.client = None`."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.kinds import kinds_of
from asynclint.fixes.moving import is_pure, names_in
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Scene
from asynclint.fixes.site import Site

DICTS = frozenset(("dict", "defaultdict", "OrderedDict"))


@remedy("ARC102", "ARC105", rank=65)
def own_only(site: Site) -> Fix:
    """Look whether the state is still what the function has in a local, and empty it only then."""
    scene, document = site.scene, site.document
    line = scene.alone(scene.at(site.finding.span))
    target = _emptied(line)
    if target is None or _spelled(scene, target) != "".join(site.state.text.split()):
        raise UnlikeError("the state is not emptied")
    found = list(_copies(site, target, line))
    if not found:
        raise UnlikeError("what is emptied is in no local")
    name, look = found[-1]
    span = scene.span(line)
    indentation = document.indentation(span.line)
    at = document.offset(span.line)
    header = f"{indentation}if {look} is {name}:{document.newline}{indentation}{scene.unit}"
    if span.line != span.end_line:
        raise RefusedError("the line that empties it goes over several lines")
    moved = Edit(at, at + len(indentation), header)
    return Fix("unsafe", f"empty `{site.state.text}` only if it is still `{name}`", (moved,))


def _emptied(line: cst.SimpleStatementLine) -> cst.BaseExpression | None:
    """Return what a line sets to None or deletes."""
    only = line.body[0]
    if isinstance(only, cst.Del):
        return only.target
    if isinstance(only, cst.Assign) and len(only.targets) == 1:
        return only.targets[0].target if isinstance(only.value, cst.Name) and only.value.value == "None" else None
    return None


def _copies(site: Site, target: cst.BaseExpression, line: cst.SimpleStatementLine) -> Iterator[tuple[str, str]]:
    """Yield the locals that hold the state since before the suspension, each with how the state is looked up."""
    scene = site.scene
    slept, end = scene.span(scene.at(site.step("suspend").span)), scene.span(line)
    bound = [(scene.span(one), one) for one in scene.within(scene.node.body) if isinstance(one, cst.Assign)]
    for span, one in bound:
        to = one.targets[0].target
        if len(one.targets) != 1 or not isinstance(to, cst.Name) or span.line >= slept.line:
            continue
        look = _looked_up(site, target, one.value)
        if not look or _stores(scene, to.value) != 1 or not is_pure(one.value):
            continue
        rebound = {name for name in names_in(scene, target) if _stores(scene, name)} - {to.value}
        run = scene.run(scene.statement(one), line)
        if not rebound and run.statements[0] is scene.statement(one) and span.line < end.line:
            yield to.value, look


def _looked_up(site: Site, target: cst.BaseExpression, value: cst.BaseExpression) -> str:
    """Return how the state is read where it may be gone, if an expression reads it; else empty."""
    scene = site.scene
    spelled, read = _spelled(scene, target), _spelled(scene, value)
    if not isinstance(target, cst.Subscript):
        return spelled if read == spelled else ""
    container, key = scene.code(target.value).strip(), ", ".join(scene.code(one).strip() for one in target.slice)
    if len(target.slice) != 1:
        return ""
    get = f"{container}.get({key})"
    if read in ("".join(get.split()), "".join(f"{container}.get({key},None)".split())):
        return get
    if read == spelled and kinds_of(site.document, site.function, site.state) & DICTS:
        return get
    return ""


def _spelled(scene: Scene, node: cst.CSTNode) -> str:
    return "".join(scene.code(node).split())


def _stores(scene: Scene, name: str) -> int:
    """Count how often a function binds a name."""
    count = 0
    for node in scene.nodes:
        if isinstance(node, cst.AssignTarget | cst.AugAssign | cst.AnnAssign | cst.NamedExpr | cst.For | cst.CompFor):
            names = [one for one in scene.within(node.target) if isinstance(one, cst.Name) and one.value == name]
            count += sum(1 for one in names if _binds(scene, node.target, one))
        elif isinstance(node, cst.AsName) and isinstance(node.name, cst.Name):
            count += node.name.value == name
    return count


def _binds(scene: Scene, target: cst.BaseExpression, name: cst.Name) -> bool:
    """Tell whether a name in a target is bound there, and is no part of a path."""
    for one in scene.around(name):
        if one is target:
            return not isinstance(target, cst.Attribute | cst.Subscript)
        if isinstance(one, cst.Attribute | cst.Subscript):
            return False
    return False
