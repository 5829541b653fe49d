"""Iterate over a snapshot: `for x in list(self.peers)`, `for k, v in tuple(self.rows.items())`."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability
from asynclint.fixes.edits import Fix, RefusedError
from asynclint.fixes.kinds import kinds_of
from asynclint.fixes.reach import may_write
from asynclint.fixes.registry import remedy
from asynclint.fixes.site import Site

VIEWS = ("items", "keys", "values")
EAGER = ("get", "enumerate", "zip", "reversed", "sorted")
"""Calls of which a copy holds what they would have handed out one by one."""
RAISING = frozenset(("dict", "set", "deque", "defaultdict", "OrderedDict", "Counter"))
"""Containers that raise if the body changes their size: there is no behaviour of one task to keep."""


@remedy("ARC104", rank=10)
def snapshot(site: Site) -> Fix:
    """Copy the container before the loop begins."""
    if site.finding.trace[0].span != site.finding.span:
        raise RefusedError("the loop is in a helper, which others call as well")
    loop, iterable = _loop(site)
    copy = "tuple" if _calls(iterable, VIEWS) else "list"
    if copy in site.function.bindings | {name for name, _ in site.document.facts.globals}:
        raise RefusedError(f"the code has a variable of its own named {copy}")
    span = site.scene.span(iterable)
    edit = site.document.replace(span, f"{copy}({site.document.text(span)})")
    lazy = isinstance(iterable, cst.Call) and not _calls(iterable, VIEWS + EAGER)
    applicability: Applicability = "unsafe" if lazy or _body_may_write(site, loop) else "safe"
    return Fix(applicability, f"iterate over a snapshot of `{site.state.text}`", (edit,))


def _loop(site: Site) -> tuple[cst.CSTNode, cst.BaseExpression]:
    for node in site.scene.around(site.node(site.finding.span)):
        if isinstance(node, cst.For):
            return node, node.iter
        if isinstance(node, cst.CompFor):
            return site.scene.parents[node], node.iter
        if isinstance(node, cst.BaseComp):
            return node, node.for_in.iter
        if isinstance(node, cst.FunctionDef):
            break
    raise RefusedError("the loop cannot be found")


def _calls(iterable: cst.BaseExpression, names: tuple[str, ...]) -> bool:
    """Tell whether an expression is a call of a method or function with one of the names."""
    if not isinstance(iterable, cst.Call):
        return False
    called = iterable.func.attr if isinstance(iterable.func, cst.Attribute) else iterable.func
    return isinstance(called, cst.Name) and called.value in names


def _body_may_write(site: Site, loop: cst.CSTNode) -> bool:
    """Tell whether one task alone may change the container while the loop goes on, and see the change."""
    span = site.scene.span(loop)
    return may_write(site.document, site.function, (span.line, span.end_line), site.state, trusting=_raises(site))


def _raises(site: Site) -> bool:
    """Tell whether the container is known to raise if its size changes under a loop."""
    made = kinds_of(site.document, site.function, site.state)
    return bool(made) and made <= RAISING
