"""What each op does to the staleness state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import cast

from asynclint.flow.cursor import Cursor
from asynclint.flow.values import UNKNOWN, Hold, Reading, Value, merge_readings, parts, weakened
from asynclint.ir import ops
from asynclint.ir.places import ANY_KEY, Attr, Key, Path
from asynclint.ir.places import Step as PathStep

MAX_STEPS = 5
NEGATIONS = (
    ("is not", "is"), ("is", "is not"), ("not in", "in"), ("in", "not in"), ("!=", "=="), ("==", "!="),
)  # fmt: skip
"""What tests are when they are negated, the longer one of two that begin alike first."""
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
VIEWERS = frozenset(("enumerate", "reversed", "iter", "zip", "map", "filter"))
ARITHMETIC = frozenset(("+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^", "~", "fstring"))
LOOKUPS = frozenset(("get", "setdefault", "pop", "__getitem__"))
VIEWS = frozenset(("items", "keys", "values", "__iter__"))
CLASS = re.compile(r"_*[A-Z]\w*[a-z]")
OBJECT, RECORD = "object", "record"
"""The forms of what a class was called for; of a record all that was read went into named fields."""
COPYING = frozenset(("copy", "index", "count", "most_common", "isdisjoint", "union", "difference", "intersection"))


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
        if owner.form == RECORD:
            return Value(readings=merge_readings([weakened(one, 2) for one in owner.readings]))
        return Value(readings=parts(owner.readings))
    readings = cursor.read(path, at)
    if isinstance(step, Key):
        readings |= frozenset(r for r in owner.readings if r.path != owner.place)
    return Value(place=path, live=path, source=path, readings=readings)


def _const(cursor: Cursor, op: ops.Const) -> None:
    cursor.bind(op.into, Value(constant=op.text))


def _new(cursor: Cursor, op: ops.New) -> None:
    readings = cursor.readings(op.parts)
    if op.over is not None:
        # How many elements there are says nothing of how old is what each is made of.
        known = {reading.path for reading in readings}
        readings |= {reading for reading in cursor.readings((op.over,)) if reading.path not in known}
    cursor.bind(op.into, Value(readings=readings, fresh=True, form="" if op.parts else op.kind))


def _move(cursor: Cursor, op: ops.Move) -> None:
    cursor.bind(op.into, cursor.value(op.source))


def _compute(cursor: Cursor, op: ops.Compute) -> None:
    readings = cursor.readings(op.args)
    form = op.kind
    if op.kind in ("in", "not in") and len(op.args) == 2:
        key, container = op.args
        path = extend(cursor.value(container).place, key_of(op.text, op.names, key, cursor))
        if path is not None:
            fresh = cursor.read(path, op.at)
            # A key that was found in the container itself says nothing of what is there now: the test does.
            same = {reading.path for reading in fresh} | {cursor.value(container).place}
            readings = frozenset(r for r in cursor.readings((key,)) if r.path not in same) | fresh
    elif op.kind in ("is", "is not", "==", "!=") and len(op.args) == 2:
        form = _form_of_comparison(op.kind, *map(cursor.value, op.args))
        readings = _compared(*map(cursor.value, op.args))
    elif op.kind == "item":
        form = ""
    elif op.kind == "not" and len(op.args) == 1:
        form, readings = _negated(cursor.value(op.args[0]).form), cursor.inspected(op.args[0], op.at)
    cursor.bind(op.into, Value(readings=readings, form=form))


def _form_of_comparison(operator: str, left: Value, right: Value) -> str:
    """Return the form of a comparison; what `next` found first is nothing only where nothing was in there."""
    wanted = constant_of(right)
    if left.form == "next" and wanted == "None" and operator in ("is", "is not"):
        return "not in" if operator == "is" else "in"
    return f"{operator} {wanted}".rstrip()


def _compared(left: Value, right: Value) -> frozenset[Reading]:
    """Return the readings of a comparison; to compare state with what was computed from it finds no old value again."""
    for plain, made in ((left, right), (right, left)):
        if plain.source is not None and made.source is None and (made.fresh or made.form in ARITHMETIC):
            kept = [reading for reading in made.readings if reading.path != plain.source]
            return merge_readings((*plain.readings, *kept))
    return merge_readings((*left.readings, *right.readings))


def _negated(form: str) -> str:
    """Return the form of a test that comes out the other way, `not` where it has no form of its own."""
    for one, other in NEGATIONS:
        if form == one or form.startswith(f"{one} "):
            return other + form.removeprefix(one)
    if form == "next":
        return "not in"
    return "not" if form != "not" else ""


def constant_of(value: Value) -> str:
    """Return the source of a constant: a literal, or a name that the module or a class defines."""
    if value.constant or value.place is None:
        return value.constant
    return str(value.place) if value.place.kind in ("global", "class") else ""


def _load_attr(cursor: Cursor, op: ops.LoadAttr) -> None:
    cursor.bind(op.into, load(cursor, op.base, Attr(op.name), op.at))


def _load_item(cursor: Cursor, op: ops.LoadItem) -> None:
    value = load(cursor, op.base, key_of(op.text, op.names, op.key, cursor), op.at)
    place = cursor.value(op.base).place
    found = frozenset(r for r in cursor.value(op.key).readings if r.path == place and r.slept is not None)
    if found and place is not None:
        # Cut where something stood at the time: as old as the place that was found, whatever it is cut out of.
        value = value._replace(readings=found | frozenset(r for r in value.readings if r.path != place))
    cursor.bind(op.into, value._replace(form="item"))


def _call(cursor: Cursor, op: ops.Call) -> None:
    arguments = cursor.readings((*op.args, *(var for _, var in op.keywords)))
    receiver = cursor.value(op.receiver) if op.receiver is not None else None
    if receiver is not None and op.method in LOOKUPS and op.args and not op.keywords and receiver.place is not None:
        text, names = (op.texts[0], op.names[0]) if op.texts else ("", frozenset[str]())
        found = load(cursor, op.receiver or "", key_of(text, names, op.args[0], cursor), op.at)
        result = found._replace(readings=found.readings | arguments, form="get")
    elif receiver is not None and op.method in VIEWS:
        result = Value(live=receiver.live or receiver.place, readings=receiver.readings)
    elif receiver is not None and op.method in COPYING:
        result = Value(readings=receiver.readings | arguments, form=op.method)
    elif op.method == "cast" and len(op.args) == 2:
        result = cursor.value(op.args[1])
    elif receiver is None and op.method in VIEWERS:
        live = next((v.live for v in map(cursor.value, op.args) if v.live is not None), None)
        result = Value(live=live, readings=arguments)
    elif op.method in COPIERS:
        taken = [reading for var in op.args for reading in cursor.inspected(var, op.at)]
        result = Value(
            readings=merge_readings((*taken, *cursor.readings(var for _, var in op.keywords))), form=op.method
        )
    else:
        of = parts(receiver.readings) if receiver is not None and receiver.place is None else frozenset()
        weak = 1 if op.awaited else 0
        given = _given(cursor, op)
        made = merge_readings([weakened(one, weak) for one in (*given, *of)])
        form = "" if not CLASS.match(op.method) else OBJECT if cursor.readings(op.args) else RECORD
        result = Value(readings=made, form=form, fresh=True)
    cursor.bind(op.into, result)


def _given(cursor: Cursor, op: ops.Call) -> Iterator[Reading]:
    """Yield what a call was given. Headers say who asks, and how: what is in them says little of the answer."""
    for var in op.args:
        if var not in op.unused:
            yield from cursor.value(var).readings
    for name, var in op.keywords:
        if var not in op.unused:
            yield from (weakened(one, 2 if name == "headers" else 0) for one in cursor.value(var).readings)


def _suspend(cursor: Cursor, op: ops.Suspend) -> None:
    cursor.sleep(op.at)
    _resume(cursor, op)


def _resume(cursor: Cursor, op: ops.Suspend) -> None:
    if op.into is not None:
        value = cursor.value(op.value) if op.value is not None else UNKNOWN
        if value.place is not None:
            value = UNKNOWN
        cursor.bind(op.into, value.weakened(1)._replace(fresh=True) if op.kind == "async with" else value)


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
    held = [hold.acquired for hold in cursor.held if hold.lock == name]
    if held:
        cursor.release(frozenset((max(held),)))  # the inner one of two that are nested


def collect(cursor: Cursor, op: ops.Op) -> None:
    """Let a container of this task's own carry what is put into it."""
    match op:
        case ops.Mutate(call, _) if call.receiver is not None:
            owner, added = call.receiver, cursor.readings(call.args)
        case ops.StoreItem(base, key, _, _, stored, _, _):
            owner, added = base, cursor.readings((key, stored))
        case _:
            return
    value = cursor.value(owner)
    if added and value.place is None:
        cursor.env[owner] = value._replace(readings=merge_readings((*value.readings, *added)))


def _forget(cursor: Cursor, op: ops.Forget) -> None:
    cursor.bind(op.var, UNKNOWN)


def _capture(cursor: Cursor, op: ops.Capture) -> None:
    cursor.bind(op.into, UNKNOWN)


def _enter(cursor: Cursor, op: ops.Enter) -> None:
    value = cursor.value(op.context)
    cursor.bind(op.into, Value(readings=value.weakened(1).readings, fresh=True))


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
