"""What a reporter is given: findings in order, counts, and a way to the source text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from asynclint.findings import Finding

Format = Literal["full", "concise", "json", "github"]

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a run: files analysed, findings shown, findings suppressed, files that could not be analysed."""

    files: int
    findings: int
    suppressed: int = 0
    errors: int = 0


def no_source(path: str) -> Sequence[str]:
    """Know no file: what a report without source text is given."""
    return ()


@dataclass(frozen=True, slots=True)
class Report:
    """A run, ready to be told.

    `findings` are in the order of the report. `source` returns the lines of a reported path without their newlines
    (see `split_lines`), and nothing for a path that it does not know; a reporter never reads a file itself.
    """

    findings: Sequence[Finding]
    summary: Summary
    source: Callable[[str], Sequence[str]] = no_source
    color: bool = False


def split_lines(text: str) -> list[str]:
    """Cut a file's text into the lines that Python counts: at newlines only, never at form feeds or U+2028."""
    return _NEWLINE.split(text)
