"""Text for a terminal: control characters made visible, display width, and a few colours."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

Style = Literal["error", "warning", "info", "bold", "dim", "place", "rival"]

TAB = 4

_CODES: dict[Style, str] = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "bold": "1",
    "dim": "2",
    "place": "34",
    "rival": "35",
}
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def visible(text: str) -> str:
    """Return text on one line in which nothing can steer a terminal: controls, bidi marks, lone surrogates escaped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(char) if unicodedata.category(char) in _HIDDEN else char for char in text)


def display(line: str) -> tuple[str, tuple[int, ...]]:
    """Lay out one source line, tabs expanded.

    Returns the text and, for each character of `line` and for the end, the screen column in which it begins.
    """
    parts: list[str] = []
    columns: list[int] = []
    column = 0
    for char in line:
        columns.append(column)
        shown = " " * (TAB - column % TAB) if char == "\t" else visible(char)
        parts.append(shown)
        column += width(shown)
    return "".join(parts), (*columns, column)


def width(text: str) -> int:
    """Count the screen columns of text: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def fit(text: str, columns: int) -> str:
    """Pad text with spaces, or cut it with an ellipsis, to exactly `columns` screen columns."""
    size = width(text)
    if size <= columns:
        return text + " " * (columns - size)
    kept: list[str] = []
    room = columns - 3
    for char in text:
        room -= _char_width(char)
        if room < 0:
            break
        kept.append(char)
    short = "".join(kept) + "..."
    return short + " " * (columns - width(short))


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours text, or leaves it alone where colours are off."""

    on: bool

    def __call__(self, text: str, style: Style) -> str:
        """Return the text in a style."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.on and text else text


def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _escaped(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
