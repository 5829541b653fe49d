"""One line a finding, as flake8 writes it: `path:line:col: ARC101 message [high]`."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.reporters.report import Report
from asynclint.reporters.terminal import Paint, visible


def render(report: Report) -> Iterator[str]:
    """Yield one line for each finding; nothing for none."""
    paint = Paint(report.color)
    for finding in report.findings:
        place = f"{visible(finding.path)}:{finding.span.line}:{finding.span.column}:"
        code = paint(finding.code, finding.severity)
        yield f"{paint(place, 'bold')} {code} {visible(finding.message)} [{finding.confidence}]"
