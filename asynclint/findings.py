"""What a check reports: a race, told as a story with places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asynclint.source import Span

Severity = Literal["error", "warning", "info"]
Confidence = Literal["high", "medium", "low"]
Role = Literal["check", "read", "suspend", "write", "acquire", "release", "rival"]
Applicability = Literal["safe", "unsafe"]

CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the interleaving, in the order in which it happens."""

    role: Role
    path: str
    span: Span
    function: str
    note: str


@dataclass(frozen=True, slots=True)
class Replacement:
    """A stretch of the finding's file, and the text that comes in its place."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class FixOffer:
    """A repair that is on offer: all replacements are made, in the text as it was linted, or none."""

    applicability: Applicability
    title: str
    edits: tuple[Replacement, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect.

    `function` is the qualified name without module and without `<locals>`; `state` is the access path as written at
    the write, `primitive` the path of the lock, queue or event that the finding is about. `evidence` says, a sentence
    each, why the window and the rival can overlap; `consequence` says what is lost.
    """

    code: str
    name: str
    message: str
    severity: Severity
    confidence: Confidence
    path: str
    span: Span
    function: str
    state: str | None = None
    primitive: str | None = None
    trace: tuple[Step, ...] = ()
    evidence: tuple[str, ...] = ()
    consequence: str = ""
    fix: FixOffer | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """Order of reports: by file, then place, then code."""
        return (self.path, self.span.line, self.span.column, self.code)
