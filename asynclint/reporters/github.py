"""Workflow commands that GitHub turns into annotations on the changed lines."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.findings import Finding, Severity
from asynclint.reporters.report import Report
from asynclint.reporters.terminal import visible

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> Iterator[str]:
    """Yield one workflow command for each finding."""
    for finding in report.findings:
        yield _command(finding)


def _command(finding: Finding) -> str:
    span = finding.span
    properties = {
        "file": finding.path,
        "line": str(span.line),
        "endLine": str(span.end_line),
        "col": str(span.column),
        "endColumn": str(span.end_column),
        "title": f"{finding.code} {finding.name}",
    }
    if span.end_line != span.line:  # GitHub refuses columns on a range of lines
        del properties["col"], properties["endColumn"]
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    told = finding.message if not finding.consequence else f"{finding.message}\n{finding.consequence}"
    return f"::{_COMMANDS[finding.severity]} {shown}::{_data(f'{told} [{finding.confidence}]')}"


def _data(text: str) -> str:
    """Escape the message of a command: newlines survive as %0A, other controls are made visible."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("%", "%25").split("\n")
    return "%0A".join(visible(line) for line in lines)


def _property(text: str) -> str:
    """Escape a property; a path keeps its newlines, so that the annotation still finds the file."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return visible(escaped.replace(":", "%3A").replace(",", "%2C"))
