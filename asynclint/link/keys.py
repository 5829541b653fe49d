"""Keys that are texts: what stands in a mapping under one is not what stands there under another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from asynclint.ir import ops
from asynclint.ir.places import Key, Path
from asynclint.link.program import Function
from asynclint.lower import Lowered
from asynclint.survey.facts import Write

TEXT = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")
BY_KEY = frozenset(("pop", "setdefault", "__setitem__", "__delitem__"))
"""Methods of a mapping that change what stands under the key that they are given."""


def called(path: Path) -> str:
    """Return by which name state goes: that of the attribute, or the text under which it stands there."""
    text = _text(path)
    return text[1:-1] if text is not None else path.attribute


def at_one_key(
    path: Path, writes: Iterable[tuple[Function, Write]], lowered: Callable[[Function], Lowered]
) -> Iterator[tuple[Function, Write]]:
    """Yield the writes that can be under the key at which a path ends: all, unless it is a text."""
    text = _text(path)
    for function, write in writes:
        if text is None or not _is_elsewhere(text, lowered(function), write):
            yield function, write


def _text(path: Path) -> str | None:
    """Return the source of the text under which the state of a path stands; None if it is another key, or none."""
    last = path.steps[-1] if path.steps else None
    return last.text if isinstance(last, Key) and TEXT.fullmatch(last.text) else None


def _is_elsewhere(own: str, lowered: Lowered, write: Write) -> bool:
    """Tell whether all that a line writes under keys stands under other texts than one."""
    if write.place.steps[-1:] != ("[]",) and write.how != "mutate":
        return False
    found = [
        text
        for block in lowered.ir.graph.blocks
        for op in block.ops
        if (text := _key(op, write)) is not None and lowered.positions.span(_at(op)).line == write.line
    ]
    return bool(found) and all(TEXT.fullmatch(text) is not None and text[1:-1] != own[1:-1] for text in found)


def _key(op: ops.Op, write: Write) -> str | None:
    """Return the source of the key under which an op writes, if it may be the one that a write is; None for others."""
    match op:
        case ops.StoreItem() | ops.DeleteItem() if write.how != "mutate":
            return op.text
        case ops.Call() if write.how == "mutate" and op.method == write.detail:
            return op.texts[0] if op.method in BY_KEY and op.texts else ""
        case _:
            return None


def _at(op: ops.Op) -> int:
    return op.at if isinstance(op, ops.StoreItem | ops.DeleteItem | ops.Call) else -1
