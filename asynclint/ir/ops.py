"""The operations of a function, in evaluation order.

Every op that makes a value names the variable `into` that holds it: a local as the source spells it, or a temporary
`%n`. Every op carries `at`, the index of its syntax node in the function's `SourceMap`; positions are computed only
for what is reported. `Suspend` is emitted wherever the task *may* give way; the link stage removes those that cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Var = str
SuspendKind = Literal["await", "async for", "async with", "async exit", "yield"]
TestKind = Literal["if", "while", "assert", "match", "ifexp", "and", "or", "comprehension", "found", "except"]


@dataclass(frozen=True, slots=True)
class Const:
    """A constant: `text` is its source (`None`, `True`, `0`, `'x'`)."""

    into: Var
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class New:
    """A display or comprehension result that nobody else can know yet: `[...]`, `{...}`, `(...)`, a lambda.

    `over` is what a comprehension goes over first: that says which elements there are, whatever is kept of each.
    """

    into: Var
    kind: Literal["list", "dict", "set", "tuple", "generator", "lambda"]
    parts: tuple[Var, ...]
    at: int
    over: Var | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A local takes the value of another variable: `a = b`, a parameter binding, a walrus."""

    into: Var
    source: Var
    at: int


@dataclass(frozen=True, slots=True)
class Compute:
    """A value computed from others without side effects that matter.

    `kind` is the operator (`+`, `is`, `is not`, `in`, `not in`, `==`, `not`, `and`, `or`, `fstring`, `slice`, `item`
    for the parts of an unpacked value, `format`, `star`). For `in` and `not in`, `text` is the normalised source of
    the left operand and `names` the variables it is made of, as for a key.
    """

    into: Var
    kind: str
    args: tuple[Var, ...]
    at: int
    text: str = ""
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LoadAttr:
    """`into = base.name`; a module global has base `%module`, a variable of an enclosing function `%closure`."""

    into: Var
    base: Var
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class LoadItem:
    """`into = base[key]`; `text` is the key's normalised source, `names` the variables it is made of."""

    into: Var
    base: Var
    key: Var
    text: str
    names: frozenset[str]
    at: int


@dataclass(frozen=True, slots=True)
class StoreAttr:
    """`base.name = value`; globals and closure variables as for `LoadAttr`. `augmented`: the store of `op=`."""

    base: Var
    name: str
    value: Var
    at: int
    augmented: bool = False


@dataclass(frozen=True, slots=True)
class StoreItem:
    """`base[key] = value`."""

    base: Var
    key: Var
    text: str
    names: frozenset[str]
    value: Var
    at: int
    augmented: bool = False


@dataclass(frozen=True, slots=True)
class DeleteAttr:
    """`del base.name`."""

    base: Var
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class DeleteItem:
    """`del base[key]`; raises if the key is gone."""

    base: Var
    key: Var
    text: str
    names: frozenset[str]
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call, arguments already evaluated.

    `callee` is the source of the callee where it is a plain dotted name (`self._connect`, `asyncio.sleep`,
    `%` when it is anything else); `receiver` holds the object before the last dot, `method` the last name.
    `texts` are the normalised sources of the positional arguments, for keys (`d.pop(key)`), `names` what each is
    made of. `awaited`: an await of exactly this call follows as the next `Suspend`, whose `call` is this `into`.
    `quiet`: it raises nothing; `unused`: arguments of which nothing goes into its answer (found out by
    the link stage).
    """

    into: Var
    callee: str
    receiver: Var | None
    method: str
    args: tuple[Var, ...]
    keywords: tuple[tuple[str, Var], ...]
    texts: tuple[str, ...]
    names: tuple[frozenset[str], ...]
    awaited: bool
    at: int
    quiet: bool = False
    unused: frozenset[Var] = frozenset()


@dataclass(frozen=True, slots=True)
class Mutate:
    """A call that changes the built-in container it is called on (made by the link stage from a `Call`)."""

    call: Call
    at: int


@dataclass(frozen=True, slots=True)
class Suspend:
    """The task may give way here; `value` is what is awaited, `into` the outcome (`None` where it has none)."""

    kind: SuspendKind
    value: Var | None
    into: Var | None
    at: int


@dataclass(frozen=True, slots=True)
class Enter:
    """A `with` item is entered: `into` is what `as` binds. Its suspension, for `async with`, follows as a `Suspend`."""

    into: Var
    context: Var
    is_async: bool
    at: int


@dataclass(frozen=True, slots=True)
class Exit:
    """A `with` item is left, on the normal or an exceptional way. Its `Suspend` follows for `async with`."""

    context: Var
    is_async: bool
    at: int


@dataclass(frozen=True, slots=True)
class Acquire:
    """A lock is held from here on (made by the link stage from `Enter` or `Call`)."""

    lock: Var
    at: int


@dataclass(frozen=True, slots=True)
class Release:
    """A lock is given up (made by the link stage from `Exit` or `Call`)."""

    lock: Var
    at: int


@dataclass(frozen=True, slots=True)
class Iterate:
    """The next element of an iteration, or its end; ends its block: successors are (body, exhausted)."""

    into: Var
    iterable: Var
    is_async: bool
    at: int


@dataclass(frozen=True, slots=True)
class Test:
    """A branch on a value; ends its block: successors are (true, false).

    `found` is the branch that `try: v = d[k] ... except KeyError` makes of a load: true is found, false the handler.
    For `except`, `text` is the source of the exception type and `value` the exception; true is the clause's body.
    """

    __test__ = False

    value: Var
    kind: TestKind
    at: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """A nested function, lambda or class body takes `names` from this function; `into` is the function object."""

    into: Var
    function: str
    names: frozenset[str]
    at: int


@dataclass(frozen=True, slots=True)
class Forget:
    """A local is unbound (`del x`, the end of `except ... as x`) or becomes something unknown."""

    var: Var
    at: int


@dataclass(frozen=True, slots=True)
class Return:
    """The function ends with a value; ends its block, which leads to the exit."""

    value: Var | None
    at: int


@dataclass(frozen=True, slots=True)
class Raise:
    """The function raises; ends its block, which leads to the nearest handler or to the exceptional exit."""

    value: Var | None
    at: int


Op = (
    Const
    | New
    | Move
    | Compute
    | LoadAttr
    | LoadItem
    | StoreAttr
    | StoreItem
    | DeleteAttr
    | DeleteItem
    | Call
    | Mutate
    | Suspend
    | Enter
    | Exit
    | Acquire
    | Release
    | Iterate
    | Test
    | Capture
    | Forget
    | Return
    | Raise
)
