"""One race is told once: not again from each branch under one check, nor from each caller of a helper that tells it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asynclint.checks.run import PRECEDENCE
from asynclint.findings import CONFIDENCES, Finding, Step
from asynclint.source import Span


def told_once(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings of a file without those that tell what another of them tells."""
    return list(_of_helpers(_of_checks(findings)))


def _of_checks(findings: Sequence[Finding]) -> list[Finding]:
    """Keep, of those that come of one check and do the same harm to one state, the surest, then the first."""
    kept: dict[object, Finding] = {}
    for finding in findings:
        first = finding.trace[0] if finding.trace else None
        # Where the story begins with what is told, each is a story of its own.
        begins = (first.path, first.span.line) if first is not None and first.span != finding.span else finding.span
        key = (finding.function, finding.code, finding.state, finding.primitive, finding.consequence, begins)
        known = kept.get(key)
        if known is None or _order(finding) < _order(known):
            kept[key] = finding
    told = {id(finding) for finding in kept.values()}
    return [finding for finding in findings if id(finding) in told]


def _of_helpers(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Keep of a race whose end is in a helper what the helper tells of it itself, if that is as sure."""
    own: dict[tuple[str, str, Span], int] = {}
    for finding in findings:
        last = _last(finding)
        if last is not None and last.function == finding.function:
            key = (_kind(finding), last.path, last.span)
            own[key] = max(own.get(key, 0), _level(finding))
    for finding in findings:
        last = _last(finding)
        elsewhere = last is not None and last.function != finding.function
        told = own.get((_kind(finding), last.path, last.span)) if last is not None and elsewhere else None
        if told is None or told < _level(finding):
            yield finding


def _last(finding: Finding) -> Step | None:
    """Return the last thing that the task does itself in a story."""
    steps = [step for step in finding.trace if step.role not in ("rival", "suspend")]
    return steps[-1] if len(steps) > 1 else None


def _kind(finding: Finding) -> str:
    return "torn" if finding.code in PRECEDENCE else finding.code


def _level(finding: Finding) -> int:
    return CONFIDENCES.index(finding.confidence)


def _order(finding: Finding) -> tuple[int, Span]:
    return (-_level(finding), finding.span)
