"""The runs of statements that have to be one step: from the check to the write, and each write of another task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.document import Document
from asynclint.fixes.edits import RefusedError
from asynclint.fixes.reach import last, reached
from asynclint.fixes.scene import Run, Scene
from asynclint.fixes.site import Site
from asynclint.fixes.state import State
from asynclint.fixes.wrapping import lines_of
from asynclint.source import Span
from asynclint.survey.facts import CallSite, FunctionFacts, Place

CONSTRUCTORS = frozenset(("__init__", "__new__", "__post_init__", "__setstate__", "__attrs_post_init__"))


@dataclass(frozen=True)
class Region:
    """A run of statements of one function of the file."""

    scene: Scene
    run: Run

    @property
    def function(self) -> FunctionFacts:
        """The function."""
        return self.scene.facts

    @property
    def lines(self) -> tuple[int, int]:
        """The first and last line."""
        return lines_of(self.scene, self.run)


def window(site: Site) -> Region:
    """Return the run that holds the check, the suspension and all writes of the finding's function."""
    scene = site.scene
    write = scene.at(site.finding.span)
    slept = scene.at(site.step("suspend").span)
    check = _check(site, scene.span(slept))
    nodes = [check, slept, write]
    places = [_place(scene, node) for node in nodes]
    if not places[0] <= places[1] <= places[2]:
        nodes.append(_loop_around(scene, nodes))
    nodes.extend(scene.at(_span(one)) for one in site.state.replaced_by(site.function))
    run = _with_checks(scene, _with_question(scene, site.state, scene.run(*nodes)))
    return Region(scene, with_answer(scene, run, site.state))


def other_writes(document: Document, function: FunctionFacts, state: State) -> list[Region]:
    """Return the runs of another function that hold its writes, with what it reads just before without giving way."""
    scene = document.scene(function)
    found: list[Region] = []
    pauses = [_end(scene.span(node)) for node in scene.within(scene.node) if gives_way(node)]
    for write in state.replaced_by(function):
        node = scene.at(_span(write))
        place = _start(scene.span(node))
        since = max((one for one in pauses if one <= place), default=(0, 0))
        reads = [one for one in mentions(scene, state) if since <= _start(scene.span(one)) < place]
        found.append(Region(scene, scene.run(node, *reads)))
    return merged(found)


def asking(document: Document, helper: FunctionFacts, state: State, besides: Region) -> list[Region] | None:
    """Return the runs that await a helper of the object, with what they look at first; None if others may run it.

    Those that lie in a region are left out.
    """
    found: list[Region] = []
    name = last(helper.name)
    for function in document.facts.functions:
        regions: list[Region] = []
        for call in function.calls:
            if name in map(last, call.arguments):
                return None
            here = function.line == besides.function.line and besides.lines[0] <= call.line <= besides.lines[1]
            if last(call.callee) != name or here:
                continue
            if not call.awaited or not function.is_async or call.callee != f"self.{name}" or function is helper:
                return None
            scene = document.scene(function)
            nodes = [one for one in scene.within(scene.node.body) if isinstance(one, cst.Call)]
            nodes = [
                one for one in nodes if scene.span(one).line == call.line and _leads_to(document, one, helper.name)
            ]
            if not nodes:
                return None
            regions.append(Region(scene, _with_question(scene, state, scene.run(*nodes))))
        found.extend(merged(regions))
    return found


def merged(regions: list[Region]) -> list[Region]:
    """Return regions of one function without those that lie in others, and with those that touch joined."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda one: (one.lines[0], -one.lines[1])):
        before = kept[-1] if kept else None
        if before is None or region.lines[0] > before.lines[1]:
            kept.append(region)
        elif region.lines[1] > before.lines[1]:
            first, last = before.run.statements[0], region.run.statements[-1]
            kept[-1] = Region(region.scene, region.scene.run(first, last))
    return kept


def gives_way(node: cst.CSTNode) -> bool:
    """Tell whether a node gives way itself."""
    is_async = isinstance(node, cst.With | cst.For | cst.CompFor) and node.asynchronous is not None
    return is_async or isinstance(node, cst.Await | cst.Yield)


def mentions(scene: Scene, state: State) -> Iterator[cst.BaseExpression]:
    """Yield the expressions of a function that begin with the state's root and first name."""
    roots = {state.root}
    if state.kind in ("self", "cls", "class") and scene.facts.kind in ("method", "classmethod"):
        roots.update(name for name, _ in scene.facts.params[:1])
    for node in scene.nodes:
        if isinstance(node, cst.Attribute) and state.kind in ("self", "cls", "class", "param"):
            if node.attr.value == state.steps[0] and isinstance(node.value, cst.Name) and node.value.value in roots:
                yield node
        elif isinstance(node, cst.Name) and state.kind in ("global", "closure") and node.value == state.steps[0]:
            parent = scene.parent(node)
            if not (isinstance(parent, cst.Attribute) and parent.attr is node) and not isinstance(parent, cst.NameItem):
                yield node


