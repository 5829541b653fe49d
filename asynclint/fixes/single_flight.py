"""Single flight: a cache keeps the task that gets a value, not the value, and whoever asks meanwhile waits for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.lines import Lines
from asynclint.fixes.moving import is_pure
from asynclint.fixes.regions import CONSTRUCTORS, mentions
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Scene
from asynclint.fixes.site import Site
from asynclint.fixes.top import top_of
from asynclint.survey.facts import FunctionFacts

FORGETTING = frozenset(("clear", "pop"))


@dataclass(frozen=True)
class _Fill:
    """`if key not in rows:`, `rows[key] = await call`, `return rows[key]`."""

    awaited: cst.Await
    entry: str
    container: str
    key: str
    answer: cst.SimpleStatementLine


@remedy("ARC102", rank=50)
def single_flight(site: Site) -> Fix:
    """Keep the task, await it shielded, and drop the entry where it fails."""
    fill = _fill(site)
    _refuse_readers(site)
    scene, document = site.scene, site.document
    asyncio, imports = _asyncio(site)
    lines = Lines(document, scene)
    answer = scene.span(fill.answer)
    name = site.fresh_name("task", "flight")
    outer = document.indentation(answer.line)
    deep = outer + scene.unit
    call = document.text(scene.span(fill.awaited.expression))
    started = document.replace(scene.whole(fill.awaited), f"{asyncio}.ensure_future({call})")
    lines.drop_code(answer.line, answer.end_line)
    lines.put(
        answer.line,
        f"{outer}{name} = {fill.entry}",
        f"{outer}try:",
        f"{deep}return await {asyncio}.shield({name})",
        f"{outer}except BaseException:",
        f"{deep}if {name}.done() and {fill.container}.get({fill.key}) is {name}:",
        f"{deep}{scene.unit}del {fill.entry}",
        f"{deep}raise",
    )
    title = f"keep the task in `{fill.container}`, and have everybody wait for it"
    return Fix("unsafe", title, (started, lines.edit(), *imports))


def _asyncio(site: Site) -> tuple[str, tuple[Edit, ...]]:
    top = top_of(site.document)
    if top.library != "asyncio":
        raise RefusedError(f"{top.library} has no tasks that several can wait for")
    spelled, imports = top.constructor("shield")
    root, _, rest = spelled.rpartition(".")
    if not root or rest != "shield":
        raise RefusedError("asyncio is not imported as a module")
    return root, imports


def _fill(site: Site) -> _Fill:
    """Return the parts of a cache that is filled on demand; `UnlikeError` where it has another shape."""
    scene = site.scene
    store = scene.alone(scene.at(site.finding.span))
    only, owner = store.body[0], scene.parent(scene.parent(store) or store)
    if not isinstance(only, cst.Assign) or len(only.targets) != 1 or not isinstance(only.value, cst.Await):
        raise UnlikeError("the write is no `rows[key] = await call`")
    target, call = only.targets[0].target, only.value.expression
    if not isinstance(target, cst.Subscript) or not isinstance(call, cst.Call) or len(target.slice) != 1:
        raise UnlikeError("the write is no `rows[key] = await call`")
    entry, container = scene.code(target).strip(), scene.code(target.value).strip()
    key = scene.code(target.slice[0]).strip()
    if not isinstance(owner, cst.If) or owner.orelse is not None or len(owner.body.body) != 1:
        raise UnlikeError("the write does not stand alone below its check")
    if scene.code(owner.test).strip() != f"{key} not in {container}" or not is_pure(owner.test):
        raise UnlikeError("the check does not ask whether the entry is there")
    block, index = next(scene.blocks(owner))
    answer = block.body[index + 1] if index + 1 < len(block.body) else None
    if not isinstance(answer, cst.SimpleStatementLine) or scene.code(answer.body[0]).strip() != f"return {entry}":
        raise UnlikeError("the entry is not what is answered next")
    if any(isinstance(one, cst.Await) for one in scene.within(call)):
        raise RefusedError("something is awaited to make the call")
    return _Fill(only.value, entry, container, key, answer)


def _refuse_readers(site: Site) -> None:
    """Refuse where somebody else reads the entries, or they are said to be something else."""
    state, document = site.state, site.document
    cls = document.class_of(site.function)
    if state.kind != "self" or len(state.steps) != 2 or not state.steps[0].startswith("_") or cls is None:
        raise RefusedError("somebody else may read the entries")
    for one in document.family(cls):
        annotation = dict(one.attributes)[state.steps[0]].annotation if state.steps[0] in dict(one.attributes) else ""
        if annotation and not re.fullmatch(
            r"[\w.]*[dD]ict|[\w.]*[dD]ict\[[\w.]+, (object|Any|typing\.Any)\]", annotation
        ):
            raise RefusedError(f"`{state.root}.{state.steps[0]}` is said to hold something else")
    for function in document.facts.functions:
        if function.line != site.function.line and function.name.rpartition(".")[2] not in CONSTRUCTORS:
            _refuse_reader(document.scene(function), function, site)
    if sum(1 for _ in mentions(site.scene, state)) != 3:
        raise RefusedError("the function uses the entries elsewhere as well")


def _refuse_reader(scene: Scene, function: FunctionFacts, site: Site) -> None:
    for node in mentions(scene, site.state):
        parent = scene.parent(node)
        forgets = isinstance(parent, cst.Attribute) and parent.attr.value in FORGETTING
        statement = scene.parent(scene.parent(parent) or parent) if forgets and parent is not None else None
        if not (isinstance(statement, cst.Expr) or isinstance(parent, cst.AssignTarget)):
            raise RefusedError(f"{function.name} may read the entries")
