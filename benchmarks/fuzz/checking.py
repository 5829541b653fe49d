"""One program, linted twice, and what is wrong with what was said of it."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asynclint.config import UNPARSABLE, Config
from asynclint.discovery import File
from asynclint.engine import lint
from asynclint.findings import Finding
from asynclint.outcome import Outcome
from asynclint.source import Span

NEWLINES = re.compile(r"\r\n|\r|\n")
NAME = "fuzzed.py"
SLOW = 20.0


@dataclass(frozen=True, slots=True)
class Checked:
    """A program: how it was made, what went wrong, its text if something did, and remarks to be counted."""

    kind: str
    wrong: tuple[str, ...]
    text: str = ""
    marks: tuple[str, ...] = ()


def check(kind: str, text: str | bytes, path: str = NAME) -> Checked:
    """Lint a program twice and look at what is said."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        first, second = _linted(data), _linted(data)
    except Exception as error:  # noqa: BLE001 -- that none comes out is what is checked
        return Checked(kind, (f"{type(error).__name__}: {error}",), _shown(data))
    wrong = [*first.problems, *_outside(first.findings, data)]
    if (first.findings, first.problems) != (second.findings, second.problems):
        wrong.append("another answer the second time")
    return Checked(kind, tuple(f"{path}: {one}" for one in wrong), _shown(data) if wrong else "", _marks(first, data))


def _linted(data: bytes) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="asynclint-") as folder:
        root = str(Path(folder).resolve())
        config = Config(min_confidence="low", jobs=1, root=root)
        return lint([], config, File(NAME, f"{root}/{NAME}", len(data), data=data))


def _outside(findings: tuple[Finding, ...], data: bytes) -> Iterator[str]:
    """Yield a sentence for each place that the text does not have."""
    lines = NEWLINES.split(data.decode("utf-8-sig", "replace"))
    for finding in findings:
        for span in (finding.span, *(step.span for step in finding.trace)):
            if not _inside(span, lines):
                yield f"{finding.code} at {span}, which the text does not have"


def _inside(span: Span, lines: list[str]) -> bool:
    ordered = (span.line, span.column) <= (span.end_line, span.end_column)
    if not (ordered and 1 <= span.line <= span.end_line <= len(lines)):
        return False
    # One past the end of a line is where a statement ends; ARC902 may point at what is not there.
    return 1 <= span.column <= len(lines[span.line - 1]) + 1 and span.end_column <= len(lines[span.end_line - 1]) + 2


def _marks(outcome: Outcome, data: bytes) -> tuple[str, ...]:
    codes = {finding.code for finding in outcome.findings}
    marks = ["with findings"] if codes - {UNPARSABLE} else []
    if UNPARSABLE in codes:
        marks.append("refused, though they compile" if _compiles(data) else "that do not parse")
    return tuple(marks)


def _compiles(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, NAME, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
            return False
    return True


def _shown(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
