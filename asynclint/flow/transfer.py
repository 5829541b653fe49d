"""What each op does to the staleness state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import cast

from asynclint.flow.values import NO_SPANS, UNKNOWN, Guard, Hold, Reading, State, Value, merge_readings
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import ANY_KEY, CLOSURE, MODULE, Attr, Key, Path
from asynclint.ir.places import Step as PathStep

MAX_STEPS = 3
ROOTS: dict[str, Value] = {
    MODULE: Value(place=Path("global", MODULE)),
    CLOSURE: Value(place=Path("closure", CLOSURE)),
}
COPIERS = frozenset(
    [
        "list",
        "tuple",
        "set",
        "frozenset",
        "dict",
        "sorted",
        "len",
        "sum",
        "min",
        "max",
        "any",
        "all",
        "bool",
        "int",
        "str",
        "float",
        "repr",
        "isinstance",
        "bytes",
        "abs",
        "round",
        "hash",
        "id",
        "next",
        "type",
        "callable",
        "hasattr",
        "copy",
        "deepcopy",
        "deque",
        "OrderedDict",
        "Counter",
        "defaultdict",
    ]
)
VIEWERS = frozenset(("enumerate", "reversed", "iter", "zip", "map", "filter", "cast"))
LOOKUPS = frozenset(("get", "setdefault", "pop", "__getitem__"))
VIEWS = frozenset(("items", "keys", "values", "__iter__"))
COPYING = frozenset(("copy", "index", "count", "most_common", "isdisjoint", "union", "difference", "intersection"))


@dataclass(frozen=True, slots=True)
class Scope:
    """What is worth following in a graph: `interest` names the attributes that somebody writes (None for all), `keys`
    are the variables that element keys are made of."""

    interest: frozenset[str] | None
    keys: frozenset[ops.Var]


def scope_of(graph: Graph, interest: frozenset[str] | None) -> Scope:
    """Return what is worth following in a graph."""
    keys: set[ops.Var] = set()
    for block in graph.blocks:
        for op in block.ops:
            match op:
                case ops.Mutate(call, _):
                    keys.update(*call.names)
                case ops.Call():
                    keys.update(*op.names)
                case ops.Iterate():
                    keys.add(op.into)
                case ops.LoadItem() | ops.StoreItem() | ops.DeleteItem() | ops.Compute():
                    keys.update(op.names)
    return Scope(interest, frozenset(keys))


@dataclass(slots=True)
class Cursor:
    """A state while ops are applied to it; the only mutable thing of the flow stage."""

    env: dict[ops.Var, Value]
    guards: frozenset[Guard]
    held: frozenset[Hold]
    scope: Scope

    @classmethod
    def at(cls, state: State, scope: Scope) -> Cursor:
        """Open a state for change."""
        return cls(dict(state.env), state.guards, state.held, scope)

    def close(self) -> State:
        """Return the state as it is now."""
        return State(dict(self.env), self.guards, self.held)

    def value(self, var: ops.Var) -> Value:
        """Return what a variable holds."""
        return self.env.get(var) or ROOTS.get(var, UNKNOWN)

    def readings(self, variables: Iterable[ops.Var]) -> frozenset[Reading]:
        """Return all that the variables were read from."""
        found: list[Reading] = []
        for var in variables:
            value = self.env.get(var)
            if value is not None:
                found.extend(value.readings)
        return merge_readings(found) if found else frozenset()

    def bind(self, var: ops.Var, value: Value) -> None:
        """Assign a variable; what was known under a key that it makes up means another element from now on."""
        if var in self.scope.keys:
            self._rekey(var)
        if value == UNKNOWN:
            self.env.pop(var, None)
        else:
            self.env[var] = value

    def read(self, path: Path, at: int) -> frozenset[Reading]:
        """Make the reading of a path at this point; none for a path that nobody here writes."""
        if self.scope.interest is not None and path.attribute not in self.scope.interest:
            return frozenset()
        spans = frozenset(hold.acquired for hold in self.held) if self.held else NO_SPANS
        return frozenset((Reading(path, at, None, spans),))

    def sleep(self, at: int) -> None:
        """Mark every reading that lives across a suspension."""
        for var, value in self.env.items():
            if any(reading.slept is None for reading in value.readings):
                self.env[var] = replace(value, readings=frozenset(_slept(r, at) for r in value.readings))
        if self.guards:
            self.guards = frozenset(
                replace(g, reading=_slept(g.reading, at)) if g.reading.slept is None else g for g in self.guards
            )

    def release(self, gone: frozenset[int]) -> None:
        """End exclusions: readings made under them are covered no longer."""
        self.held = frozenset(hold for hold in self.held if hold.acquired not in gone)
        for var, value in self.env.items():
            if any(reading.spans & gone for reading in value.readings):
                self.env[var] = replace(
                    value, readings=frozenset(replace(r, spans=r.spans - gone) for r in value.readings)
                )
        self.guards = frozenset(
            replace(g, reading=replace(g.reading, spans=g.reading.spans - gone)) if g.reading.spans & gone else g
            for g in self.guards
        )

    def _rekey(self, var: ops.Var) -> None:
        for name, value in list(self.env.items()):
            if value.place is not None and _keyed_by(value.place, var):
                self.env[name] = value = replace(value, place=None, live=None)
            if any(_keyed_by(reading.path, var) for reading in value.readings):
                kept = frozenset(r for r in value.readings if not _keyed_by(r.path, var))
                self.env[name] = replace(value, readings=kept)
        if any(_keyed_by(guard.reading.path, var) for guard in self.guards):
            self.guards = frozenset(g for g in self.guards if not _keyed_by(g.reading.path, var))


def _slept(reading: Reading, at: int) -> Reading:
    return replace(reading, slept=at) if reading.slept is None else reading


def _keyed_by(path: Path, var: ops.Var) -> bool:
    return any(isinstance(step, Key) and var in step.names for step in path.steps)


def extend(base: Path | None, step: PathStep) -> Path | None:
    """Return the path one step further, or None where it has too many steps to be told apart."""
    return base.then(step) if base is not None and len(base.steps) < MAX_STEPS else None


def key_of(text: str, names: frozenset[str], variable: ops.Var, cursor: Cursor) -> Key:
    """Return the key step for a normalised key expression: a constant if the key's value is known."""
    constant = cursor.value(variable).constant
    return Key(constant) if constant else Key(text, names) if text else ANY_KEY


