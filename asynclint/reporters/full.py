"""The report for people: code frames, what is lost, why it can happen, and the order that does it."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.findings import Finding, Role, Step
from asynclint.reporters.frame import Mark, frame
from asynclint.reporters.interleaving import interleaving
from asynclint.reporters.report import Report, Summary
from asynclint.reporters.terminal import Paint, visible

_LABELS: dict[Role, str] = {
    "check": "checked here",
    "read": "read here",
    "suspend": "gives way here",
    "write": "written here",
    "acquire": "acquired here",
    "release": "released here",
    "rival": "another task gets here meanwhile",
}


def render(report: Report) -> Iterator[str]:
    """Yield each finding as a block of lines, then a summary line."""
    paint = Paint(report.color)
    for finding in report.findings:
        yield from _finding(finding, report, paint)
        yield ""
    yield paint(summary_line(report.summary), "bold")


def summary_line(summary: Summary) -> str:
    """Say in one line what the run found."""
    parts = [f"{_count(summary.findings, 'finding')} in {_count(summary.files, 'file')}"]
    if summary.suppressed:
        parts.append(f"{summary.suppressed} suppressed")
    if summary.errors:
        parts.append(f"{_count(summary.errors, 'file')} could not be analysed")
    return ", ".join(parts) + "."


def _finding(finding: Finding, report: Report, paint: Paint) -> Iterator[str]:
    head = paint(f"{finding.severity}[{finding.code}] {finding.name}:", finding.severity)
    yield f"{head} {visible(finding.message)} [{finding.confidence}]"
    gutter = max(len(str(line)) for line in (finding.span.line, *(step.span.line for step in finding.trace)))
    for arrow, path, marks in _frames(finding):
        first = marks[0] if arrow != "-->" else _primary(finding)
        place = f"{visible(path)}:{first.span.line}:{first.span.column}"
        function = _function(finding, path, arrow)
        yield f"{' ' * gutter}{paint(arrow, 'place')} {place}{f' in {visible(function)}' if function else ''}"
        yield from frame(report.source(path), marks, gutter, paint)
    yield from _facts(finding, gutter, paint)
    rows = list(interleaving(finding, report.source, paint))
    if rows:
        yield f"{' ' * gutter} = one order that breaks it:"
        yield from (f"{' ' * gutter}     {row}".rstrip() for row in rows)


def _facts(finding: Finding, gutter: int, paint: Paint) -> Iterator[str]:
    facts = [("consequence", finding.consequence), *(("overlap", sentence) for sentence in finding.evidence)]
    if finding.fix is not None:
        facts.append((f"fix ({finding.fix.applicability})", finding.fix.title))
    for label, text in facts:
        if text:
            yield f"{' ' * gutter} = {paint(f'{label}:', 'bold')} {visible(text)}"


def _frames(finding: Finding) -> Iterator[tuple[str, str, list[Mark]]]:
    """Yield arrow, path and marks of each frame: the window's file first, other files of it, then the rivals."""
    own = [step for step in finding.trace if step.role != "rival"]
    marks = [_mark(step, finding) for step in own if step.path == finding.path]
    if not any(mark.underline == "^" for mark in marks):
        marks.append(_primary(finding))
    yield "-->", finding.path, marks
    for path in dict.fromkeys(step.path for step in own if step.path != finding.path):
        yield ":::", path, [_mark(step, finding) for step in own if step.path == path]
    for step in finding.trace:
        if step.role == "rival":
            yield "<->", step.path, [_mark(step, finding)]


def _function(finding: Finding, path: str, arrow: str) -> str:
    """Name the function that a frame shows."""
    if arrow == "-->":
        return finding.function
    rival = arrow == "<->"
    return next((step.function for step in finding.trace if step.path == path and (step.role == "rival") == rival), "")


def _primary(finding: Finding) -> Mark:
    return Mark(finding.span, "", "^", finding.severity)


def _mark(step: Step, finding: Finding) -> Mark:
    label = step.note or _LABELS[step.role]
    if step.role == "rival":
        return Mark(step.span, label, "~", "rival")
    if step is _harm(finding):
        return Mark(step.span, label, "^", finding.severity)
    return Mark(step.span, label, "-", "place")


def _harm(finding: Finding) -> Step | None:
    """Return the step at the primary place, the last one if several are there."""
    at_place = [step for step in finding.trace if step.span == finding.span and step.path == finding.path]
    return next((step for step in reversed(at_place) if step.role != "rival"), None)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
