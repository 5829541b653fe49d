"""What one pass over a scope writes down before names are resolved: the only mutable thing of the survey.

A chain is an access as it is spelled: `self.rows[key].n` is `("self", "rows", "[]", "n")`. `OF` at its end says
"a container of": `list(self.rows)` denotes `("self", "rows", "[]", OF)`, of which an element is one of `self.rows`.
"""

from __future__ import annotations

import ast
from typing import Literal

Chain = tuple[str, ...]
Value = Chain | list[Chain] | None
"""What an expression may denote: one chain, several, or nothing that has a name."""

ITEM = "[]"
OF = "<of>"
LONGEST = 5

ScopeKind = Literal["module", "class", "function"]
RawCall = tuple[str, int, bool, bool, tuple[str, ...]]
RawWith = tuple[str, int, int, bool]
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Located = ast.expr | ast.stmt | ast.pattern


class RawWrite:
    """A write as spelled, with the node that is reported."""

    __slots__ = ("chain", "detail", "how", "node")

    def __init__(self, chain: Chain, how: str, detail: str, node: Located) -> None:
        self.chain = chain
        self.how = how
        self.detail = detail
        self.node = node


class Scope:
    """A module, class or function while it is read.

    `parent` is the scope around it, `pending` are the definitions in it that are still to be read, `inner` are the
    names bound in its comprehensions and lambdas, `assigned` the values and annotations given to attributes of `self`
    (or, in a class or module, to its names), `declared` the names under `global` and `nonlocal`, `modules` what
    `import` binds. `self_name` is the first parameter of the method that this is or lies in, `self_class` the class of
    that method. `last` is the callee of the call just read, `line` the first line of the statement or arm that is
    being read, `loop` how many loops are around it, and `left` how many of them are left behind it at the latest.
    `ordered`: the order of its lines matters, as in a function that may give way.
    `given` are the names of the parameters.
    `bare` are the names used as values of their own, `made` the names that were given the result of a call, with its
    line and callee, `looped` the targets of loops; `times` says how often a name is a target.
    """

    __slots__ = (
        "aliases",
        "assigned",
        "bare",
        "bound",
        "calls",
        "declared",
        "given",
        "imported",
        "inner",
        "iterates",
        "kind",
        "last",
        "left",
        "line",
        "lingers",
        "loads",
        "loop",
        "looped",
        "made",
        "modules",
        "name",
        "names",
        "nonlocals",
        "ordered",
        "parent",
        "pauses",
        "pending",
        "self_class",
        "self_kind",
        "self_name",
        "sources",
        "spans",
        "suspensions",
        "times",
        "withs",
        "writes",
        "yields",
    )

    def __init__(self, kind: ScopeKind, name: str, parent: Scope | None, ordered: bool = False) -> None:
        self.kind: ScopeKind = kind
        self.name = name
        self.parent = parent
        self.ordered = ordered
        self.self_name = ""
        self.self_kind = ""
        self.self_class: Scope | None = None
        self.given: tuple[str, ...] = ()
        self.names: set[str] = set()
        self.bare: set[str] = set()
        self.looped: set[str] = set()
        self.made: list[tuple[str, int, str]] = []
        self.times: dict[str, int] = {}
        self.loads: dict[Chain, int] = {}
        self.iterates: set[Chain] = set()
        self.lingers: set[Chain] = set()
        self.bound: set[str] = set()
        self.inner: set[str] = set()
        self.declared: set[str] = set()
        self.nonlocals: set[str] = set()
        self.imported: dict[str, str] = {}
        self.modules: set[str] = set()
        self.aliases: list[tuple[str, Chain]] = []
        self.assigned: list[tuple[str, ast.expr | None, ast.expr | None]] = []
        self.writes: list[RawWrite] = []
        self.calls: list[RawCall] = []
        self.withs: list[RawWith] = []
        self.pending: list[FunctionNode | ast.ClassDef] = []
        self.last = ""
        self.line = 0
        self.loop = 0
        self.left = 0
        self.pauses: list[int] = []
        self.sources: list[str] = []
        self.spans: list[tuple[int, int]] = []
        self.suspensions = 0
        self.yields = 0


def extend(chain: Chain, step: str) -> Chain | None:
    """Return the chain one step further; nothing for an attribute of a container that nobody else can name."""
    if chain[-1] is OF:
        return chain[:-1] if step == ITEM else None
    if len(chain) >= LONGEST:
        return chain
    return (*chain, step)


def step_on(value: Value, step: str) -> Value:
    """Return what `value` one step further may denote."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return extend(value, step)
    found = [chain for one in value if (chain := extend(one, step)) is not None]
    return found or None


def chains_of(value: Value) -> list[Chain]:
    """Return the chains of a value as a list."""
    if value is None:
        return []
    return [value] if isinstance(value, tuple) else value


def merge(values: list[Value]) -> Value:
    """Return what one of several values may denote."""
    found: list[Chain] = []
    for value in values:
        if value is not None:
            found.extend(chains_of(value))
    if not found:
        return None
    return found[0] if len(found) == 1 else found


def container_of(value: Value, depth: int = 1) -> Value:
    """Return a container (`depth` 2: of containers) of what `value` may denote."""
    marks = (OF,) * depth
    return merge([chain + marks for chain in chains_of(value)])


def elements(value: Value, depth: int = 1) -> Value:
    """Return a fresh container of the elements of `value`."""
    return container_of(step_on(value, ITEM), depth)


def spelled(chain: Chain) -> str:
    """Return a chain as text: `self._locks[].x`."""
    return ".".join(chain).replace(".[]", ITEM)


def bind_name(scope: Scope, name: str, value: Value, node: Located, detail: str = "") -> None:
    """Bind a name, which is a write if the scope declared it `global` or `nonlocal`."""
    scope.bound.add(name)
    if value is not None:
        for chain in chains_of(value):
            scope.aliases.append((name, chain))
    if name in scope.declared:
        scope.writes.append(RawWrite((name,), "store", detail, node))
