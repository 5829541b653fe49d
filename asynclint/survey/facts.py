"""What the survey knows of a file: data only, one frozen type for each thing that exists.

What there is most of is a named tuple: made, hashed and compared without a step of Python code.

Places are flow-insensitive and over-approximate: whatever the lowered function reads or writes is in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple

PlaceKind = Literal["self", "cls", "class", "global", "closure", "param"]
WriteHow = Literal["store", "augmented", "delete", "item", "delete item", "mutate"]
FunctionKind = Literal["function", "method", "classmethod", "staticmethod"]


class Place(NamedTuple):
    """State by shape: `self.rows[key].n` is `("self", "self", ("rows", "[]", "n"))`.

    A module global or closure variable is the first element of `steps` with root `%module` or `%closure`, as in
    `ir.places.Path`. At most three steps are kept.
    """

    kind: PlaceKind
    root: str
    steps: tuple[str, ...]


# CPython makes every empty frozenset anew, and most functions have several.
NO_NAMES: Final[frozenset[str]] = frozenset()
NO_PLACES: Final[frozenset[Place]] = frozenset()


class Write(NamedTuple):
    """A write, deletion or mutation: `how`, and `detail`, which is the constant that is stored, as source (`None`,
    `True`, `0`, `{}`, `[]`; empty for anything else), or the name of the mutating method.

    Lines and columns are those of the target or of the mutating call, as in `source.Span`.
    """

    place: Place
    how: WriteHow
    detail: str
    line: int
    column: int
    end_line: int
    end_column: int


class CallSite(NamedTuple):
    """A call of a dotted name (`self._connect`, `asyncio.sleep`; `self` stands for the first parameter). A subscript on
    the way is spelled `[]`, a call `()`: `self._tasks[].cancel`, `asyncio.get_running_loop().create_task`.

    `arguments` are the dotted names among the arguments (`self._run` in `create_task(self._run())` and in
    `on_message(self._run)`): what a spawn or a registration would start. `in_loop`: a loop is around it that may come
    to it again, and is not left right behind it.
    """

    callee: str
    line: int
    awaited: bool
    in_loop: bool
    arguments: tuple[str, ...] = ()


class WithItem(NamedTuple):
    """The context expression of a `with` item, as a dotted name, subscript or call (`self._lock`, `self._locks[]`)."""

    text: str
    line: int
    end_line: int
    is_async: bool


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """One function.

    `name` is qualified without module and without `<locals>`; where a file defines a name twice, `line` tells them
    apart. `first_line` includes decorators, `line` is that of `def`, `column` is its indentation, from 0. `params` are
    names and annotations in the order of the signature, `decorators` dotted names without arguments (`app.route`).
    `parent` is the enclosing function, also that of a method whose class stands in a function.
    `bindings` are the names bound in it, `free` the names that an enclosing function binds.
    `loads` are all places read, each with the first line of a statement that reads it, `writes` all writes.
    `suspensions` counts awaits, async for/with, async comprehensions and, in an async generator, yields; `pauses` are
    the lines of those that are not the await of one of `calls`. `returns` is the source of the return annotation.
    `iterates` are the places iterated over in a `for` or comprehension, `.items()`, `.values()` and `.keys()` included,
    copies (`list(...)`) as well; `lingers` are those of them whose loop gives way, `sources` the callees of what is
    called to make what such a loop goes over.
    `spans` are, of a coroutine, the first and last lines of what is no sequence of lines: outermost loops, and
    statements or headers over several lines. Two lines in one span may run in any order; else a lower line never runs
    after a higher one.
    `owned` are local names that are given the result of a call and only used through their attributes afterwards, with
    the line of the call: what was made there is not handed on by this function's own body. `looped` are the targets
    of its loops and comprehensions. `made` are the local names that are only ever given results of calls, with the
    callees, or only ever stand for one place, with that after an equals sign (`=self.peers[]`), or go through several
    that are written down in a list (`=self.reader|self.writer`). `joins` are the lines of calls for whose results it
    waits before it gives way for anything else, with 1 where they are over before a loop around them goes on, else 0.
    `returned` are the local names that are given new objects and returned, with the first line that hands them on
    otherwise, or 0.
    """

    name: str
    cls: str | None
    kind: FunctionKind
    parent: str | None
    is_async: bool
    is_generator: bool
    params: tuple[tuple[str, str], ...]
    decorators: tuple[str, ...]
    first_line: int
    line: int
    end_line: int
    column: int
    bindings: frozenset[str]
    free: frozenset[str]
    loads: Mapping[Place, int]
    writes: tuple[Write, ...]
    calls: tuple[CallSite, ...]
    withs: tuple[WithItem, ...]
    suspensions: int
    iterates: frozenset[Place]
    lingers: frozenset[Place] = NO_PLACES
    sources: tuple[str, ...] = ()
    pauses: tuple[int, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    returns: str = ""
    owned: tuple[tuple[str, int], ...] = ()
    looped: frozenset[str] = NO_NAMES
    made: tuple[tuple[str, str], ...] = ()
    joins: tuple[tuple[int, int], ...] = ()
    returned: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeFacts:
    """What is known of an attribute's or global's value.

    `constructors` are the dotted callees assigned to it (`asyncio.Lock`, `Pool`) and the types of what is written as a
    constant or display (`dict` for `{}`, `list`, `set`, `int`, `bool`, `str`; `None`), wherever in the class or module;
    `annotation` is the source of its annotation, or of that of the parameter assigned to it. A semaphore,
    limiter or queue that is made with a constant count has it in brackets (`asyncio.Semaphore(1)`, `asyncio.Queue(0)`).
    """

    constructors: frozenset[str] = NO_NAMES
    annotation: str = ""


@lru_cache(maxsize=4096)
def attribute_facts(constructors: frozenset[str], annotation: str) -> AttributeFacts:
    """Return what is known of an attribute; what many have in common is kept once."""
    return AttributeFacts(constructors, annotation)


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """One class; `attributes` by name, those of the body and those set on `self` or `cls` in its methods."""

    name: str
    bases: tuple[str, ...]
    decorators: tuple[str, ...]
    methods: tuple[str, ...]
    attributes: tuple[tuple[str, AttributeFacts], ...]
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """One file. `imports` maps the local name to the dotted origin (`a.b.c`, relative ones with their dots).

    Imports inside functions and classes follow where the module leaves the name free; `from a import *` is ("*a", "a").
    `globals` are the plain variables of the module, those that a function declares `global` included. `constants` are
    the numbers and truths given by name in the module's body (`LIMIT`) and in those of its classes (`Base.polls`).
    """

    path: str
    imports: tuple[tuple[str, str], ...]
    classes: tuple[ClassFacts, ...]
    functions: tuple[FunctionFacts, ...]
    globals: tuple[tuple[str, AttributeFacts], ...]
    top_level_calls: tuple[CallSite, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
