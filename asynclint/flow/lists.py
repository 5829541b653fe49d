"""Lists that are asked whether they hold an element, and given it where they do not."""

from __future__ import annotations

from asynclint.flow.values import Guard
from asynclint.ir.places import Path

APPENDING = frozenset(("append", "appendleft"))
"""What puts an element into a list, where nothing says by its name which one it is."""


def lists(guard: Guard, method: str, path: Path) -> bool:
    """Tell whether an element is put into a list of which a check has asked whether it holds such a one."""
    asked = guard.reading.path
    looked = guard.form in ("in", "not in") and bool(asked.steps)
    return looked and method in APPENDING and asked.parent == path
