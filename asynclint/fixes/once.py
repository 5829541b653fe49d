"""Once: who does the work looks again, under a lock, where several look before they ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.locking import held
from asynclint.fixes.moving import is_pure
from asynclint.fixes.reach import last
from asynclint.fixes.regions import Region
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Run, Scene
from asynclint.fixes.site import Site
from asynclint.fixes.wrapping import wrap
from asynclint.survey.facts import FunctionFacts


@remedy("ARC102", rank=79)
def once(site: Site) -> Fix:
    """Take a lock in the helper that does the work and sets the state, and leave where the state is set by then."""
    scene = site.scene
    call = _asked_for(scene, scene.at(site.finding.span))
    if site.state.kind != "self" or len(site.state.steps) != 1:
        raise UnlikeError("the state is no attribute of the object")
    done = _done(site, scene, call)
    helper = _helper(site, call)
    own = Region(site.document.scene(helper), _body(site, helper))
    for other, asked in _askers(site, helper):
        if _done(site, other, asked) != done:
            raise RefusedError(f"{other.facts.name} asks for the work without looking")
    taken = held(site, own, alone=True)
    title = f"let {helper.name} look again, under `{taken.spelled}`"
    return taken.fix(title, _checked(site, own, taken.header(own), done))


def _asked_for(scene: Scene, node: cst.CSTNode) -> cst.Call:
    """Return the call `self.helper()` that a finding stands at: a statement of its own, awaited."""
    line = scene.statement(node)
    only = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    awaited = only.value if isinstance(only, cst.Expr) else None
    call = awaited.expression if isinstance(awaited, cst.Await) else None
    owner = call.func.value if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) else None
    own = scene.facts.params[0][0] if scene.facts.kind == "method" and scene.facts.params else ""
    if not isinstance(call, cst.Call) or not isinstance(owner, cst.Name) or owner.value != own:
        raise UnlikeError("the work is not what another method is asked for")
    return call


def _done(site: Site, scene: Scene, call: cst.Call) -> str:
    """Return the condition under which nothing is to be done: the opposite of that of the `if` around a call."""
    block, _ = next(scene.blocks(call))
    around = scene.parent(block)
    if not isinstance(around, cst.If) or around.body is not block:
        raise RefusedError("the check is no `if` around the call alone")
    own = scene.facts.params[0][0]
    state = f"{own}.{site.state.steps[0]}"
    asked = re.fullmatch(rf"(not )?{re.escape(state)}( is None)?", scene.code(around.test).strip())
    if asked is not None and (asked[1] is None) != (asked[2] is None):
        return f"{state} is not None" if asked[2] else state
    if not is_pure(around.test) or _roots(scene, around.test) != {own} or not _mentions(scene, around.test, state):
        raise RefusedError("what is looked for is not only whether the state is set")
    return _opposite(scene, around.test)


def _roots(scene: Scene, test: cst.BaseExpression) -> set[str]:
    """Return the variables that a test looks at."""
    names = [one for one in scene.within(test) if isinstance(one, cst.Name)]
    parents = [(one, scene.parent(one)) for one in names]
    paths = [one for one, parent in parents if not (isinstance(parent, cst.Attribute) and parent.attr is one)]
    return {one.value for one in paths} - {"None", "True", "False"}


def _mentions(scene: Scene, test: cst.BaseExpression, state: str) -> bool:
    """Tell whether a test looks at an attribute of the object."""
    return any(isinstance(one, cst.Attribute) and scene.code(one).strip() == state for one in scene.within(test))


def _opposite(scene: Scene, test: cst.BaseExpression) -> str:
    """Return the opposite of a test, as one would write it."""
    code = scene.code(test.with_changes(lpar=(), rpar=())).strip()
    if "\n" in code:
        raise RefusedError("what is looked for goes over several lines")
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return scene.code(test.expression).strip()
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.Or):
        return f"{_opposite(scene, test.left)} and {_opposite(scene, test.right)}"
    if isinstance(test, cst.Comparison) and code.endswith(" is None"):
        return f"{code.removesuffix(' is None')} is not None"
    return f"not {code}" if isinstance(test, cst.Name | cst.Attribute | cst.Call | cst.Subscript) else f"not ({code})"


def _helper(site: Site, call: cst.Call) -> FunctionFacts:
    """Return the method that is called, which writes the state and answers with nothing."""
    name = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
    family = _family(site)
    found = [one for one in site.document.facts.functions if last(one.name) == name and one.cls in family]
    if len(found) != 1 or not found[0].is_async or found[0].is_generator or found[0].decorators:
        raise UnlikeError("which method does the work is not known")
    if next(site.state.writes(found[0]), None) is None or found[0].params[:1] != site.function.params[:1]:
        raise UnlikeError("the method that is called does not set the state")
    scene = site.document.scene(found[0])
    if any(isinstance(node, cst.Return) and node.value is not None for node in scene.within(scene.node.body)):
        raise RefusedError(f"{found[0].name} answers with something")
    return found[0]


def _family(site: Site) -> set[str]:
    cls = site.document.class_of(site.function)
    return {one.name for one in site.document.family(cls)} if cls is not None else set()


def _askers(site: Site, helper: FunctionFacts) -> Iterator[tuple[Scene, cst.Call]]:
    """Yield all calls of the helper in the file, each with the function that it stands in."""
    family = _family(site)
    for function in site.document.facts.functions:
        elsewhere = function.cls is not None and function.cls not in family and function.params
        for told in function.calls:
            if last(told.callee) == last(helper.name) and told.callee.count(".") == 1:
                if elsewhere and told.callee.startswith(f"{function.params[0][0]}."):
                    continue  # a method of another class by the same name
                scene = site.document.scene(function)
                for node in scene.within(scene.node.body):
                    if isinstance(node, cst.Call) and scene.code(node.func).strip() == told.callee:
                        yield scene, _asked_for(scene, node)


def _body(site: Site, helper: FunctionFacts) -> Run:
    """Return the statements of a method, its docstring left out."""
    scene = site.document.scene(helper)
    block = scene.node.body
    if not isinstance(block, cst.IndentedBlock):
        raise RefusedError("the method is written on one line")
    first = 1 if scene.node.get_docstring() is not None else 0
    if first == len(block.body):
        raise RefusedError("the method does nothing")
    return Run(block, first, len(block.body) - 1)


def _checked(site: Site, own: Region, header: str, done: str) -> Edit:
    """Return the edit that puts a method's body under the lock, behind a check."""
    document, scene, unit = site.document, own.scene, own.scene.unit
    inner = document.indentation(own.lines[0]) + unit
    wrapped = wrap(document, scene, own.run, header)
    first, newline, rest = wrapped.replacement.partition(document.newline)
    check = f"{inner}if {done}:{newline}{inner}{unit}return{newline}"
    return Edit(wrapped.start, wrapped.end, f"{first}{newline}{check}{rest}")
