"""Locks: the one that guards a state already, or a new one, and where it is made."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from asynclint.fixes.document import Document
from asynclint.fixes.edits import Edit, RefusedError
from asynclint.fixes.scene import Scene
from asynclint.fixes.site import Site
from asynclint.fixes.state import State
from asynclint.fixes.top import Top, insert_after, top_of
from asynclint.survey.facts import ClassFacts, FunctionFacts

UNLIKE = re.compile(
    r"Model|Schema|Struct|Document|NamedTuple|TypedDict|Enum|Settings|Base$|tuple|^str$|^int$|^Exception$"
)
"""Bases whose classes declare what their objects have, and are not made by a constructor of their own."""
LOCKS = ("asyncio.Lock", "anyio.Lock", "trio.Lock")


@dataclass(frozen=True)
class Guard:
    """A lock: `name` is the attribute or variable, `edits` make it where it is new."""

    name: str
    edits: tuple[Edit, ...] = ()

    def spelled(self, function: FunctionFacts, state: State) -> str:
        """Return the lock as a function spells it."""
        if state.kind == "self" or state.kind == "cls":
            is_method = function.kind in ("method", "classmethod") and function.params
            return f"{function.params[0][0] if is_method else state.root}.{self.name}"
        return f"{state.root}.{self.name}" if state.kind == "class" else self.name


def guard_of(site: Site) -> Guard:
    """Return the lock for the state of a finding."""
    state = site.state
    if state.kind == "param":
        raise RefusedError(f"the object `{state.root}` comes from a caller, who would have to hold the lock")
    if state.kind == "closure":
        raise RefusedError(f"`{state.steps[0]}` belongs to an enclosing function")
    known = _in_use(site.document, site.function, state)
    if known:
        return Guard(known)
    top = top_of(site.document)
    if state.kind == "global":
        return _in_module(site, top, top.tree.body, state.steps[0])
    return _in_class(site, top)


def holds(scene: Scene, lock: str) -> Iterator[cst.With]:
    """Yield the `async with` statements of a function that take a lock."""
    for node in scene.nodes:
        is_async = isinstance(node, cst.With) and node.asynchronous is not None
        if isinstance(node, cst.With) and is_async and any(scene.code(item.item) == lock for item in node.items):
            yield node


def _in_use(document: Document, function: FunctionFacts, state: State) -> str:
    """Return the lock under which the state is written somewhere already."""
    for name in _locks(document, function, state):
        for other in document.facts.functions:
            spelled = Guard(name).spelled(other, state)
            if any(spelled.partition(".")[2] in item.text.split(".") or item.text == spelled for item in other.withs):
                scene = document.scene(other)
                spans = [scene.span(held) for held in holds(scene, spelled)]
                # What is only read under a lock may be there for something else that the lock guards.
                for write in state.writes(other):
                    if any(span.line <= write.line <= span.end_line for span in spans):
                        return name
    return ""


def _locks(document: Document, function: FunctionFacts, state: State) -> Iterator[str]:
    imports = dict(document.facts.imports)
    cls = document.class_of(function)
    if state.kind == "global":
        known = list(document.facts.globals)
    else:
        known = [pair for one in (document.family(cls) if cls else []) for pair in one.attributes]
    for name, facts in known:
        for constructor in facts.constructors:
            root, _, rest = constructor.partition(".")
            origin = imports.get(root, root)
            if (f"{origin}.{rest}" if rest else origin) in LOCKS:
                yield name


def _in_module(site: Site, top: Top, body: list[ast.stmt], variable: str) -> Guard:
    """Make a lock beside a variable of the module or a class."""
    taken = {name for name, _ in (*site.document.facts.globals, *site.document.facts.imports)}
    name = _free_name(variable, taken | site.function.bindings, plain=False)
    made = top.assignment(body, variable)
    if made is None:
        raise RefusedError(f"where `{variable}` is first assigned cannot be told")
    constructor, imports = top.constructor("Lock")
    return Guard(name, (top.after(made, f"{name} = {constructor}()"), *imports))


def _in_class(site: Site, top: Top) -> Guard:
    document, state = site.document, site.state
    cls = document.class_of(site.function)
    if cls is None:
        raise RefusedError("the class cannot be found in the file")
    family = document.family(cls)
    taken = {name for one in family for name in (*dict(one.attributes), *(last for last in one.methods))}
    own = {base.rpartition(".")[2] for one in family for base in one.bases} <= {
        *(one.name for one in family), "object", "ABC", "Protocol", "Generic",
    }  # fmt: skip
    name = _free_name(state.steps[0], taken, plain=own)
    constructor, imports = top.constructor("Lock")
    if state.kind in ("cls", "class"):
        return _in_module(site, top, top.class_node(_owner(document, cls, state).line).body, state.steps[0])
    line = f"{name} = {constructor}()"
    made = _made_in_constructor(document, top, cls, state, line, own)
    again = tuple(made_below(document, cls, state, line))
    return Guard(name, (made, *again, *slot(document, top, made, name), *imports))


def slot(document: Document, top: Top, made: Edit, name: str) -> Iterator[Edit]:
    """Yield the edit that enters the lock into `__slots__`, where the class has them."""
    number = document.source.text.count("\n", 0, made.start) + 1
    for node in ast.walk(top.tree):
        if isinstance(node, ast.ClassDef) and node.lineno < number <= (node.end_lineno or 0) + 1:
            slots = top.assignment(node.body, "__slots__")
            if slots is None:
                continue
            listed = slots.value if isinstance(slots, ast.Assign | ast.AnnAssign) else None
            if isinstance(listed, ast.Tuple) and not listed.elts:
                yield _first_slot(document, listed, name)
                continue
            if not isinstance(listed, ast.Tuple | ast.List | ast.Set) or not listed.elts:
                raise RefusedError("the class lists its attributes in __slots__ in a way that cannot be added to")
            last = listed.elts[-1]
            line = document.lines[(last.end_lineno or 1) - 1].encode()[: last.end_col_offset]
            at = document.offset(last.end_lineno or 1, len(line.decode()) + 1)
            quote = "'" if line.endswith(b"'") else '"'
            whole = document.lines[(last.end_lineno or 1) - 1]
            alone = len(listed.elts) > 1 and whole.strip() == f"{whole.strip().rstrip(',').split(',')[-1]},"
            between = f",{document.newline}{document.indentation(last.end_lineno or 1)}" if alone else ", "
            yield Edit(at, at, f"{between}{quote}{name}{quote}")


def _first_slot(document: Document, listed: ast.Tuple, name: str) -> Edit:
    """Return the edit that enters a name into `()`."""
    line = document.lines[listed.lineno - 1].encode()[: listed.col_offset]
    at = document.offset(listed.lineno, len(line.decode()) + 1)
    if document.source.text[at : at + 2] != "()":
        raise RefusedError("the class lists its attributes in __slots__ in a way that cannot be added to")
    return Edit(at, at + 2, f'("{name}",)')


def _owner(document: Document, cls: ClassFacts, state: State) -> ClassFacts:
    for one in document.facts.classes:
        if state.kind == "class" and one.name.rpartition(".")[2] == state.root:
            return one
    return cls


def _made_in_constructor(document: Document, top: Top, cls: ClassFacts, state: State, line: str, own: bool) -> Edit:
    """Return the edit that makes the lock: after the state, else at the beginning of the nearest constructor."""
    by_name = {one.name: one for one in document.facts.functions}
    above = document.above(cls)
    inits = [by_name[f"{one.name}.__init__"] for one in above if f"{one.name}.__init__" in by_name]
    writing = [one for one in inits if any(write.place.kind == "self" for write in state.writes(one))]
    for chosen in (*writing, *inits):
        return in_constructor(document, chosen, state, line)
    if any("dataclass" in name or name.endswith(("define", "attr.s", "attrs")) for name in cls.decorators):
        return _field(document, top, cls, line)
    if cls.decorators or any(UNLIKE.search(base) for base in cls.bases):
        raise RefusedError("how objects of the class are made is not known")
    if any(one.cls in {base.name for base in above[1:]} and any(state.writes(one)) for one in by_name.values()):
        raise RefusedError("no constructor to make a lock in is in the file")
    return _new_constructor(document, top, cls, line, passing=not own or len(above) > 1)


def made_below(document: Document, cls: ClassFacts, state: State, line: str) -> Iterator[Edit]:
    """Yield the edits that make the lock once more: in the classes below whose constructors do not run this one's."""
    by_name = {one.name: one for one in document.facts.functions}
    above = document.above(cls)
    run = {f"{one.name}.__init__" for one in above} | {"super().__init__"}
    for one in document.family(cls):
        init = by_name.get(f"{one.name}.__init__") if one not in above else None
        if init is not None and not any(call.callee in run for call in init.calls):
            yield in_constructor(document, init, state, line)


