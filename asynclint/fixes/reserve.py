"""Reserve first: write what the check asks for directly behind it, then do the work, and undo it where that fails."""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.edits import Fix, RefusedError, UnlikeError
from asynclint.fixes.exits import ends_by_leaving, leavings
from asynclint.fixes.leak import bound_in, is_plain, line_text, pauses
from asynclint.fixes.lines import Lines
from asynclint.fixes.moving import is_pure, names_in
from asynclint.fixes.reach import last as last_part
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import covers
from asynclint.fixes.site import Site
from asynclint.fixes.undo_on_failure import opposite

READY = re.compile(
    r"initiali[sz]ed|(^|_)(inited|init|loaded|set_?up|prepared|connected|subscribed|authenticated|logged_in|ready|"
    r"registered|joined|declared|populated|configured|open|opened|started|running|known|cached?)$",
    re.IGNORECASE,
)
"""Names of state that says that work has been done: whoever found it set too early would go on without."""

ENDING = re.compile(r"_*(a?close|stop|shut_?down|disconnect|terminate|kill|finish|exit)", re.IGNORECASE)

BUSY = re.compile(
    r"(^|_)(clos|stopp?|kill|shut|busy|in_progress|progress|scheduled|notif|warn|sent|fired|told|seen|handled|alive|pending)",
    re.IGNORECASE,
)
"""Names of state that says that somebody is at it, which is all that others need to know."""


@dataclass(frozen=True)
class _Order:
    """The check, what is done between it and the write, and the write."""

    check: cst.If
    work: list[cst.BaseStatement]
    write: cst.SimpleStatementLine


@remedy("ARC102", rank=60)
def reserve(site: Site) -> Fix:
    """Move the write up to the check."""
    scene, document = site.scene, site.document
    if READY.search(site.state.attribute):
        raise RefusedError(f"`{site.state.text}` says that work has been done, which it would be too early to say")
    order = _order(site)
    lasts = _lasts(site, order)
    if "overwritten" in site.finding.consequence and not lasts:
        raise UnlikeError("undoing it would overwrite what another task has set")
    undo = "" if lasts else _undo(site, order)
    lines = Lines(document, scene)
    first = scene.span(order.work[0]).line - scene.comments_above(order.work[0])
    last = scene.span(order.work[-1]).end_line
    back = scene.span(order.write)
    above = back.line - scene.comments_above(order.write)
    outer = document.indentation(back.line)
    lines.put(first, *lines.moved(above, back.end_line, 0))
    lines.drop(above, back.end_line)
    if lasts:
        return Fix("unsafe", f"write `{site.state.text}` before the work", (lines.edit(),))
    lines.put(first, f"{outer}try:")
    lines.indent(first, last)
    lines.put_undoing(last + 1, outer, undo)
    title = f"write `{site.state.text}` before the work, and undo it if that fails"
    return Fix("unsafe", title, (lines.edit(),))


def _order(site: Site) -> _Order:
    scene = site.scene
    write = scene.alone(scene.at(site.finding.span))
    if not is_plain(scene, write):
        raise UnlikeError("the write needs what is awaited")
    block, index = next(scene.blocks(write))
    check = scene.at(site.step("check", "read").span)
    owner = next((one for one in scene.around(check) if isinstance(one, cst.BaseStatement)), None)
    if not isinstance(owner, cst.If) or not covers(scene.span(owner.test), scene.span(check)):
        raise UnlikeError("the check is no `if`")
    if owner.body is block:
        work = list(block.body[:index])
    elif owner in block.body[:index] and owner.orelse is None and ends_by_leaving(owner):
        work = list(block.body[block.body.index(owner) + 1 : index])
    else:
        raise UnlikeError("the check does not stand before the write in its block")
    if not work or not pauses(scene, work):
        raise UnlikeError("nothing is awaited in between")
    if next(leavings(scene, work), None) is not None:
        raise RefusedError("the function may leave before it writes")
    if names_in(scene, write) & bound_in(scene, work):
        raise RefusedError("what is written is only made in between")
    span = scene.span(work[0]).line, scene.span(work[-1]).end_line
    if any(span[0] <= one.line <= span[1] for one in site.state.writes(site.function)):
        raise RefusedError("the state is written in between, too")
    return _Order(owner, work, write)


def _lasts(site: Site, order: _Order) -> bool:
    """Tell whether the write says that the end has begun, for which the check asks: nothing would take that back."""
    statement = order.write.body[0]
    if not isinstance(statement, cst.Assign) or not ENDING.match(last_part(site.function.name)):
        return False
    value = site.scene.code(statement.value).strip()
    return "." in value and re.search(rf"{re.escape(value)}\b", site.scene.code(order.check.test)) is not None


def _undo(site: Site, order: _Order) -> str:
    """Return the statement that puts back what the check has found."""
    scene, statement = site.scene, order.write.body[0]
    if isinstance(statement, cst.Assign):
        text = scene.code(statement.targets[0].target).strip()
        value = scene.code(statement.value).strip()
        test = re.sub(r"^not\s+", "", scene.code(order.check.test).strip())
        if value not in ("True", "False") or text != test:
            raise UnlikeError("what it was before cannot be told")
        if not ENDING.match(last_part(site.function.name)) and not BUSY.search(site.state.attribute):
            raise RefusedError(f"whoever finds `{text}` so early may go on as if the work were done")
        return f"{text} = {value == 'False'}"
    undo = opposite(scene, statement)
    if not undo or (isinstance(statement, cst.Expr) and not _asks_for_entry(site, order, statement)):
        raise RefusedError(f"what would undo `{line_text(scene, order.write)}` cannot be told")
    return undo


def _asks_for_entry(site: Site, order: _Order, statement: cst.Expr) -> bool:
    """Tell whether the check asks whether the entry that is added is there: then undoing is taking it out."""
    call, test = statement.value, site.scene.code(order.check.test)
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or len(call.args) != 1:
        return False
    entry, container = site.scene.code(call.args[0].value).strip(), site.scene.code(call.func.value).strip()
    return (
        is_pure(call.args[0].value)
        and re.search(rf"{re.escape(entry)} (not )?in {re.escape(container)}\b", test) is not None
    )
