"""What is found, in the words of the Language Server Protocol 3.17."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol

from lsprotocol import types
from pygls.uris import from_fs_path

from asynclint.findings import Finding, FixOffer, Severity
from asynclint.source import Span

SEVERITIES: dict[Severity, types.DiagnosticSeverity] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
UNNECESSARY = "ARC901"
"""The rule whose findings are comments that editors may grey out."""


class Units(Protocol):
    """How a client counts within a line: in UTF-16 code units, unless it has agreed to something else."""

    def range_to_client_units(self, lines: Sequence[str], range: types.Range) -> types.Range:
        """Convert a range whose columns count characters."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A document: its lines, None if nobody can read them, and how to point into them."""

    uri: str
    lines: Sequence[str] | None
    units: Units

    def range(self, span: Span) -> types.Range:
        """Return a span as the client counts."""
        start, end = (span.line - 1, span.column - 1), (span.end_line - 1, span.end_column - 1)
        place = types.Range(types.Position(*start), types.Position(*end))
        return place if self.lines is None else self.units.range_to_client_units(self.lines, place)


class Texts(Protocol):
    """The documents of a workspace, those too that are not open."""

    def __call__(self, location: str) -> Text:
        """Return the document at a location."""
        ...


def diagnostic(finding: Finding, texts: Texts) -> types.Diagnostic:
    """Return a finding with its story as related places."""
    related = [
        types.DiagnosticRelatedInformation(
            types.Location(texts(step.path).uri, texts(step.path).range(step.span)), f"{step.role}: {step.note}"
        )
        for step in finding.trace
    ]
    return types.Diagnostic(
        range=texts(finding.path).range(finding.span),
        message=" ".join(filter(None, (finding.message, finding.consequence))),
        severity=SEVERITIES[finding.severity],
        code=finding.code,
        source="asynclint",
        tags=[types.DiagnosticTag.Unnecessary] if finding.code == UNNECESSARY else None,
        related_information=related,
    )


def text_edits(fix: FixOffer, text: Text) -> list[types.TextEdit]:
    """Return the edits of a repair."""
    return [types.TextEdit(text.range(edit.span), edit.text) for edit in fix.edits]


def difference(before: str, after: str, text: Text) -> list[types.TextEdit]:
    """Return the edits, whole lines each, that make one text of another."""
    old, new = (io.StringIO(whole, newline="").readlines() for whole in (before, after))
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [
        types.TextEdit(text.range(Span(first + 1, 1, last + 1, 1)), "".join(new[start:end]))
        for kind, first, last, start, end in changes
        if kind != "equal"
    ]


def touching(findings: Iterable[Finding], text: Text, place: types.Range) -> Iterator[Finding]:
    """Yield the findings of a document whose place touches a range."""
    for finding in findings:
        here = text.range(finding.span)
        if _key(here.start) <= _key(place.end) and _key(place.start) <= _key(here.end):
            yield finding


def location_uri(location: str) -> str:
    """Return the URI of a file; a path that has none cannot be pointed at."""
    return from_fs_path(location) or ""


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
