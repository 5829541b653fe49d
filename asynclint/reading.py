"""Files into `Source`s: read once, decoded as Python would, or refused with a sentence that says what and where."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import tokenize
from collections.abc import Mapping

from asynclint.discovery import File
from asynclint.errors import UnreadableError, explain_os_error
from asynclint.source import Source

_BOM = b"\xef\xbb\xbf"
_DECLARES = re.compile(rb"^[^\n\r]*(?:[\n\r]+[^\n\r]*)?coding[:=]")


class Sources:
    """The sources of a run by printed path, read when they are first asked for, and never another text than surveyed.

    `requested` are the paths to report on; the other paths only inform.
    """

    def __init__(self, files: Mapping[str, tuple[File, bytes]], requested: frozenset[str], limit: int) -> None:
        self.requested = requested
        self._files = files
        self._limit = limit
        self._read: dict[str, Source] = {}

    def __getitem__(self, path: str) -> Source:
        """Return a source; `UnreadableError` where the file is no longer the one that was surveyed."""
        source = self._read.get(path)
        if source is None:
            file, surveyed = self._files[path]
            source = read(file, self._limit)
            if surveyed and digest(source.data) != surveyed:
                raise UnreadableError("the file changed while it was being analysed; run again")
            self._read[path] = source
        return source

    def location(self, path: str) -> str:
        """Return the absolute path of a file."""
        return self._files[path][0].location

    def size(self, path: str) -> int:
        """Return the size of a file in bytes, as it was found."""
        return self._files[path][0].size

    def text(self, path: str) -> str | None:
        """Return the text of a file, or None where there is none to show."""
        try:
            return self[path].text
        except (KeyError, UnreadableError):
            return None


def digest(data: bytes) -> bytes:
    """Return what tells one content of a file from another."""
    return hashlib.blake2b(data, digest_size=16).digest()


def read(file: File, limit: int) -> Source:
    """Read a file whole and decode it."""
    return decode(content(file, limit), file.path)


def content(file: File, limit: int) -> bytes:
    """Return the bytes of a file; one that changes during the read is read again, once."""
    if file.data is not None:
        _check_size(len(file.data), limit)
        return file.data
    try:
        for _ in range(2):
            data = _read_once(file.location, limit)
            if data is not None:
                return data
    except OSError as error:
        raise UnreadableError(f"the file cannot be read: {explain_os_error(error)}") from error
    raise UnreadableError("the file kept changing while it was read; run again")


def decode(data: bytes, path: str) -> Source:
    """Decode a file as Python does: by its BOM or declaration, else as UTF-8; `text.encode(encoding)` is `data`."""
    if b"\0" in data:
        offset = data.index(b"\0")
        raise UnreadableError(f"a null byte at offset {offset}; this is not Python source", *_place(data, offset))
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        byte = data[error.start]
        told = (
            f"byte 0x{byte:02x} at offset {error.start} is not valid {encoding}; save as UTF-8 or declare the encoding"
        )
        raise UnreadableError(told, *_place(data, error.start)) from error
    except (LookupError, ValueError) as error:
        raise UnreadableError(f"the declared encoding {encoding!r} cannot be read: {error}") from error
    return Source(path, text, data, encoding)


def _encoding(data: bytes) -> str:
    """Find the encoding; looking for a declaration costs more than decoding, so it is done only where one may be."""
    if not data.startswith(_BOM) and not _DECLARES.match(data[:2000]):
        return "utf-8"
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError as error:
        raise UnreadableError(f"the encoding cannot be told: {error.msg}") from error


def _read_once(location: str, limit: int) -> bytes | None:
    """Return the content, or None if the file was written to meanwhile."""
    with open(location, "rb", buffering=0) as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise UnreadableError("not a regular file")
        _check_size(before.st_size, limit)
        data = stream.readall()
        after = os.fstat(stream.fileno())
    _check_size(len(data), limit)
    same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size) and len(data) == after.st_size
    return data if same else None


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        told = f"the file has {size:,} bytes, more than the {limit:,} allowed; exclude it or raise `max-file-size`"
        raise UnreadableError(told)


def _place(data: bytes, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of a byte offset; columns in bytes, there being no characters to count."""
    before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
