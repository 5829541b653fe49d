"""ARC105 stale-teardown: an object is ended over a suspension, and what stands in its place by then is dropped."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.alone import is_alone
from asynclint.checks.containers import ADDING, is_keyed
from asynclint.checks.judgement import Consequence
from asynclint.checks.making import makes
from asynclint.checks.naming import ENDED, HALT, LAST
from asynclint.checks.rearmed import rearmed
from asynclint.checks.registry import check
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.drains import Drain
from asynclint.flow.teardowns import ended_behind, is_copied, is_only_awaited, teardowns
from asynclint.flow.windows import Window
from asynclint.link.entering import is_entering, leaving
from asynclint.link.overlaps import SEEN
from asynclint.link.rivals import Rival
from asynclint.link.several import counts_users
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write


@check("ARC105", need="window")
def stale_teardown(view: FunctionView) -> Iterator[Finding]:
    """Report teardowns that drop what another task has set or added meanwhile."""
    found: dict[int, list[Drain]] = {}
    for drain in teardowns(view.solved):
        if drain.taken is not None and _is_object(drain) and not _is_taken_over(view, drain):
            found.setdefault(drain.wrote.at, []).append(drain)
    for drains in found.values():
        yield from strongest(_tell(view, drain, rival) for drain in drains for rival in _rivals(view, drain))
    yield from rearmed(view)


def _is_object(drain: Drain) -> bool:
    """Tell whether what goes is an object or a container of objects: no count, no flag."""
    return drain.wrote.how in ("delete", "mutate") or drain.wrote.value.constant in ("", "None")


def _is_taken_over(view: FunctionView, drain: Drain) -> bool:
    """Tell whether what has come in meanwhile is taken to a local before the container is emptied."""
    keyed = is_keyed(view.attribute(drain.path))
    return not _single(drain) and is_copied(view.assembled.graph, drain.wrote.at, drain.path.attribute, keyed)


def _rivals(view: FunctionView, drain: Drain) -> Iterator[Rival]:
    """Yield who stores another object, or adds one, without a lock that is held all the while."""
    under = view.locks(drain.under)
    if under is None:
        return
    stretch = view.between(drain.reading.at, drain.wrote.at)
    for rival in view.rivals_of(drain.path, under, stretch, lambda write: _renews(drain, write)):
        if rival.is_self and (drain.flags or not _single(drain) or rival.overlap not in SEEN):
            continue
        if not view.refills(rival):
            yield rival


def _renews(drain: Drain, write: Write) -> bool:
    """Tell whether a write puts another object in the place, or into the container."""
    shape = drain.path.shape
    if _single(drain):
        return write.place.steps == shape and write.how == "store" and not write.detail
    if write.how == "item":
        return write.place.steps == (*shape, "[]")
    return write.how == "mutate" and write.detail in ADDING and write.place.steps in (shape, (*shape, "[]"))


def _single(drain: Drain) -> bool:
    """Tell whether the state is one object, not a container that is emptied."""
    return drain.wrote.how == "delete" or (drain.wrote.how == "store" and drain.wrote.value.constant == "None")


def _tell(view: FunctionView, drain: Drain, rival: Rival) -> Finding | None:
    window = Window("drain", drain.path, drain.reading, drain.wrote.at, drain.wrote)
    if not view.owns(window) or view.primary(window.reading.at) > view.primary(window.at):
        return None
    state, who = view.state(window.path), rival.function.name
    if _single(drain):
        message = f"`{state}` is given up after an await, whatever stands there by then"
        text = f"what {who} puts into `{state}` meanwhile is dropped unclosed"
    else:
        message = f"`{state}` is emptied after an await, with what came in since its elements were ended"
        text = f"what {who} adds to `{state}` meanwhile is dropped unclosed"
    telling = Telling("ARC105", "read", f"`{state}` is ended", f"`{state}` is emptied", message)
    owner, counted = _owner(view, drain, rival), _is_of_counted(view, rival)
    if owner:
        text = f"what {who} adds to `{state}` meanwhile ends with `self.{owner}`, and not before"
    lives_on = not owner and (counted or _lives_on(view, rival)) and not _ends_by_itself(view, drain, rival)
    strong = lives_on and (counted or bool(rival.evidence) or _under_lock(view, rival)) and not rival.is_self
    return tell(view, window, rival, Consequence(text, "harm" if lives_on else "waste"), telling, strong, counted)


def _is_of_counted(view: FunctionView, rival: Rival) -> bool:
    """Tell whether the last user ends what the first one of the next makes, of an object that counts its users.

    Whoever enters it meanwhile finds nobody there, and begins anew.
    """
    tasks = view.rivals.tasks
    if view.cls is None or not is_entering(tasks, rival.function) or is_alone(view):
        return False
    leave = tasks.resolver.program.method(view.cls, "__aexit__")
    if leave is None or not counts_users(tasks.resolver, leave):
        return False
    return view.function in leaving(tasks, view.cls)


def _owner(view: FunctionView, drain: Drain, rival: Rival) -> str:
    """Return the attribute that makes what the rival puts in, and is closed behind the write; empty if none is."""
    if _single(drain):
        return ""
    ended = ended_behind(view.assembled.graph, drain.wrote.at) - {drain.path.attribute}
    steps = (rival.function, *view.effects.callees(rival.function))
    made = {
        site.callee.split(".")[1]
        for step in steps
        for site in step.facts.calls
        if site.callee.startswith("self.") and site.callee.count(".") == 2 and makes(site.callee.split(".")[2])
    }
    return min(ended & made, default="")


def _under_lock(view: FunctionView, rival: Rival) -> bool:
    """Tell whether what is put in is put in under a lock, which the teardown then lacks."""
    return rival.write is not None and any(view.rivals.callers.at(rival.function, rival.write.line))


def _ends_by_itself(view: FunctionView, drain: Drain, rival: Rival) -> bool:
    """Tell whether what is dropped needs nobody to end it: a task that is waited for, or asks whether it is to end."""
    if not _single(drain):
        return False
    return is_only_awaited(view.solved, drain) or _asks_for_the_end(view, rival)


def _asks_for_the_end(view: FunctionView, rival: Rival) -> bool:
    """Tell whether a rival stores a task that looks at a flag by which this function says that it is the end."""
    flags = {
        f"self:{write.place.steps[0]}"
        for write in view.function.facts.writes
        if write.place.kind == "self" and write.how == "store" and write.detail == "True" and _is_end(write)
    }
    write = rival.write
    if write is None or not flags:
        return False
    lines = range(write.line, write.end_line + 1)
    given = [name for site in rival.function.facts.calls if site.line in lines for name in site.arguments]
    run = [target for name in given for target in view.rivals.tasks.resolver.targets(rival.function, name)]
    tasks = [target for target in run if target.facts.is_async]
    return bool(tasks) and all(flags & view.effects.all(task).reads for task in tasks)


def _is_end(write: Write) -> bool:
    steps = write.place.steps
    return len(steps) == 1 and bool(ENDED.search(steps[0]) or HALT.search(steps[0]))


def _lives_on(view: FunctionView, rival: Rival) -> bool:
    """Tell whether the object is used after this teardown: what is made during its last one comes too late anyway.

    It is where the teardown is a step of something else, such as connecting again, where who needs the object makes
    it, and where requests do.
    """
    tasks = view.rivals.tasks
    if not LAST.search(view.function.short):
        return True
    step_of = [caller for caller, site in tasks.callers(view.function) if site.callee == f"self.{view.function.short}"]
    if any(not LAST.search(caller.short) for caller in step_of):
        return True
    if rival.write is not None and rival.write.how == "store" and view.looks_first(rival):
        return True
    return any(root.multiplicity == "many" for root in tasks.roots(rival.function))
