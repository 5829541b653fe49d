"""What is known of each file that was surveyed: by its size and times, and in case of doubt by its content."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from asynclint.cache.folder import Folder
from asynclint.cache.shapes import reader
from asynclint.cache.stamp import digest_of
from asynclint.discovery import File
from asynclint.errors import UnreadableError
from asynclint.reading import content, digest

KIND = "files"
SETTLED_AFTER = 2_000_000_000
"""Nanoseconds after which a file that is written to again has another time than before, on every file system."""
MOST_FORGOTTEN = 50_000
"""Files that a run did not ask for which are kept in mind."""
MOST_PACKS = 24
LARGEST_FACTS = 64_000_000

Refusal = tuple[str, int, int, bool]
"""Why a file cannot be analysed: message, line, column, and whether a newer Python may read it."""
_Row = tuple[int, int, int, str, str, bool, bool, Refusal | None, int, int, int]
_Document = tuple[tuple[str, ...], tuple[tuple[str, _Row], ...]]
_READ = reader(_Document)


@dataclass(frozen=True, slots=True)
class Known:
    """What became of one file with this content.

    `digest` is that of the content, `facts` that of the facts as they are stored, empty where there are none;
    `commented` and `is_async` are what decides whether the file is looked at again. `pack`, `start` and `length` say
    where the facts are. Times are in nanoseconds; 0 where they may not have settled.
    """

    digest: str
    facts: str
    commented: bool
    is_async: bool
    refusal: Refusal | None = None
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    pack: str = ""
    start: int = 0
    length: int = 0


@dataclass(slots=True)
class Index:
    """The files that are known, by printed path; `began` is when the run began, in nanoseconds."""

    folder: Folder
    known: dict[str, Known]
    began: int = field(default_factory=lambda: time.time_ns())
    _packs: dict[str, bytes] = field(default_factory=dict)
    _changed: bool = False

    def find(self, file: File, limit: int) -> Known | None:
        """Return what is known of a file that is as it was: by its size and times, else by its content.

        `limit` is the largest size in bytes that is read, and that is known.
        """
        known = self.known.get(file.path)
        if known is None or file.data is not None or file.size > limit:
            return None
        if (known.size, known.mtime_ns, known.ctime_ns) == (file.size, file.mtime_ns, file.ctime_ns):
            return known
        try:
            data = content(file, limit)
        except UnreadableError:
            return None
        if digest(data).hex() != known.digest:
            return None
        self.note(file, known)
        return known

    def note(self, file: File, known: Known) -> None:
        """Enter what is known of a file; one that is not on disk is not entered."""
        if file.data is not None:
            return
        times = (file.mtime_ns, file.ctime_ns) if settled_before(self.began, file) else (0, 0)
        new = replace(known, size=file.size, mtime_ns=times[0], ctime_ns=times[1])
        if new != self.known.get(file.path):
            self.known[file.path] = new
            self._changed = True

    def facts(self, known: Known) -> bytes | None:
        """Return the facts of a file as they were stored; None where they are gone or not what they were."""
        try:
            data = zlib.decompressobj().decompress(self._piece(known), LARGEST_FACTS)
        except zlib.error:
            return None
        return data if digest_of(data) == known.facts else None

    def save(self, fresh: Mapping[str, bytes], asked_for: Iterable[str]) -> None:
        """Store what has changed; `fresh` are packed facts of files that have been entered, not stored yet."""
        if not self._changed:
            return
        wanted = {path: self.known[path] for path in asked_for if path in self.known}
        others = [path for path in self.known if path not in wanted]
        kept = {**{path: self.known[path] for path in others[-MOST_FORGOTTEN:]}, **wanted}
        stored = self._stored(fresh)
        if len({known.pack for known in kept.values()}) > MOST_PACKS:
            stored = {
                **self._stored(
                    {path: self._piece(one) for path, one in kept.items() if one.facts and path not in fresh}
                ),
                **stored,
            }
        kept.update({path: known for path, known in stored.items() if path in kept})
        packs = sorted({known.pack for known in kept.values()})
        number = {name: at for at, name in enumerate(packs)}
        rows = [(path, _row(known, number[known.pack])) for path, known in kept.items()]
        self.known = kept
        self.folder.write(KIND, (packs, rows))
        self.folder.tidy(packs)
        self._changed = False

    def _piece(self, known: Known) -> bytes:
        if known.pack not in self._packs:
            self._packs[known.pack] = self.folder.read_pack(known.pack)
        return self._packs[known.pack][known.start : known.start + known.length]

    def _stored(self, fresh: Mapping[str, bytes]) -> dict[str, Known]:
        """Write packed facts one after the other; return where each is."""
        pack = self.folder.write_pack(list(fresh.values())) if fresh else ""
        placed: dict[str, Known] = {}
        start = 0
        for path, piece in fresh.items():
            placed[path] = replace(self.known[path], pack=pack, start=start, length=len(piece))
            start += len(piece)
        return placed


def packed(facts: bytes) -> bytes:
    """Return facts as they are stored: in a quarter of the space, at little cost."""
    return zlib.compress(facts, 1)


def load_index(folder: Folder) -> Index:
    """Read what is known; nothing where that cannot be read."""
    try:
        packs, rows = cast(_Document, _READ(folder.read(KIND)))
        return Index(folder, {path: _known(row, packs) for path, row in rows})
    except (ValueError, IndexError):
        return Index(folder, {})


def settled_before(began: int, file: File) -> bool:
    """Tell whether a later write to a file is bound to change its times."""
    return max(file.mtime_ns, file.ctime_ns) + SETTLED_AFTER < began


def _row(known: Known, pack: int) -> _Row:
    times = (known.size, known.mtime_ns, known.ctime_ns)
    about = (known.digest, known.facts, known.commented, known.is_async, known.refusal)
    return (*times, *about, pack, known.start, known.length)


def _known(row: _Row, packs: Sequence[str]) -> Known:
    size, mtime_ns, ctime_ns, digest, facts, commented, is_async, refusal, pack, start, length = row
    return Known(
        digest, facts, commented, is_async, refusal, size, mtime_ns, ctime_ns, packs[pack], max(0, start), length
    )
