"""What results depend on beside the linted code: this version of asynclint, Python, and the parser."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec

from asynclint import __version__

FORMAT = 1
"""Grows with every change of what is written into the cache."""
KEY_LENGTH = 16


@lru_cache(maxsize=1)
def stamp() -> str:
    """Return what changes as soon as an earlier result may not be what this installation would find."""
    return key(FORMAT, __version__, sys.version, sys.platform, *_own_files(os.path.dirname(__file__)), _parser())


def key(*parts: object) -> str:
    """Return a short name for some values: different, for all practical purposes, if their texts differ."""
    told = "\0".join(map(repr, parts)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=KEY_LENGTH).hexdigest()


def digest_of(data: bytes) -> str:
    """Return what tells one content from another, as text."""
    return hashlib.blake2b(data, digest_size=KEY_LENGTH).hexdigest()


def _own_files(folder: str) -> Iterator[str]:
    """Yield what tells one build of this package from another: checksums as installed, or else the files' stats."""
    package = os.path.dirname(folder)
    installed = os.path.join(os.path.dirname(package), f"asynclint-{__version__}.dist-info", "RECORD")
    try:
        with open(installed, encoding="utf-8") as record:
            listed = [line for line in record if line.startswith("asynclint/") and ".pyc," not in line]
    except (OSError, UnicodeDecodeError):
        listed = []
    if listed:
        yield from sorted(listed)
        return
    for root in (package, os.path.join(os.path.dirname(package), "rules")):
        yield from sorted(_stats(root))


def _stats(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        yield from _stats(entry.path)
                elif entry.name.endswith((".py", ".md", ".toml")):
                    facts = entry.stat()
                    yield f"{entry.path}:{facts.st_size}:{facts.st_mtime_ns}"
    except OSError:
        return


def _parser() -> str:
    """Return the version of libcst, without importing it."""
    spec = find_spec("libcst")
    folder = os.path.dirname(spec.origin) if spec is not None and spec.origin else ""
    try:
        with open(os.path.join(folder, "_version.py"), encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return folder
