"""From `ast`'s columns (bytes, from 0) to ours (characters, from 1)."""

from __future__ import annotations

import re

_NEWLINE = re.compile(r"\r\n|\r|\n")


class Columns:
    """The columns of one file; lines are split only where a line that is not plain ASCII may be asked for."""

    __slots__ = ("_lines", "_text")

    def __init__(self, text: str) -> None:
        self._text = "" if text.isascii() else text
        self._lines: list[str] | None = None

    def at(self, line: int, offset: int) -> int:
        """Return the column, from 1, of a UTF-8 offset in a line."""
        if not self._text:
            return offset + 1
        if self._lines is None:
            self._lines = _NEWLINE.split(self._text)
        if line > len(self._lines) or (content := self._lines[line - 1]).isascii():
            return offset + 1
        return len(content.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore")) + 1