def load(cursor: Cursor, base: ops.Var, step: PathStep, at: int) -> Value:
    """Return the value of one step from a variable."""
    owner = cursor.value(base)
    path = extend(owner.place, step)
    if path is None:
        return Value(readings=owner.readings)
    readings = cursor.read(path, at)
    if isinstance(step, Key):
        readings |= frozenset(r for r in owner.readings if r.path != owner.place)
    return Value(place=path, live=path, source=path, readings=readings)


def _const(cursor: Cursor, op: ops.Const) -> None:
    cursor.bind(op.into, Value(constant=op.text))


def _new(cursor: Cursor, op: ops.New) -> None:
    cursor.bind(op.into, Value(readings=cursor.readings(op.parts), fresh=True, form="" if op.parts else op.kind))


def _move(cursor: Cursor, op: ops.Move) -> None:
    cursor.bind(op.into, cursor.value(op.source))


def _compute(cursor: Cursor, op: ops.Compute) -> None:
    readings = cursor.readings(op.args)
    form = op.kind
    if op.kind in ("in", "not in") and len(op.args) == 2:
        key, container = op.args
        path = extend(cursor.value(container).place, key_of(op.text, op.names, key, cursor))
        if path is not None:
            readings = cursor.readings((key,)) | cursor.read(path, op.at)
    elif op.kind in ("is", "is not", "==", "!=") and len(op.args) == 2:
        form = f"{op.kind} {_constant(cursor.value(op.args[1]))}".rstrip()
    elif op.kind == "item":
        form = ""
    cursor.bind(op.into, Value(readings=readings, form=form))


def _constant(value: Value) -> str:
    """Return the source of a constant: a literal, or a name that the module or a class defines."""
    if value.constant or value.place is None:
        return value.constant
    return str(value.place) if value.place.kind in ("global", "class") else ""


