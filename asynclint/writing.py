"""Files replaced whole or not at all: never half-written, and never over somebody else's change."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress

from asynclint.errors import AsynclintError, explain_os_error


class WriteError(AsynclintError):
    """A file that was left as it was; the text says why."""


def replace_content(location: str, expected: bytes, data: bytes) -> None:
    """Put `data` where `expected` is: atomically, mode kept, symbolic links followed and kept.

    Raises `WriteError` where the file holds anything else by now, or cannot be written.
    """
    target = os.path.realpath(location)
    try:
        before = os.stat(target)
        if not stat.S_ISREG(before.st_mode):
            raise WriteError("not a regular file")
        if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise WriteError("permission denied")
        with open(target, "rb") as stream:
            if stream.read() != expected:
                raise WriteError("the file changed since it was read; run again")
        _replace(target, before, data)
    except OSError as error:
        raise WriteError(f"the file cannot be written: {explain_os_error(error)}") from error


def _replace(target: str, before: os.stat_result, data: bytes) -> None:
    folder, name = os.path.split(target)
    handle, temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".asynclint", dir=folder)
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, stat.S_IMODE(before.st_mode))
        if hasattr(os, "chown"):
            with suppress(OSError):  # only root can give a file away, and only root can have come upon such a one
                os.chown(temporary, before.st_uid, before.st_gid)
        now = os.stat(target)
        if (now.st_mtime_ns, now.st_size, now.st_ino) != (before.st_mtime_ns, before.st_size, before.st_ino):
            raise WriteError("the file changed since it was read; run again")
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