def in_constructor(document: Document, init: FunctionFacts, state: State, line: str) -> Edit:
    """Return the edit that adds a line to a constructor: after the state, else at its beginning."""
    scene = document.scene(init)
    if not isinstance(scene.node.body, cst.IndentedBlock):
        raise RefusedError("the constructor is written on one line")
    body = list(scene.node.body.body)
    written = {write.line for write in state.writes(init)}
    place = 0
    for number, statement in enumerate(body):
        span = scene.span(statement)
        if any(span.line <= one <= span.end_line for one in written):
            place = number
            break
        if number == place and _preamble(scene, statement):
            place = number + 1
    owner = init.params[0][0]
    span = scene.span(body[min(place, len(body) - 1)])
    text = f"{document.indentation(span.line)}{owner}.{line}"
    if place < len(body) and not any(span.line <= one <= span.end_line for one in written):
        at = document.offset(span.line)
        return Edit(at, at, text + document.newline)
    return insert_after(document, span.end_line, text)


def _preamble(scene: Scene, statement: cst.BaseStatement) -> bool:
    """Tell whether a statement is a docstring or the call of the base's constructor."""
    code = scene.code(statement).strip()
    return code.startswith(("'", '"', "super().__init__", "super(")) or (code[:1] in "rRuU" and code[1:2] in "'\"")


