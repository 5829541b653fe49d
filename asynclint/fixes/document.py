"""A file as remedies see it: its text by place, what the survey knows of it, and the trees of its functions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate

from asynclint.fixes.edits import Edit, RefusedError
from asynclint.fixes.scene import Scene
from asynclint.source import Source, Span
from asynclint.survey import survey
from asynclint.survey.facts import ClassFacts, FunctionFacts, ModuleFacts
from asynclint.syntax.slices import cut, function_in, parse, split_lines


class Document:
    """One file; what is asked for twice is kept."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = split_lines(source.text)
        self._starts = (0, *accumulate(map(len, self.lines)))
        self._scenes: dict[int, Scene] = {}

    @cached_property
    def facts(self) -> ModuleFacts:
        """What the survey knows of the file."""
        return survey(self.source.path, self.source.text)

    @cached_property
    def newline(self) -> str:
        """The newline of the file's first line."""
        first = self.lines[0] if self.lines else ""
        return first[len(first.rstrip("\r\n")) :] or "\n"

    def offset(self, line: int, column: int = 1) -> int:
        """Return where a place stands in the text; lines and columns count from 1, the offset from 0."""
        return self._starts[line - 1] + column - 1

    def span(self, start: int, end: int) -> Span:
        """Return the span between two offsets."""
        return Span(*self._place(start), *self._place(end))

    def _place(self, offset: int) -> tuple[int, int]:
        line = min(bisect_right(self._starts, offset), max(len(self.lines), 1))
        return line, offset - self._starts[line - 1] + 1

    def text(self, span: Span) -> str:
        """Return the text of a span."""
        return self.source.text[self.offset(span.line, span.column) : self.offset(span.end_line, span.end_column)]

    def replace(self, span: Span, text: str) -> Edit:
        """Return the edit that puts a text where a span is."""
        return Edit(self.offset(span.line, span.column), self.offset(span.end_line, span.end_column), text)

    def remark(self, span: Span) -> str:
        """Return what follows a span on its last line: a comment, with the white space before it."""
        return self.lines[span.end_line - 1][span.end_column - 1 :].rstrip()

    def indentation(self, line: int) -> str:
        """Return the white space that a line begins with."""
        text = self.lines[line - 1]
        return text[: len(text) - len(text.lstrip(" \t\f"))]

    def scene(self, function: FunctionFacts) -> Scene:
        """Return the tree of a function."""
        known = self._scenes.get(function.line)
        if known is None:
            piece = cut(self.lines, function.line, function.end_line, function.column, self.source.path)
            module = parse(piece)
            known = self._scenes[function.line] = Scene(function, function_in(module, piece), module, piece)
        return known

    def function(self, name: str, line: int) -> FunctionFacts:
        """Return the function of a qualified name that holds a line."""
        for one in self.facts.functions:
            if one.name == name and one.line <= line <= one.end_line:
                return one
        raise RefusedError("the function cannot be found in the file")

    def class_of(self, function: FunctionFacts) -> ClassFacts | None:
        """Return the class of a method, or of the method that a function is made in."""
        around = [one for one in self.facts.classes if function.name.startswith(f"{one.name}.")]
        return next((one for one in around if one.name == function.cls), max(around, key=_depth, default=None))

    def family(self, cls: ClassFacts) -> list[ClassFacts]:
        """Return a class with those above and below it in the file."""
        found = self.above(cls)
        for one in self.facts.classes:
            if one not in found and cls in self.above(one):
                found.append(one)
        return found

    def above(self, cls: ClassFacts) -> list[ClassFacts]:
        """Return a class with those of the file that it is made from."""
        return list(_closure(cls, self._bases))

    @cached_property
    def _bases(self) -> dict[str, list[ClassFacts]]:
        by_name = {one.name.rpartition(".")[2]: one for one in self.facts.classes}
        return {one.name: [by_name[base] for base in one.bases if base in by_name] for one in self.facts.classes}


def _depth(cls: ClassFacts) -> int:
    return len(cls.name)


def _closure(cls: ClassFacts, above: dict[str, list[ClassFacts]]) -> Iterator[ClassFacts]:
    seen: list[str] = []
    pending = [cls]
    while pending:
        one = pending.pop()
        if one.name not in seen:
            seen.append(one.name)
            yield one
            pending.extend(above[one.name])
