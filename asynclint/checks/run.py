"""All selected checks over one function; of several findings for one write the most specific is kept."""

from __future__ import annotations

from collections.abc import Collection

from asynclint.checks import CHECKS
from asynclint.findings import CONFIDENCES, Confidence, Finding
from asynclint.link.linker import Linker
from asynclint.link.program import Function
from asynclint.link.view import FunctionView
from asynclint.source import Span

PRECEDENCE = ("ARC103", "ARC110", "ARC105", "ARC101", "ARC102")
"""Rules that may tell the same torn update, the most specific first."""
SET_EARLY = ("ARC107", "ARC106")
"""Rules that may tell the same flag: that others see it too early is told only where it is surer than that it stays."""


def examine(linker: Linker, function: Function, codes: Collection[str], least: Confidence) -> list[Finding]:
    """Return the findings in a function; where one would be told, it is looked closer at what gives way."""
    view = linker.view(function)
    found = run(view, codes)
    if all(CONFIDENCES.index(finding.confidence) < CONFIDENCES.index(least) for finding in found):
        return found
    closer = linker.view(function, closer=True)
    return found if closer.assembled.graph == view.assembled.graph else run(closer, codes)


def run(view: FunctionView, codes: Collection[str]) -> list[Finding]:
    """Return the findings of the checks with these codes."""
    best: dict[tuple[Span, str | None, str], Finding] = {}
    for code in sorted(code for code in CHECKS if code in codes):
        for finding in CHECKS[code](view):
            kind = "torn" if code in PRECEDENCE else "early" if code in SET_EARLY else code
            key = (finding.span, finding.state, kind)
            known = best.get(key)
            if known is None or _rank(finding) < _rank(known):
                best[key] = finding
    return list(best.values())


def _rank(finding: Finding) -> tuple[int, int, int, tuple[tuple[str, Span], ...]]:
    """Rank by rule, confidence and story: windows come in no order, and the choice must not show it."""
    place = PRECEDENCE.index(finding.code) if finding.code in PRECEDENCE else 0
    after = SET_EARLY.index(finding.code) if finding.code in SET_EARLY else 0
    story = tuple((step.path, step.span) for step in finding.trace)
    return (place, -CONFIDENCES.index(finding.confidence), after, story)