def _field(document: Document, top: Top, cls: ClassFacts, line: str) -> Edit:
    """Return the edit that adds a field to a dataclass."""
    name, _, call = line.partition(" = ")
    constructor = call.removesuffix("()")
    field = top.imported("dataclasses.field")
    module = top.imported("dataclasses")
    if not field and not module:
        raise RefusedError("how this class declares fields is not known")
    node = top.class_node(cls.line)
    fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
    if not fields:
        raise RefusedError("the dataclass has no fields to put a lock beside")
    made = f"{field or f'{module}.field'}(default_factory={constructor}, init=False, repr=False, compare=False)"
    return top.after(fields[-1], f"{name}: {constructor} = {made}")


def _new_constructor(document: Document, top: Top, cls: ClassFacts, line: str, passing: bool) -> Edit:
    """Return the edit that adds a constructor, which hands on what it is given if the class is made from others."""
    node = top.class_node(cls.line)
    first = next((one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)), None)
    if first is None:
        raise RefusedError("the class has no methods to put a constructor in front of")
    number = min([first.lineno, *(one.lineno for one in first.decorator_list)])
    indentation = document.indentation(number)
    unit = indentation.removeprefix(document.indentation(node.lineno)) or "    "
    newline = document.newline
    at = document.offset(number)
    lines = [f"{indentation}def __init__(self) -> None:", f"{indentation}{unit}self.{line}", ""]
    if passing:
        given = "*args, **kwargs"
        header = f"{indentation}def __init__(self, {given}):"
        lines = [header, f"{indentation}{unit}super().__init__({given})", *lines[1:]]
    return Edit(at, at, newline.join((*lines, "")))


def _free_name(attribute: str, taken: set[str] | frozenset[str], plain: bool) -> str:
    stem = f"_{attribute.strip('_')}_lock"
    stem = stem.upper() if attribute.isupper() else stem
    wishes = [stem, *(f"{stem}_{number}" for number in range(2, 20))]
    for wish in ["_lock", *wishes] if plain else wishes:
        if wish not in taken:
            return wish
    raise RefusedError("no name for the lock is free")
