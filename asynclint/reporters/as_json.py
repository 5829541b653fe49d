"""The run as one JSON object; `findings.schema.json` beside this module is its published schema."""

from __future__ import annotations

import json
from collections.abc import Iterator

from asynclint.findings import Finding, FixOffer, Step
from asynclint.reporters.report import Report, Summary
from asynclint.source import Span


def render(report: Report) -> Iterator[str]:
    """Yield one JSON object, a finding a line; escaped to ASCII, so that any terminal encoding can carry it."""
    last = len(report.findings) - 1
    yield '{"findings": [' if report.findings else '{"findings": [],'
    for number, finding in enumerate(report.findings):
        yield f"  {json.dumps(finding_data(finding))}{'],' if number == last else ','}"
    yield f' "summary": {json.dumps(summary_data(report.summary))}}}'


def finding_data(finding: Finding) -> dict[str, object]:
    """Return a finding as the object that the schema describes."""
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "path": finding.path,
        **_place_data(finding.span),
        "function": finding.function,
        "state": finding.state,
        "primitive": finding.primitive,
        "trace": [_step_data(step) for step in finding.trace],
        "evidence": list(finding.evidence),
        "consequence": finding.consequence,
        "fix": None if finding.fix is None else _fix_data(finding.fix),
    }


def summary_data(summary: Summary) -> dict[str, object]:
    """Return the counts as the object that the schema describes."""
    return {
        "files": summary.files,
        "findings": summary.findings,
        "suppressed": summary.suppressed,
        "errors": summary.errors,
    }


def _fix_data(fix: FixOffer) -> dict[str, object]:
    edits = [{**_place_data(one.span), "text": one.text} for one in fix.edits]
    return {"applicability": fix.applicability, "title": fix.title, "edits": edits}


def _place_data(span: Span) -> dict[str, int]:
    return {
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _step_data(step: Step) -> dict[str, object]:
    return {
        "role": step.role,
        "path": step.path,
        "line": step.span.line,
        "column": step.span.column,
        "function": step.function,
        "note": step.note,
    }
