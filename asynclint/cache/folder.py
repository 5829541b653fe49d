"""A folder of small documents and large packs, that may be written by several runs at once, cut off, or tampered with.

Nothing here raises: what cannot be read is missing, what cannot be written stays unwritten. A file is written beside
its place and moved there, so that nobody sees half of it; what was cut off all the same fails its checksum. All names
of one *group*, which stands for one version of asynclint in one working directory, begin alike.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from asynclint.cache.stamp import digest_of, key, stamp

MOST_BYTES = 400_000_000
"""What all files together may hold; the groups that were written to longest ago go first."""
LARGEST_DOCUMENT = 100_000_000
MOST_OF_A_KIND = 16
"""Documents of one kind that a group keeps."""
ABANDONED_AFTER = 3600.0
"""Seconds after which a file that nobody speaks of was left behind by a run that was stopped."""

_MAGIC = b"asynclint cache "
_OURS = re.compile(r"(?P<group>[0-9a-f]{32})(?:-[0-9a-f]{32})?\.(?:files|run|answers|pack|[0-9a-f]{8}\.new)")


class Folder:
    """The cache of one version of asynclint for one working directory, in a folder that holds others' as well."""

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self.group = key(stamp(), os.path.relpath(os.getcwd(), os.path.dirname(self.path)))

    def read(self, kind: str, name: str = "") -> object:
        """Return a document; None where there is none that can be trusted."""
        data = _content(self._place(kind, name), LARGEST_DOCUMENT)
        if data is None or not data.startswith(_MAGIC):
            return None
        head, _, body = data.partition(b"\n")
        if head.removeprefix(_MAGIC).decode("ascii", "replace") != digest_of(body):
            return None
        try:
            document: object = json.loads(body)
        except (ValueError, RecursionError, MemoryError):
            return None
        return document

    def write(self, kind: str, document: object, name: str = "") -> None:
        """Put a document in the place of the one that is there."""
        try:
            body = json.dumps(document, separators=(",", ":")).encode("ascii")
        except (ValueError, TypeError, RecursionError):
            return
        if len(body) < LARGEST_DOCUMENT - 100:
            self._put(self._place(kind, name), [_MAGIC, digest_of(body).encode("ascii"), b"\n", body])

    def write_pack(self, pieces: Sequence[bytes]) -> str:
        """Write pieces of data one after the other into a new file; return its name, empty if that did not work."""
        name = secrets.token_hex(16)
        return name if self._put(self._place("pack", name), pieces) else ""

    def read_pack(self, name: str) -> bytes:
        """Return the content of a pack; nothing where it is gone."""
        return _content(self._place("pack", name), MOST_BYTES) or b""

    def tidy(self, packs: Iterable[str]) -> None:
        """Delete what was left behind and, beyond some size, what is oldest. `packs` are those still spoken of."""
        kept = {os.path.basename(self._place("pack", name)) for name in packs}
        now, files = time.time(), self._listing()
        for name, facts in list(files.items()):
            spoken_of = not name.endswith((".new", ".pack")) or name in kept
            foreign = name.endswith(".pack") and not name.startswith(self.group)
            if not spoken_of and not foreign and now - facts.st_mtime > ABANDONED_AFTER:
                self._delete(name, files)
        for kind in (".run", ".answers"):
            own = [name for name in files if name.startswith(self.group) and name.endswith(kind)]
            for name in sorted(own, key=lambda one: files[one].st_mtime, reverse=True)[MOST_OF_A_KIND:]:
                self._delete(name, files)
        self._shrink(files)

    def _shrink(self, files: dict[str, os.stat_result]) -> None:
        groups: dict[str, float] = {}
        for name, facts in files.items():
            group = name[: len(self.group)]
            groups[group] = max(groups.get(group, 0.0), facts.st_mtime)
        for group in sorted(groups, key=lambda one: (one == self.group, groups[one])):
            if sum(facts.st_size for facts in files.values()) <= MOST_BYTES:
                return
            for name in [name for name in files if name.startswith(group)]:
                self._delete(name, files)

    def _listing(self) -> dict[str, os.stat_result]:
        found: dict[str, os.stat_result] = {}
        with suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                if _OURS.fullmatch(entry.name):
                    with suppress(OSError):
                        found[entry.name] = entry.stat(follow_symlinks=False)
        return found

    def _delete(self, name: str, files: dict[str, os.stat_result]) -> None:
        files.pop(name, None)
        with suppress(OSError):
            os.unlink(os.path.join(self.path, name))

    def _place(self, kind: str, name: str) -> str:
        return os.path.join(self.path, f"{self.group}{'-' if name else ''}{name}.{kind}")

    def _put(self, place: str, pieces: Sequence[bytes]) -> bool:
        temporary = os.path.join(self.path, f"{self.group}.{secrets.token_hex(4)}.new")
        try:
            self._make()
            with open(temporary, "xb") as stream:
                stream.writelines(pieces)
            os.replace(temporary, place)
        except OSError:
            with suppress(OSError):
                os.unlink(temporary)
            return False
        return True

    def _make(self) -> None:
        """Make the folder, and say to version control and to backups that nobody needs it."""
        if os.path.isdir(self.path):
            return
        os.makedirs(self.path, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")):
            with open(os.path.join(self.path, name), "w", encoding="ascii") as file:
                file.write(text)


def _content(place: str, most: int) -> bytes | None:
    """Return what a regular file holds, unless it is larger than anything that we would have written."""
    try:
        # Whoever put a pipe there must not make us wait for its other end.
        descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as stream:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > most:
                return None
            return stream.read(most)
    except OSError:
        return None
