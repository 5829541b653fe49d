"""Count how often a cache is cleared, and do not store what was fetched before: `if version == self._rows_version:`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.counters import counter_of
from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.lines import Lines
from asynclint.fixes.locking import REMOVING, same_object
from asynclint.fixes.reach import last
from asynclint.fixes.regions import CONSTRUCTORS, gives_way, mentions
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Scene, covers
from asynclint.fixes.site import Site
from asynclint.source import Span
from asynclint.survey.facts import Write

CACHE = re.compile(r"cache|memo", re.IGNORECASE)
FORGETTING = re.compile(
    r"invalidat|forget|flush|expire|refresh|reset|clear|purge|evict|reload|changed|news|update", re.IGNORECASE
)
"""Names of functions that have what they clear fetched anew, and end nothing."""
EMPTY = ("None", "{}", "[]", "set()", "dict()", "list()", "()")


@dataclass(frozen=True)
class _Fill:
    """The check, the line that stores what was fetched, and what is answered next; `direct` if that is the state."""

    check: cst.BaseStatement
    line: cst.SimpleStatementLine
    store: cst.Assign
    direct: bool


@remedy("ARC102", rank=95)
def version(site: Site) -> Fix:
    """Compare a number before what was fetched is stored, and raise it wherever the state is cleared."""
    if "has cleared it, and stays" not in site.finding.consequence:
        raise UnlikeError("nothing is cleared meanwhile")
    _refuse_object(site)
    fill = _fill(site)
    clearing = list(_clearing(site))
    if not clearing or any(step.path != site.finding.path for step in site.rivals):
        raise RefusedError("another file clears the state")
    counter, made = counter_of(site, f"_{site.state.steps[0].strip('_')}_version")
    bumped = [_bump(site, scene, line, counter) for scene, line in clearing]
    raised = [one for one in bumped if one is not None]
    if not made and raised:
        raise RefusedError(f"`{counter}` counts something else already")
    title = f"count how often `{site.state.text}` is cleared, and store nothing that is older"
    return Fix("unsafe", title, (_stored(site, fill, counter), *raised, *made), frozenset((counter,)))


def _refuse_object(site: Site) -> None:
    """Refuse where what is not stored might be something that somebody has to end."""
    state = site.state
    if state.kind != "self" or len(state.steps) > 2 or "[]" in state.steps[:1] or site.function.kind != "method":
        raise UnlikeError("the state is no attribute of the object, nor an entry of one")
    if not CACHE.search(state.steps[0]) and not all(FORGETTING.search(last(one.function)) for one in site.rivals):
        raise RefusedError("what is fetched may be something that has to be ended, and nobody would find it")


def _fill(site: Site) -> _Fill:
    scene = site.scene
    if site.step("write").span != site.finding.span:
        raise RefusedError("the write stands in another function")
    line = scene.alone(scene.at(site.finding.span))
    store = line.body[0]
    if not isinstance(store, cst.Assign) or len(store.targets) != 1:
        raise UnlikeError("the state is not simply assigned")
    if _spelled(scene, store.targets[0].target) != "".join(site.state.text.split()):
        raise UnlikeError("the state is not simply assigned")
    owner = scene.statement(scene.at(site.step("check", "read").span))
    if scene.run(owner, line).statements[0] is not owner or not isinstance(owner, cst.If | cst.SimpleStatementLine):
        raise RefusedError("the check does not stand before the write in its block")
    if isinstance(owner, cst.If) and any(gives_way(one) for one in scene.within(owner.test)):
        raise RefusedError("something is awaited for the check")
    answer = _answer(scene, line)
    direct = _spelled(scene, answer) == "".join(site.state.text.split())
    inside = list(scene.within(answer))
    if not direct and any(one is node for one in mentions(scene, site.state) for node in inside):
        raise RefusedError("what is answered is made of the state")
    return _Fill(owner, line, store, direct)


def _spelled(scene: Scene, node: cst.CSTNode) -> str:
    return "".join(scene.code(node).split())


def _answer(scene: Scene, line: cst.SimpleStatementLine) -> cst.BaseExpression:
    """Return what the function answers directly behind a line: whoever asked has it, though it is not stored."""
    for block, index in scene.blocks(line):
        if index + 1 < len(block.body):
            following = block.body[index + 1]
            only = following.body[0] if isinstance(following, cst.SimpleStatementLine) else None
            if isinstance(only, cst.Return) and only.value is not None:
                return only.value
            break
        if not isinstance(scene.parent(block), cst.If | cst.With):
            break
    raise RefusedError("whoever asked would go on as if the state were there")


def _clearing(site: Site) -> Iterator[tuple[Scene, cst.BaseStatement]]:
    """Yield the statements by which others clear the state; refuse where single entries go, which are not the cache."""
    for function in site.document.facts.functions:
        if function.line == site.function.line or last(function.name) in CONSTRUCTORS:
            continue
        writes = [one for one in site.state.writes(function) if _clears(one)]
        if not writes or not same_object(site, function):
            continue
        if function.kind != "method" or not any(_whole(one) for one in writes):
            raise RefusedError(f"{function.name} takes out single entries")
        scene = site.document.scene(function)
        seen: list[cst.BaseStatement] = []
        for write in writes:
            statement = scene.statement(scene.at(_span_of(write)))
            if not isinstance(statement, cst.SimpleStatementLine):
                raise RefusedError(f"{function.name} clears it in the head of a statement")
            if not any(one is statement for one in seen):
                seen.append(statement)
                yield scene, statement


def _clears(write: Write) -> bool:
    removes = write.how.startswith("delete") or (write.how == "mutate" and write.detail in REMOVING)
    return removes or (write.how == "store" and write.detail in EMPTY and len(write.place.steps) == 1)


def _whole(write: Write) -> bool:
    return write.how in ("store", "delete") or write.detail == "clear"


def _bump(site: Site, scene: Scene, line: cst.BaseStatement, counter: str) -> Edit | None:
    """Return the edit that counts one time more, behind a statement or, where it leaves, before it; None if it does."""
    document, span = site.document, scene.span(line)
    text = f"{scene.facts.params[0][0]}.{counter} += 1"
    block, index = next(scene.blocks(line))
    around = (*block.body[max(index - 1, 0) : index], *block.body[index + 1 : index + 2])
    if any(scene.code(one).strip() == text for one in around):
        return None
    leaves = isinstance(line, cst.SimpleStatementLine) and isinstance(line.body[-1], cst.Return | cst.Raise)
    early = leaves or any(isinstance(one, cst.Await) for one in scene.within(line))
    indentation = document.indentation(span.line)
    if early:
        at = document.offset(span.line - scene.comments_above(line))
        return Edit(at, at, f"{indentation}{text}{document.newline}")
    at = document.offset(span.end_line + 1)
    complete = document.lines[span.end_line - 1].endswith(("\n", "\r"))
    new = f"{indentation}{text}"
    return Edit(at, at, f"{new}{document.newline}" if complete else f"{document.newline}{new}")


def _stored(site: Site, fill: _Fill, counter: str) -> Edit:
    """Return the edit that reads the number before the check, and compares it before the write."""
    scene, document = site.scene, site.document
    lines, unit = Lines(document, scene), scene.unit
    number = site.fresh_name("version")
    spelled = f"{site.function.params[0][0]}.{counter}"
    first, span = scene.span(fill.check), scene.span(fill.line)
    outer = document.indentation(first.line)
    lines.put(first.line - scene.comments_above(fill.check), f"{outer}{number} = {spelled}")
    inner, value = document.indentation(span.line), fill.store.value
    target = scene.code(fill.store.targets[0].target).strip()
    waits = any(isinstance(one, cst.Await) for one in scene.within(value))
    known = value.value if isinstance(value, cst.Name) else ""
    if not known and (waits or fill.direct):
        known = site.fresh_name(site.state.attribute.strip("_"), "value", besides={number})
        text = document.text(scene.span(value))
        if any(covers(scene.span(value), scene.span(one)) for one in scene.within(value) if isinstance(one, cst.Yield)):
            raise RefusedError("what is stored is asked for by `yield`")
        lines.put(span.line, f"{inner}{known} = {text}")
        lines.drop_code(span.line, span.end_line)
        write = [f"{target} = {known}"]
    else:
        write = []
    if fill.direct:
        lines.put(span.line, f"{inner}if {number} != {spelled}:", f"{inner}{unit}return {known}")
        lines.put(span.line, *(f"{inner}{one}" for one in write))
    else:
        lines.put(span.line, f"{inner}if {number} == {spelled}:", *(f"{inner}{unit}{one}" for one in write))
        if not write:
            lines.indent(span.line, span.end_line)
    return lines.edit()


def _span_of(write: Write) -> Span:
    return Span(write.line, write.column, write.end_line, write.end_column)
