"""Where an op writes, and what a write does to what is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from asynclint.flow.agreement import agreed, is_the_one, sole
from asynclint.flow.cursor import Cursor, covered
from asynclint.flow.lists import lists
from asynclint.flow.transfer import EFFECTS, collect, constant_of, extend, key_of
from asynclint.flow.values import UNKNOWN, Guard, Hold, Reading, Value, about, merge_readings, rewritten, with_readings
from asynclint.flow.verdicts import COUNTING, FALSE, LOOKED_UP, empty, excludes, filled
from asynclint.ir import ops
from asynclint.ir.places import ANY_KEY, Attr, Path

How = Literal["store", "augmented", "delete", "item", "delete item", "mutate"]

KEYED = frozenset(("add", "remove", "discard", "pop", "setdefault"))
SELECTING = frozenset(("pop", "remove", "insert"))
RESOLVED = frozenset(("setdefault", "discard"))


@dataclass(frozen=True, slots=True)
class Written:
    """A write of `path`: what is stored (`value`), what selects the element (`key`), and how.

    `owner` is the container that is mutated, `container` its path, also for item writes. `atomic` writes decide for
    themselves (`setdefault`, `discard`, `pop` with a default).
    """

    path: Path
    how: How
    value: Value
    key: Value
    container: Path | None
    method: str
    atomic: bool
    at: int
    owner: Value = UNKNOWN

    @property
    def selects(self) -> bool:
        """Tell whether the key says which element is meant: what is only put in is no key."""
        return self.container is not None and (self.how != "mutate" or self.method in SELECTING)

    def is_found(self, reading: Reading) -> bool:
        """Tell whether a reading gave what stands there when it is written."""
        return reading.path == self.path and reading.slept is None and not reading.rewritten


def written(cursor: Cursor, op: ops.Op) -> Written | None:
    """Return what an op writes, or None if it writes nothing that another task could see."""
    match op:
        case ops.StoreAttr(base, name, value, at, augmented):
            path = extend(cursor.value(base).place, Attr(name))
            return _made(path, "augmented" if augmented else "store", at, value=cursor.value(value))
        case ops.StoreItem(base, key, text, names, value, at, augmented):
            owner = cursor.value(base).place
            path = extend(owner, key_of(text, names, key, cursor))
            how: How = "augmented" if augmented else "item"
            return _made(path, how, at, value=cursor.value(value), key=cursor.value(key), container=owner)
        case ops.DeleteAttr(base, name, at):
            return _made(extend(cursor.value(base).place, Attr(name)), "delete", at)
        case ops.DeleteItem(base, key, text, names, at):
            owner = cursor.value(base).place
            path = extend(owner, key_of(text, names, key, cursor))
            return _made(path, "delete item", at, key=cursor.value(key), container=owner)
        case ops.Mutate(call, at):
            return _mutation(cursor, call, at)
        case _:
            return None


def _made(
    path: Path | None, how: How, at: int, *, value: Value = UNKNOWN, key: Value = UNKNOWN, container: Path | None = None
) -> Written | None:
    return None if path is None else Written(path, how, value, key, container, "", False, at)


def _mutation(cursor: Cursor, call: ops.Call, at: int) -> Written | None:
    owner = cursor.value(call.receiver or "")
    path = owner.place
    if path is None:
        return None
    stored = Value(readings=cursor.readings((*call.args, *(var for _, var in call.keywords))))
    first = cursor.value(call.args[0]) if call.args else UNKNOWN
    if call.method in KEYED and call.args:
        text, names = (call.texts[0], call.names[0]) if call.texts else ("", frozenset[str]())
        path = extend(path, key_of(text, names, call.args[0], cursor) if text or first.constant else ANY_KEY)
    atomic = call.method in RESOLVED or (call.method == "pop" and len(call.args) + len(call.keywords) > 1)
    made = _made(path, "mutate", at, value=stored, key=first, container=owner.place)
    return made and replace(made, method=call.method, atomic=atomic, owner=owner)


def step(cursor: Cursor, op: ops.Op) -> Written | None:
    """Apply an op to the state and return what it wrote."""
    if op.__class__ not in WRITING:
        if (effect := EFFECTS.get(op.__class__)) is not None:
            effect(cursor, op)
        return None
    wrote = written(cursor, op)
    if isinstance(op, ops.Mutate):
        EFFECTS[ops.Call](cursor, op.call)
    if wrote is None:
        collect(cursor, op)
    else:
        apply(cursor, wrote)
        if isinstance(op, ops.StoreAttr):
            _publish(cursor, op.value, wrote.path)
    return wrote


WRITING = frozenset((ops.StoreAttr, ops.StoreItem, ops.DeleteAttr, ops.DeleteItem, ops.Mutate))


def apply(cursor: Cursor, wrote: Written) -> None:
    """Let what is known follow a write: guards are spent, flags are taken or given up, aliases end."""
    taken, counted = _reservation(cursor, wrote), _counted(cursor, wrote)
    if given_up := frozenset(hold.acquired for hold in cursor.held if hold.flag == wrote.path):
        cursor.release(given_up)
    if again := agreed(cursor, wrote.path, wrote.at):
        cursor.renew(wrote.path, again)
    cursor.guards = _unspent(cursor, wrote)
    removed = wrote.path != wrote.container and (wrote.how == "delete item" or wrote.method == "pop")
    # An element that was taken out is this task's own: another may stand in its place by now.
    detached = removed or wrote.how in ("store", "delete", "item")
    for var, value in cursor.env.items():
        changed = value
        if value.place is not None and detached and _below(value.place, wrote.path):
            changed = changed._replace(place=None, live=None if value.live == value.place else value.live)
        # What `setdefault` puts there is nothing that was read before: a comparison tells the two apart.
        told_apart = wrote.method == "setdefault"
        if not told_apart and any(r.path == wrote.path for r in value.readings):
            after = merge_readings([rewritten(r, removed) if r.path == wrote.path else r for r in value.readings])
            changed = with_readings(changed, after)
        if changed is not value:
            cursor.env[var] = changed
    if taken is not None:
        cursor.held |= {taken}
        cursor.cover(taken.acquired)
    elif counted:
        hold = Hold(wrote.at, "", wrote.path)
        cursor.held |= {hold}
        cursor.guards = frozenset(covered(g, hold) if g.test in counted else g for g in cursor.guards)


def _unspent(cursor: Cursor, wrote: Written) -> frozenset[Guard]:
    """Return the checks that still say something of others once this task itself has written."""
    if any(_leaves(cursor, guard, wrote) for guard in cursor.guards):
        stays = wrote.how == "store"  # a key that is put in is there from now on
        return frozenset(g for g in cursor.guards if stays or g.form not in ("in", "not in") or not _about(g, wrote))
    if not wrote.atomic or _takes_effect(cursor, wrote, certainly=True):
        return frozenset(g for g in cursor.guards if not _about(g, wrote))
    if _takes_effect(cursor, wrote, certainly=False):
        return frozenset(_doubted(g) if _about(g, wrote) else g for g in cursor.guards)
    return frozenset(g for g in cursor.guards if not _spent(g, wrote))


def _doubted(guard: Guard) -> Guard:
    """Return a check with a mark that it has mostly been spent: the task itself has written."""
    return about(guard, rewritten(guard.reading, False))


def _takes_effect(cursor: Cursor, wrote: Written, certainly: bool) -> bool:
    """Tell whether a check that has just come out lets a write change something that else decides for itself.

    What has been found to be what a variable holds may be none at all: it is not certain then that it does.
    """
    stale = {guard.test for guard in cursor.guards if guard.reading.slept is not None}
    fresh = [guard for guard in cursor.guards if guard.test not in stale]
    told = [guard for guard in fresh if cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)]
    # Who has found as well that there is no such key takes nothing out, whatever else a check of it can mean.
    if any(_gone(guard, wrote) for guard in told):
        return False
    spent = {guard for guard in fresh if _spent(guard, wrote) and not (certainly and is_the_one(guard))}
    ways = frozenset((guard.test, guard.edge) for guard in spent)
    return any(guard in spent for guard in told) or (len(ways) > 1 and cursor.scope.deciding.cuts(ways, cursor.block))


def _gone(guard: Guard, wrote: Written) -> bool:
    """Tell whether a check has just found that there is no key which a write then takes out."""
    known = guard.reading.path == wrote.path and guard.reading.slept is None and guard.form in ("in", "not in")
    return known and wrote.method != "setdefault" and empty(guard)


def _spent(guard: Guard, wrote: Written) -> bool:
    """Tell whether a write that decides for itself has changed what a check has just found."""
    known = guard.reading.path == wrote.path and guard.reading.slept is None
    return known and (empty(guard) if wrote.method == "setdefault" else filled(guard))


def _reservation(cursor: Cursor, wrote: Written) -> Hold | None:
    """Return the exclusion that a task gets by setting a flag which it has just found clear, on every way."""
    if wrote.how in ("augmented", "delete", "delete item") or wrote.atomic or as_it_was(wrote):
        return None
    stale = {(guard.test, guard.reading.at) for guard in cursor.guards if guard.reading.slept is not None}
    for guard in cursor.guards:
        if guard.reading.path != wrote.path or guard.form in COUNTING or (guard.test, guard.reading.at) in stale:
            continue
        if not excludes(guard, constant_of(wrote.value)) or _may_be_empty(cursor, wrote):
            continue
        if guard.reading.rewritten or _leaves(cursor, guard, wrote) or _still_there(guard, wrote):
            continue
        if is_the_one(guard) and _is_compared(cursor, guard, wrote):
            continue
        if cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block):
            return Hold(wrote.at, str(wrote.path), wrote.path)
    return None


def _still_there(guard: Guard, wrote: Written) -> bool:
    """Tell whether a check for a key finds it again after the write as before, and lets others through as well."""
    return guard.form in ("in", "not in") and filled(guard) and (wrote.how == "item" or wrote.method == "add")


def _is_compared(cursor: Cursor, guard: Guard, wrote: Written) -> bool:
    """Tell whether what is stored is what a check has just found to be there: that leaves it as it was."""
    with_it = {other.reading.at for other in cursor.guards if other.test == guard.test}
    old = wrote.value.form in ("", *LOOKED_UP) and not wrote.value.fresh
    return old and any(one.path == wrote.path and one.at in with_it for one in wrote.value.readings)


def _may_be_empty(cursor: Cursor, wrote: Written) -> bool:
    """Tell whether what is written may be nothing: as a flag it would be clear.

    So it is where a check has found nothing in what the value was read from, and where it is just what stands somewhere
    else, of which no check has found that it is anything.
    """
    value = wrote.value
    read = {(one.at, one.path) for one in value.readings}
    about = [guard for guard in cursor.guards if (guard.reading.at, guard.reading.path) in read]
    if not value.form and any(map(empty, about)):
        return True
    if value.source is None or value.source == wrote.path or not (value.source.steps and value.readings):
        return False  # or it is state that nobody writes here
    now = (guard for guard in cursor.guards if guard.reading.slept is None and guard.reading.path == value.source)
    return not any(map(filled, (*about, *now)))


def as_it_was(wrote: Written) -> bool:
    """Tell whether a write only puts back what has just been read."""
    return wrote.value.source == wrote.path and all(one.slept is None for one in wrote.value.readings)


def _counted(cursor: Cursor, wrote: Written) -> frozenset[int]:
    """Return the tests of an amount that has just been raised: `if n + coming < most: coming += 1`.

    What else such a test looked at is spoken for until the amount is written again.
    """
    if wrote.how != "augmented":
        return frozenset()
    return frozenset(
        guard.test
        for guard in cursor.guards
        if guard.reading.path == wrote.path
        and guard.reading.slept is None
        and guard.form in COUNTING
        and cursor.scope.deciding.settles(guard.test, guard.edge, cursor.block)
    )


def _about(guard: Guard, wrote: Written) -> bool:
    """Tell whether a check says nothing any more once this task itself has written."""
    path = guard.reading.path
    return (
        path == wrote.path
        or (wrote.container is not None and path == wrote.container)
        or lists(guard, wrote.method, wrote.path)
    )


def _leaves(cursor: Cursor, guard: Guard, wrote: Written) -> bool:
    """Tell whether a write leaves the state to others as a check has found it: `if self.x is None: self.x = None`.

    So does what may be the None that was found there, or another one.
    """
    constant, value = wrote.value.constant, wrote.value
    if guard.reading.path != wrote.path or wrote.how not in ("store", "item"):
        return False
    if wrote.how == "item" and (guard.form in ("in", "not in") or sole(guard) != "None"):
        return False  # a key that is put in is there, whatever stands under it
    if not constant:
        found = value.form in ("", *LOOKED_UP) and not value.fresh and any(map(wrote.is_found, value.readings))
        return (found or _may_be_empty(cursor, wrote)) and sole(guard) == "None"
    return constant in FALSE and empty(guard) if guard.form in ("", "not") else sole(guard) == constant


def _below(place: Path, path: Path) -> bool:
    return place.root == path.root and place.steps[: len(path.steps)] == path.steps


def _publish(cursor: Cursor, var: ops.Var, path: Path) -> None:
    """Let a variable whose fresh object was just stored denote the place."""
    value = cursor.value(var)
    if value.fresh and value.place is None and not value.constant:
        cursor.env[var] = value._replace(place=path, live=path, fresh=False)