def _check(site: Site, slept: Span) -> cst.CSTNode:
    """Return where the state is read first, or the call of the helper that reads it."""
    first = next(one for one in site.finding.trace if one.role in ("check", "read"))
    if (first.path, first.function) == (site.finding.path, site.finding.function):
        return site.scene.at(first.span)
    for one in reversed(site.scene.nodes):
        if _start(site.scene.span(one)) <= _start(slept) and _leads_to(site.document, one, first.function):
            return one
    raise RefusedError(f"it is checked in {first.function}, and where that is called cannot be told")


def _leads_to(document: Document, node: cst.CSTNode, function: str) -> bool:
    called: cst.CSTNode = node.func if isinstance(node, cst.Call) else node
    if isinstance(called, cst.Attribute):
        called = called.attr
    if not isinstance(called, cst.Name):
        return False
    if called.value == last(function):
        return True
    if isinstance(node, cst.Call):
        inner = reached(document, [CallSite(called.value, 0, False, False)])
        return any(one.name == function for one in inner)
    properties = [
        one for one in document.facts.functions if last(one.name) == called.value and "property" in one.decorators
    ]
    return any(place.steps[-1:] == (last(function),) for one in properties for place in one.loads)


def _loop_around(scene: Scene, nodes: list[cst.CSTNode]) -> cst.CSTNode:
    """Return the loop by which what stands earlier comes later."""
    for one in scene.around(nodes[0]):
        if isinstance(one, cst.For | cst.While) and all(one in list(scene.around(node)) for node in nodes):
            return one
    raise RefusedError("the order of check, suspension and write cannot be told from the text")


def _with_question(scene: Scene, state: State, run: Run) -> Run:
    """Take in the `if` around, where it asks for the state: what it was decided by is looked at under the lock, too."""
    asked = set(map(id, mentions(scene, state)))
    owner = scene.parent(run.block)
    while isinstance(owner, cst.If) and owner.body is run.block and isinstance(scene.parent(owner), cst.IndentedBlock):
        inside = list(scene.within(owner.test))
        if not any(id(node) in asked for node in inside) or any(gives_way(node) for node in inside):
            break
        run = scene.run(owner)
        owner = scene.parent(run.block)
    return run


def _with_checks(scene: Scene, run: Run) -> Run:
    """Take in the early exits directly in front that ask for something else that the run writes."""
    first, last = scene.span(run.statements[0]).line, scene.span(run.statements[-1]).end_line
    written = {_attributes(one.place) for one in scene.facts.writes if first <= one.line <= last} - {""}
    for number in range(run.first - 1, -1, -1):
        before = run.block.body[number]
        if not isinstance(before, cst.If) or not any(name in scene.code(before.test) for name in written):
            break
        if any(gives_way(node) for node in scene.within(before)):
            break
        run = Run(run.block, number, run.last)
    return run


def _attributes(place: Place) -> str:
    """Return the attributes that a place of the object leads over, as code spells them; empty for other places."""
    names = [one for one in (place.root, *place.steps) if one != "[]"]
    return ".".join(names) if place.kind == "self" and len(names) > 1 else ""


def _place(scene: Scene, node: cst.CSTNode) -> tuple[int, int]:
    """Return where a node comes in the text; what one simple statement does comes at once."""
    line = scene.statement(node)
    return _start(scene.span(line if isinstance(line, cst.SimpleStatementLine) else node))


def with_answer(scene: Scene, run: Run, state: State) -> Run:
    """Take in the `return` that follows, where it answers with the state."""
    following = run.block.body[run.last + 1 : run.last + 2]
    if (
        following
        and isinstance(following[0], cst.SimpleStatementLine)
        and isinstance(following[0].body[-1], cst.Return)
    ):
        inside = set(map(id, scene.within(following[0])))
        if any(id(node) in inside for node in mentions(scene, state)):
            return Run(run.block, run.first, run.last + 1)
    return run


def _span(write: object) -> Span:
    line, column, end_line, end_column = (getattr(write, name) for name in ("line", "column", "end_line", "end_column"))
    return Span(line, column, end_line, end_column)


def _end(span: Span) -> tuple[int, int]:
    return span.end_line, span.end_column


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.column
