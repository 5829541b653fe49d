"""Edits of a file's text: a set of them overlaps with no other, and is spliced into the file's own bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asynclint.findings import Applicability
from asynclint.source import Source


class RefusedError(Exception):
    """A remedy that does not fit; its text, a clause, says why."""


class UnlikeError(RefusedError):
    """A finding of another shape than the remedy is for: nothing that its reader needs to know."""


class SpliceError(Exception):
    """Edits that cannot be put into the bytes of a file; its text says why."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Characters `start` to `end` of a file's text, from 0 and exclusive, are replaced; an insertion replaces none."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair of one finding: all of its edits are made, or none.

    Two fixes that `claim` the same, such as the name of a new lock, are not made at once.
    """

    applicability: Applicability
    title: str
    edits: tuple[Edit, ...]
    claims: frozenset[str] = frozenset()


def overlap(first: Edit, second: Edit) -> bool:
    """Tell whether two edits touch the same characters; two insertions at one place do, their order being unclear."""
    if first.start == second.start:
        return True
    earlier, later = sorted((first, second))
    return later.start < earlier.end


def compatible(fix: Fix, others: Iterable[Fix]) -> bool:
    """Tell whether a fix can be made together with others."""
    for other in others:
        if fix.claims & other.claims or any(overlap(mine, theirs) for theirs in other.edits for mine in fix.edits):
            return False
    return True


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits made; `SpliceError` where two of them overlap or one lies outside."""
    return "".join(_pieces(text, edits))


def splice(source: Source, edits: Iterable[Edit]) -> bytes:
    """Return the bytes of a file with edits made: what is outside of the edits stays byte for byte."""
    known = list(edits)
    text = edited(source.text, known)
    try:
        if source.text.encode(source.encoding) != source.data:
            raise SpliceError(f"the text is not the only one that {source.encoding} makes of its bytes")
        data = text.encode(source.encoding)
        kept = _unedited(source, known)
    except UnicodeEncodeError as error:
        told = f"{error.object[error.start : error.end]!r} cannot be written in {source.encoding}"
        raise SpliceError(told) from error
    position = 0
    for piece in kept:
        # An encoding with a memory (ISO-2022) may spell the same text otherwise; then nothing is done.
        position = data.find(piece, position)
        if position < 0:
            raise SpliceError(f"{source.encoding} does not keep what stands around the edits")
        position += len(piece)
    return data


def _unedited(source: Source, edits: Sequence[Edit]) -> list[bytes]:
    """Return the bytes between the edits."""
    bounds = [0, *(place for edit in sorted(edits) for place in (edit.start, edit.end)), len(source.text)]
    bom = len("".encode(source.encoding))
    places = [len(source.text[:place].encode(source.encoding)) if place else bom for place in bounds]
    places[0] = 0
    return [source.data[first:last] for first, last in zip(places[::2], places[1::2], strict=True)]


def _pieces(text: str, edits: Iterable[Edit]) -> Iterable[str]:
    place = 0
    last: Edit | None = None
    for edit in sorted(edits):
        if edit.start < place or edit.end < edit.start or edit.end > len(text) or (last and overlap(last, edit)):
            raise SpliceError("two edits overlap")
        yield text[place : edit.start]
        yield edit.replacement
        place, last = edit.end, edit
    yield text[place:]