def _load_attr(cursor: Cursor, op: ops.LoadAttr) -> None:
    cursor.bind(op.into, load(cursor, op.base, Attr(op.name), op.at))


def _load_item(cursor: Cursor, op: ops.LoadItem) -> None:
    value = load(cursor, op.base, key_of(op.text, op.names, op.key, cursor), op.at)
    cursor.bind(op.into, replace(value, form="item"))


def _call(cursor: Cursor, op: ops.Call) -> None:
    arguments = cursor.readings((*op.args, *(var for _, var in op.keywords)))
    receiver = cursor.value(op.receiver) if op.receiver is not None else None
    if receiver is not None and op.method in LOOKUPS and op.args and receiver.place is not None:
        text, names = (op.texts[0], op.names[0]) if op.texts else ("", frozenset[str]())
        found = load(cursor, op.receiver or "", key_of(text, names, op.args[0], cursor), op.at)
        result = replace(found, readings=found.readings | arguments, form="get")
    elif receiver is not None and op.method in VIEWS:
        result = Value(live=receiver.live or receiver.place, readings=receiver.readings)
    elif receiver is not None and op.method in COPYING:
        result = Value(readings=receiver.readings | arguments, form=op.method)
    elif receiver is None and op.method in VIEWERS:
        live = next((v.live for v in map(cursor.value, op.args) if v.live is not None), None)
        result = Value(live=live, readings=arguments)
    elif op.method in COPIERS:
        result = Value(readings=arguments, form=op.method)
    else:
        taken = arguments if receiver is None or receiver.place is not None else arguments | receiver.readings
        result = Value(readings=taken, fresh=True)
        if op.awaited:
            result = replace(result.weakened(), fresh=True)
    cursor.bind(op.into, result)


def _suspend(cursor: Cursor, op: ops.Suspend) -> None:
    cursor.sleep(op.at)
    _resume(cursor, op)


def _resume(cursor: Cursor, op: ops.Suspend) -> None:
    if op.into is not None:
        value = cursor.value(op.value) if op.value is not None else UNKNOWN
        cursor.bind(op.into, UNKNOWN if value.place is not None else value)


def _iterate(cursor: Cursor, op: ops.Iterate) -> None:
    source = cursor.value(op.iterable)
    cursor.bind(op.into, UNKNOWN)
    place = extend(source.live, Key("*", frozenset((op.into,))))
    cursor.bind(op.into, Value(place=place, live=place, readings=source.readings))


def _acquire(cursor: Cursor, op: ops.Acquire) -> None:
    place = cursor.value(op.lock).place
    cursor.held |= {Hold(op.at, str(place) if place is not None else op.lock)}


def _release(cursor: Cursor, op: ops.Release) -> None:
    place = cursor.value(op.lock).place
    name = str(place) if place is not None else op.lock
    gone = frozenset(hold.acquired for hold in cursor.held if hold.lock == name)
    if gone:
        cursor.release(gone)


def _forget(cursor: Cursor, op: ops.Forget) -> None:
    cursor.bind(op.var, UNKNOWN)


def _capture(cursor: Cursor, op: ops.Capture) -> None:
    cursor.bind(op.into, UNKNOWN)


def _enter(cursor: Cursor, op: ops.Enter) -> None:
    value = cursor.value(op.context)
    cursor.bind(op.into, Value(readings=value.weakened().readings, fresh=True))


def _nothing(cursor: Cursor, op: ops.Op) -> None:
    """Leave the state alone."""


EFFECTS: dict[type, Callable[[Cursor, ops.Op], None]] = {
    kind: cast(Callable[[Cursor, ops.Op], None], effect)
    for kind, effect in (
        (ops.Const, _const),
        (ops.New, _new),
        (ops.Move, _move),
        (ops.Compute, _compute),
        (ops.LoadAttr, _load_attr),
        (ops.LoadItem, _load_item),
        (ops.Call, _call),
        (ops.Suspend, _suspend),
        (ops.Iterate, _iterate),
        (ops.Acquire, _acquire),
        (ops.Release, _release),
        (ops.Forget, _forget),
        (ops.Capture, _capture),
        (ops.Enter, _enter),
    )
}
