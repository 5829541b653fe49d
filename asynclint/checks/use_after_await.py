"""ARC109 use-after-await: an object is found there, the task gives way, and the object is used as if it still were."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.checks.containers import always_finds, is_listed
from asynclint.checks.judgement import Consequence, Gravity
from asynclint.checks.naming import GONE
from asynclint.checks.registry import check
from asynclint.checks.sharing import in_background
from asynclint.checks.story import Telling, strongest, tell
from asynclint.findings import Finding
from asynclint.flow.copied import copied_keys
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
    if not view.looks_again:
        return
    told: set[tuple[str, int]] = set()
    windows = (*uses(view.asked), *stored_uses(view.asked), *_by_keys(view))
    for window in sorted(windows, key=lambda window: window.at):
        key = (str(window.path), window.reading.at)
        if key in told or not view.owns(window):
            continue
        found = list(strongest(_tell(view, window, rival) for rival in view.rivals_in(window)))
        if found:
            told.add(key)
            yield from found


def _by_keys(view: FunctionView) -> Iterator[Window]:
    """Yield the reads by a key out of a copy, where a key that is gone is an error and a key is no position."""
    for window in copied_keys(view.asked):
        facts = view.attribute(window.reading.path)
        if not always_finds(facts) and not is_listed(facts):
            yield window


def _tell(view: FunctionView, window: Window, rival: Rival) -> Finding | None:
    write = rival.write
    # A helper that the loop calls for a key of its own may be called by others for one that is still to come.
    own = rival.is_again if _is_of_copy(window) else rival.is_self
    if write is None or own or not takes_away(window.path, write):
        return None
    gone = window.path.shape[-1:] == ("[]",)
    error = "KeyError" if gone else "AttributeError"
    telling = _telling(view, window)
    # Whoever ends the life of an object has mostly ended before what uses it, but a task goes on until it is cancelled.
    over = GONE.search(rival.function.short) is not None and not in_background(view) and not _takes_one(window, write)
    graph = view.assembled.graph
    caught = expected(graph, graph.blocks[place_of(graph, window.at)[0]].handler, error)
    gravity: Gravity = "waste" if over or caught else "harm"
    consequence = Consequence(f"{rival.function.name} takes it away meanwhile: {error}", gravity)
    return tell(view, window, rival, consequence, telling, False)


def _telling(view: FunctionView, window: Window) -> Telling:
    state = view.state(window.path)
    if _is_of_copy(window):
        keys = f"the keys of `{view.state(window.reading.path)}` are copied"
        message = f"`{state}` is read at a key that was found before an await: it may be gone"
        return Telling("ARC109", "read", keys, f"`{state}` is read as if the key were still there", message)
    used = f"`{state}` is used as if it were still there"
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
