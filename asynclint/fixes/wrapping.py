"""Statements put into a block: indented by one step below a header, strings left as they are."""

from __future__ import annotations

from asynclint.fixes.document import Document
from asynclint.fixes.edits import Edit
from asynclint.fixes.scene import Run, Scene
from asynclint.source import Span


def lines_of(scene: Scene, run: Run) -> tuple[int, int]:
    """Return the first and last line of a run of statements."""
    spans: list[Span] = [scene.span(statement) for statement in run.statements]
    return spans[0].line, spans[-1].end_line


def wrap(document: Document, scene: Scene, run: Run, header: str, after: tuple[str, ...] = ()) -> Edit:
    """Return the edit that puts a run below a header; `after` are lines that follow the block, with its indentation."""
    first, last = lines_of(scene, run)
    indentation = document.indentation(first)
    inside = scene.lines_in_strings
    text = indentation + header + document.newline
    for number in range(first, last + 1):
        line = document.lines[number - 1]
        text += line if number in inside or not line.strip() else scene.unit + line
    if after:
        text = text if text.endswith(("\n", "\r")) else text + document.newline
        text += "".join(indentation + line + document.newline for line in after)
        if not document.lines[last - 1].endswith(("\n", "\r")):
            text = text.removesuffix(document.newline)
    return Edit(document.offset(first), document.offset(last + 1), text)
