"""Whole lines changed: moved a step further in or out, taken out, put in between; strings stay as they are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from asynclint.fixes.document import Document
from asynclint.fixes.edits import Edit, RefusedError
from asynclint.fixes.scene import Scene
from asynclint.source import Span


@dataclass
class Lines:
    """What becomes of a function's lines, collected for one edit; lines count from 1 and in the file."""

    document: Document
    scene: Scene
    _steps: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    _dropped: set[int] = field(default_factory=set)
    _before: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    _words: dict[int, list[tuple[int, int, str]]] = field(default_factory=lambda: defaultdict(list))

    def indent(self, first: int, last: int, steps: int = 1) -> None:
        """Move lines further in, or further out where `steps` is negative."""
        for number in range(first, last + 1):
            self._steps[number] += steps

    def drop(self, first: int, last: int) -> None:
        """Take lines out."""
        self._dropped.update(range(first, last + 1))

    def drop_code(self, first: int, last: int) -> None:
        """Take lines out that say nothing to a reader; refuse where a comment would be lost."""
        if any("#" in line for line in self.document.lines[first - 1 : last]):
            raise RefusedError("a comment stands on a line that would go")
        self.drop(first, last)

    def put(self, line: int, *texts: str) -> None:
        """Put lines, each without its newline, in front of a line, which may be the one after the last of the file."""
        self._before[line].extend(texts)

    def reword(self, span: Span, text: str) -> None:
        """Put a text, which stands on one line as what it replaces does, where a span is."""
        if span.line != span.end_line:
            raise RefusedError("what would have to be renamed goes over several lines")
        self._words[span.line].append((span.column, span.end_column, text))

    def put_undoing(self, line: int, outer: str, undo: str) -> None:
        """Put a handler in front of a line that catches everything, undoes, and raises again; `outer` indents it."""
        inner = outer + self.scene.unit
        self.put(line, f"{outer}except BaseException:", f"{inner}{undo}", f"{inner}raise")

    def moved(self, first: int, last: int, steps: int) -> list[str]:
        """Return lines as they read some steps further in, each without its newline."""
        return [self._line(number, steps).rstrip("\r\n") for number in range(first, last + 1)]

    def edit(self) -> Edit:
        """Return the edit that makes all changes; a file that ends without a newline goes on to do so."""
        document, newline = self.document, self.document.newline
        total = len(document.lines)
        touched = {*(one for one, steps in self._steps.items() if steps), *self._dropped, *self._before, *self._words}
        first, last = min(*touched, total), min(max(touched), total)
        text = ""
        for number in range(first, max(touched) + 1):
            text += "".join(put + newline for put in self._before.get(number, ()))
            if number <= total and number not in self._dropped:
                line = self._line(number, self._steps.get(number, 0))
                text += line if line.endswith(("\n", "\r")) else line + newline
        if not document.lines[last - 1].endswith(("\n", "\r")):
            text = text.removesuffix(newline)
        return Edit(document.offset(first), document.offset(last + 1), text)

    def _line(self, number: int, steps: int) -> str:
        line = self.document.lines[number - 1]
        for start, end, text in sorted(self._words.get(number, ()), reverse=True):
            line = line[: start - 1] + text + line[end - 1 :]
        if not steps or number in self.scene.lines_in_strings or not line.strip():
            return line
        if steps > 0:
            return self.scene.unit * steps + line
        for _ in range(-steps):
            line = line.removeprefix(self.scene.unit)
        return line
