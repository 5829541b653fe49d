"""Whole projects: what one file says of another shows in the findings, with the reason why two tasks meet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclint.findings import Finding
from tests.support.analysis import found_in_project
from tests.support.golden import check_golden

PROJECTS = sorted(path for path in (Path(__file__).parent / "fixtures" / "projects").iterdir() if path.is_dir())


def told(finding: Finding) -> Iterator[str]:
    """Yield a finding as lines: what and where, who falls in, and why the two overlap."""
    yield f"{finding.path}:{finding.span.line} {finding.code} [{finding.confidence}] {finding.function} {finding.state}"
    yield from (f"  rival {step.path}:{step.span.line} {step.note}" for step in finding.trace if step.role == "rival")
    yield from (f"  overlap: {sentence}" for sentence in finding.evidence)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_findings_are_those_that_were_read(project: Path, update: bool) -> None:
    files = {str(path.relative_to(project)): path.read_text("utf-8") for path in sorted(project.rglob("*.py"))}
    lines = [line for finding in found_in_project(files) for line in told(finding)]
    check_golden(project / "findings.txt", "".join(f"{line}\n" for line in lines), update)
