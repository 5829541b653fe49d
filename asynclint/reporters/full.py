"""The report for people: code frames, what is lost, why it can happen, and the order that does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.findings import Finding, Role, Step
from asynclint.reporters.frame import Mark, frame
from asynclint.reporters.interleaving import interleaving
from asynclint.reporters.report import Report, Summary
from asynclint.reporters.terminal import Paint, visible
from asynclint.source import Span

_LABELS: dict[Role, str] = {
    "check": "checked here",
    "read": "read here",
    "suspend": "gives way here",
    "write": "written here",
    "acquire": "acquired here",
    "release": "released here",
    "rival": "another task gets here meanwhile",
}


@dataclass(frozen=True, slots=True)
class _View:
    """One frame: where it stands and its marks; `known` if the frame would show again what was shown."""

    arrow: str
    path: str
    function: str
    at: Span
    marks: list[Mark]
    known: bool = False


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
    for view in _views(finding):
        place = f"{visible(view.path)}:{view.at.line}:{view.at.column}"
        function = f" in {visible(view.function)}" if view.function else ""
        known = f": {visible(view.marks[0].label)}" if view.known else ""
        yield f"{' ' * gutter}{paint(view.arrow, 'place')} {place}{function}{known}"
        if not view.known:
            yield from frame(report.source(view.path), view.marks, gutter, paint)
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


def _views(finding: Finding) -> Iterator[_View]:
    """Yield the frames of a finding: its function first, other functions of the window, then the rivals."""
    own = [step for step in finding.trace if step.role != "rival"]
    home = finding.path, finding.function
    marks = [_mark(step, finding) for step in own if (step.path, step.function) == home]
    if not any(mark.underline == "^" for mark in marks):
        marks.append(_primary(finding))
    yield _View("-->", *home, finding.span, marks)
    for path, function in dict.fromkeys((step.path, step.function) for step in own):
        if (path, function) != home:
            steps = [step for step in own if (step.path, step.function) == (path, function)]
            yield _View(":::", path, function, steps[0].span, [_mark(step, finding) for step in steps])
    shown = {(step.path, step.span) for step in own}
    for step in finding.trace:
        if step.role == "rival":
            known = (step.path, step.span) in shown
            yield _View("<->", step.path, step.function, step.span, [_mark(step, finding)], known)


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
