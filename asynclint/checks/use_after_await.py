"""ARC109 use-after-await: an object is found there, the task gives way, and the object is used as if it still were."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.alone import in_background
from asynclint.checks.containers import always_finds, is_listed
from asynclint.checks.judgement import Consequence, Gravity
from asynclint.checks.naming import GONE
from asynclint.checks.registry import check
from asynclint.checks.replaced import replaced
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.copied import copied_keys
from asynclint.flow.found import found_uses
from asynclint.flow.outcomes import expected
from asynclint.flow.stored import stored_uses
from asynclint.flow.uses import uses
from asynclint.flow.ways import place_of
from asynclint.flow.windows import Window
from asynclint.link.rivals import Rival
from asynclint.link.undoing import takes_away
from asynclint.link.view import FunctionView
from asynclint.survey.facts import Write


@check("ARC109", need="use")
def use_after_await(view: FunctionView) -> Iterator[Finding]:
    """Report uses of an object that another task may have taken away since it was found there."""
    yield from replaced(view)
    if not view.looks_again:
        return
    told: set[tuple[str, int]] = set()
    windows = [(window, False) for window in (*uses(view.asked), *stored_uses(view.asked), *_by_keys(view))]
    known = {window.path for window, _ in windows}
    windows += [(window, True) for window in _looked_up(view) if window.path not in known]
    for window, again in sorted(windows, key=lambda pair: pair[0].at):
        key = (str(window.path), window.reading.at)
        if key in told or not view.owns(window):
            continue
        telling = _telling(view, window, again)
        found = list(strongest(_tell(view, window, telling, rival) for rival in view.rivals_in(window)))
        if found:
            told.add(key)
            yield from found


def _by_keys(view: FunctionView) -> Iterator[Window]:
    """Yield the reads by a key out of a copy, where a key that is gone is an error and a key is no position."""
    for window in copied_keys(view.asked):
        facts = view.attribute(window.reading.path)
        if not always_finds(facts) and not is_listed(facts):
            yield window


def _looked_up(view: FunctionView) -> Iterator[Window]:
    """Yield the lookups that only an earlier one says will go well, where a key that is gone is an error."""
    for window in found_uses(view.asked):
        if not always_finds(view.attribute(window.path.parent)):
            yield window


def _tell(view: FunctionView, window: Window, telling: Telling, rival: Rival) -> Finding | None:
    write = rival.write
    # A helper that the loop calls for a key of its own may be called by others for one that is still to come.
    own = rival.is_again if _is_of_copy(window) else rival.is_self
    # What this run itself takes out, a second run of it does as well.
    own = own and not (window.wrote is not None and rival.is_again)
    if write is None or own or not takes_away(window.path, write):
        return None
    gone = window.path.shape[-1:] == ("[]",)
    error = "KeyError" if gone else "AttributeError"
    # Whoever ends the life of an object has mostly ended before what uses it, but a task goes on until it is cancelled.
    over = GONE.search(rival.function.short) is not None and not in_background(view) and not _takes_one(window, write)
    graph = view.assembled.graph
    caught = expected(graph, graph.blocks[place_of(graph, window.at)[0]].handler, error)
    # Who clears an attribute mostly waits for who uses it: of eight different findings about one task that does so
    # readers wanted to hear one, of five about a task beside another two.
    seldom = rival.overlap in ("single", "beside") and not gone
    gravity: Gravity = "waste" if over or caught or seldom else "harm"
    who = "another run" if rival.is_again else rival.function.name
    consequence = Consequence(f"{who} takes it away meanwhile: {error}", gravity)
    return tell(view, window, rival, consequence, telling, False)


def _telling(view: FunctionView, window: Window, again: bool) -> Telling:
    state = view.state(window.path)
    if _is_of_copy(window):
        keys = f"the keys of `{view.state(window.reading.path)}` are copied"
        message = f"`{state}` is read at a key that was found before an await: it may be gone"
        return Telling("ARC109", "read", keys, f"`{state}` is read as if the key were still there", message)
    used = f"`{state}` is used as if it were still there"
    if again and window.wrote is not None:
        message = f"`{state}` is looked up, and taken out behind an await: it may be gone"
        used = f"`{state}` is taken out as if it were still there"
        return Telling("ARC109", "check", f"`{state}` is looked up", used, message)
    if again:
        message = f"`{state}` is looked up again behind an await: it may be gone"
        return Telling("ARC109", "check", f"`{state}` is looked up", used, message)
    if window.guard is None:
        message = f"`{state}` is used behind an await as if what was put there before still were: it may be gone"
        return Telling("ARC109", "write", f"`{state}` is set", used, message)
    message = f"`{state}` is used under a check that is older than an await: it may be gone"
    return Telling("ARC109", "check", f"`{state}` is found there", used, message)


def _is_of_copy(window: Window) -> bool:
    """Tell whether what is used is an element whose key was drawn from a copy of the container."""
    return window.reading.path != window.path


def _takes_one(window: Window, write: Write) -> bool:
    """Tell whether a write takes one entry of several out: that ends the life of the entry alone."""
    return _is_of_copy(window) and (write.how == "delete item" or write.detail in ("pop", "remove"))
