"""Findings as data, and back."""

from __future__ import annotations

from typing import cast

from asynclint.cache.shapes import reader
from asynclint.findings import Applicability, Confidence, Finding, FixOffer, Replacement, Role, Severity, Step
from asynclint.source import Span

SpanData = tuple[int, int, int, int]
StepData = tuple[Role, str, SpanData, str, str]
EditData = tuple[SpanData, str]
OfferData = tuple[Applicability, str, tuple[EditData, ...]]
FindingData = tuple[
    str,
    str,
    str,
    Severity,
    Confidence,
    str,
    SpanData,
    str,
    str | None,
    str | None,
    tuple[StepData, ...],
    tuple[str, ...],
    str,
    tuple[OfferData, ...],
]
_READ = reader(FindingData)


def finding_data(finding: Finding) -> FindingData:
    """Return a finding as nested tuples of strings, numbers and None."""
    return (
        finding.code,
        finding.name,
        finding.message,
        finding.severity,
        finding.confidence,
        finding.path,
        _span_data(finding.span),
        finding.function,
        finding.state,
        finding.primitive,
        tuple((step.role, step.path, _span_data(step.span), step.function, step.note) for step in finding.trace),
        finding.evidence,
        finding.consequence,
        () if finding.fix is None else (_offer_data(finding.fix),),
    )


def finding_of(data: object) -> Finding:
    """Return the finding that `finding_data` made the data of; raise `ValueError` for anything else."""
    code, name, message, severity, confidence, path, span, function, state, primitive, trace, evidence, lost, fixes = (
        cast(FindingData, _READ(data))
    )
    return Finding(
        code,
        name,
        message,
        severity,
        confidence,
        path,
        Span(*span),
        function,
        state,
        primitive,
        tuple(Step(role, where, Span(*place), inside, note) for role, where, place, inside, note in trace),
        evidence,
        lost,
        _offer_of(fixes[0]) if fixes else None,
    )


def _offer_data(fix: FixOffer) -> OfferData:
    return (fix.applicability, fix.title, tuple((_span_data(one.span), one.text) for one in fix.edits))


def _offer_of(data: OfferData) -> FixOffer:
    applicability, title, edits = data
    return FixOffer(applicability, title, tuple(Replacement(Span(*place), text) for place, text in edits))


def _span_data(span: Span) -> SpanData:
    return (span.line, span.column, span.end_line, span.end_column)
