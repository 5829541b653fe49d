"""Values that only tell of something: texts, tables of an answer, records. Nothing of theirs is left open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asynclint.checks.making import OPENED, made_by, makes, words
from asynclint.flow.liveness import variables
from asynclint.flow.moves import aliases, origins
from asynclint.flow.teardowns import ENDS
from asynclint.flow.windows import Window
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.walk import reached
from asynclint.link.program import Class, Program
from asynclint.link.view import FunctionView
from asynclint.survey.facts import AttributeFacts

BASES = re.compile(r"(\w+\.)*(BaseModel|TypedDict|NamedTuple|\w*Enum|Struct|Generic|object|Protocol|str|int)(\[.*\])?")
"""What classes of records have above them that is of no project."""
DECORATORS = re.compile(r"(\w+\.)*(dataclass|define|frozen|attrs)")
KEPT = re.compile(
    r"Task|Future|Lock|Event|Queue|Semaphore|Condition|Any|Callable|Stream\w*|Transport|Protocol|\w*IO|object"
)
"""Types of what is more than told, or may be."""
SETTLED = frozenset(("str", "int", "float", "bool", "bytes", "list", "dict", "set", "tuple", "None"))
CONFIGURED = frozenset(("Field", "field", "ConfigDict", "PrivateAttr", "auto", "Factory", "attrib"))
LITERAL = re.compile(r"Literal\[[^\]]*\]")
TABLE = re.compile(r"(\w+\.)?([Dd]ict|[Mm]apping)\[str, ?(\w+\.)?Any\]|(\w+\.)?[Ll]ist\[(\w+\.)?Any\]")
"""What an answer is parsed to."""
DEEP = 3
"""How many records may stand in one another."""
PLAIN_NAMES = re.compile(r"ids?|uuid|names?|keys?|urls?|uris?|paths?|hosts?|ports?|versions?|revision|offset|timestamp")
"""Last words of the names of locals that hold a text or a number."""
MANAGED = frozenset(("__enter__", "__exit__", "__aenter__", "__aexit__", "__del__", "__await__"))


def is_record_made(view: FunctionView, wrote: Written) -> bool:
    """Tell whether what is stored is a record of the project, by the class or by what the helper is said to return."""
    made = [_class_of(view, call) for call in made_by(view.assembled.graph, wrote)]
    program = view.rivals.tasks.resolver.program
    return bool(made) and all(cls is not None and is_record(program, cls) for cls in made)


def is_named_plain(view: FunctionView, wrote: Written) -> bool:
    """Tell whether what is stored goes by the name of a text or a number, and nobody says that it is made or issued."""
    graph = view.assembled.graph
    every = [op for block in graph.blocks for op in block.ops]
    stored = [op.value for op in every if isinstance(op, ops.StoreAttr | ops.StoreItem) and op.at == wrote.at]
    held = aliases(graph, {var for value in stored for var in origins(graph, value)})
    names = {var.partition("@")[0] for var in held} | {name for op in every for name in _looked_up(op, held)}
    named = any(PLAIN_NAMES.fullmatch((words(name) or ("",))[-1]) for name in names)
    return named and not any(makes(call.method) for call in made_by(graph, wrote))


def _looked_up(op: ops.Op, held: frozenset[ops.Var]) -> Iterator[str]:
    """Yield the name of the part of something that an op gives to some variables."""
    match op:
        case ops.LoadAttr(into, _, name) if into in held:
            yield name
        case ops.LoadItem(into, text=text) if into in held:
            yield text.strip("\"'")
        case _:
            pass


def is_answer_kept(view: FunctionView, window: Window, wrote: Written) -> bool:
    """Tell whether what is stored is a record of what somebody has answered, and nobody changes what stands in it.

    Whoever asks twice is told twice, and the one record is as good as the other.
    """
    if not is_record_made(view, wrote) or not _is_told_of(view, wrote):
        return False
    shape, program = window.path.shape, view.rivals.tasks.resolver.program
    near = program.members(view.cls) if view.cls is not None else program.modules[view.function.path].all_functions
    writes = (write for one in near for write in one.facts.writes)
    return not any(len(one.place.steps) > len(shape) and one.place.steps[: len(shape)] == shape for one in writes)


def _is_told_of(view: FunctionView, wrote: Written) -> bool:
    """Tell whether what is stored is made of what was awaited."""
    every = [op for block in view.assembled.graph.blocks for op in block.ops]
    made: dict[ops.Var, set[ops.Var]] = {}
    awaited = set[ops.Var]()
    for op in every:
        into = getattr(op, "into", None)
        if isinstance(into, str):
            made.setdefault(into, set()).update(variables(op))
        if isinstance(op, ops.Suspend) and op.kind == "await" and op.into is not None:
            awaited.add(op.into)
    stored = [op.value for op in every if isinstance(op, ops.StoreAttr | ops.StoreItem) and op.at == wrote.at]
    return any(var in awaited for var in reached(stored, lambda var: made.get(var, ())))


def _class_of(view: FunctionView, call: ops.Call) -> Class | None:
    """Return the class of the project that a call gives an object of."""
    resolver, function = view.rivals.tasks.resolver, view.assembled.frames[view.assembled.frame(call.at)].function
    cls = resolver.program.find_class(function.path, call.callee)
    if cls is not None:
        return cls
    first, _, rest = call.callee.partition(".")
    own = function.facts.params[0][0] if function.facts.cls is not None and function.facts.params else ""
    targets = resolver.targets(function, f"self.{rest}" if rest and first == own else call.callee)
    found = {resolver.named_class(target.path, target.facts.returns) for target in targets}
    return found.pop() if len(found) == 1 else None


def is_record(program: Program, cls: Class, deep: int = DEEP) -> bool:
    """Tell whether a class of the project only holds what was told: fields of plain types, and nothing to end."""
    family = program.ancestors(cls)
    bases = [base for one in family for base in one.facts.bases if program.find_class(one.path, base) is None]
    if not all(BASES.fullmatch(base) for base in bases):
        return False
    decorated = any(DECORATORS.fullmatch(name) for one in family for name in one.facts.decorators)
    if not bases and not decorated:
        return False
    names = {name.rpartition(".")[2] for one in family for name in one.facts.methods}
    if any(ENDS.search(name) or name in MANAGED for name in names):
        return False
    return all(_is_told(program, one, facts, deep) for one in family for _, facts in one.facts.attributes)


def _is_told(program: Program, owner: Class, facts: AttributeFacts, deep: int) -> bool:
    """Tell whether a field is a text, a number, a time, or a record itself."""
    if not facts.annotation:
        return {name.rpartition(".")[2].split("(")[0] for name in facts.constructors} <= SETTLED | CONFIGURED
    for name in re.findall(r"[A-Za-z_][\w.]*", TABLE.sub("", LITERAL.sub("", facts.annotation))):
        cls, last = program.find_class(owner.path, name), name.rpartition(".")[2]
        if cls is not None:
            if cls is not owner and (deep == 0 or not is_record(program, cls, deep - 1)):
                return False
        elif KEPT.fullmatch(last) or OPENED.fullmatch((words(last) or ("",))[-1]):
            return False
    return True


def begins_as_data(facts: AttributeFacts | None) -> bool:
    """Tell whether a text or a table stands there until something else comes: the other is of the same kind."""
    if facts is None or facts.annotation:
        return False
    return not {"str", "dict", "bytes", "tuple"}.isdisjoint(facts.constructors)
