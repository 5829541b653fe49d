"""Code frames: source lines with numbers, and underlines that say what happens there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from asynclint.reporters.terminal import Paint, Style, display, visible
from asynclint.source import Span

_NEAR = 3  # marked lines at most this far apart are shown with what stands between them


@dataclass(frozen=True, slots=True)
class Mark:
    """An underline and its label; `underline` is the one character that it is drawn with."""

    span: Span
    label: str
    underline: str
    style: Style


def frame(lines: Sequence[str], marks: Sequence[Mark], gutter: int, paint: Paint) -> Iterator[str]:
    """Yield the marked lines of one file, in line order; marks on one line keep their order.

    Nothing is shown of a file without source; a line beyond its end is shown as its labels only.
    """
    if not lines:
        return
    bar = paint(" " * gutter + " |", "dim")
    yield bar
    for number in _shown(sorted({mark.span.line for mark in marks})):
        if number is None:
            yield paint(" " * gutter + "...", "dim")
            continue
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        text, columns = display(line)
        yield f"{paint(f'{number:>{gutter}} |', 'dim')} {text}".rstrip()
        for mark in marks:
            if mark.span.line == number:
                yield f"{bar} {_underline(mark, line, columns, paint)}"
    yield bar


def _shown(marked: Sequence[int]) -> Iterator[int | None]:
    """Yield the line numbers to show, and None where lines are left out."""
    for line, following in pairwise([*marked, None]):
        yield line
        if line is None or following is None:
            return
        if following - line <= _NEAR:
            yield from range(line + 1, following)
        else:
            yield None


def _underline(mark: Mark, line: str, columns: Sequence[int], paint: Paint) -> str:
    """Draw the underline below the first line of the span, and the label after it."""
    start = min(mark.span.column - 1, len(line))
    end = mark.span.end_column - 1 if mark.span.end_line == mark.span.line else len(line.rstrip())
    size = max(1, columns[min(max(end, start), len(line))] - columns[start])
    return (" " * columns[start] + paint(f"{mark.underline * size} {visible(mark.label)}", mark.style)).rstrip()
