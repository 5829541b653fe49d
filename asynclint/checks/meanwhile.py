"""What a write of another task does to the state of a window."""

from __future__ import annotations

from asynclint.flow.values import Guard
from asynclint.flow.windows import Window
from asynclint.ir.places import Key
from asynclint.link.touches import TAKING
from asynclint.survey.facts import Write


def takes_out(write: Write) -> bool:
    """Tell whether a write may take out an element, or put an empty container in the place of a full one."""
    return write.how == "store" or clears(write) or write.detail in TAKING or write.detail == "discard"


def clears(write: Write) -> bool:
    """Tell whether a write leaves nothing there, or takes an element out."""
    return write.how.startswith("delete") or write.detail in ("None", "False", "{}", "[]", "clear", "pop", "popitem")


def leaves_none(guard: Guard | None, write: Write | None) -> bool:
    """Tell whether a write only takes something out, of a container in which a check has found none of a kind."""
    if guard is None or write is None or any(isinstance(step, Key) for step in guard.reading.path.steps[-1:]):
        return False
    none = guard.edge if guard.form in ("not in", "all") else not guard.edge
    looked = guard.form in ("in", "not in", "any", "all", "next")
    return looked and none and (clears(write) or write.detail in TAKING or write.detail == "discard")


def reaches(window: Window, write: Write) -> bool:
    """Tell whether a write is of the state itself, or of what it stands in, and not of something inside it."""
    return len(write.place.steps) <= len(window.path.shape)


def puts_in(write: Write) -> bool:
    """Tell whether a write puts an object or element there, or sees to it that there is one."""
    return write.how in ("item", "store") or write.detail == "setdefault"
