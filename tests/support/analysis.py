"""The analysis as tests call it: source text in, findings out."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from asynclint.config import Config
from asynclint.engine import lint
from asynclint.findings import Confidence, Finding

REST = "rest_of_the_program.py"


def found_in(
    source_text: str,
    path: str = "example.py",
    codes: Collection[str] | None = None,
    min_confidence: Confidence = "medium",
) -> list[Finding]:
    """Lint one file of a program whose rest says nothing of it; return what would be reported, in order."""
    return found_in_project({path: source_text, REST: "VERSION = 1\n"}, codes, min_confidence)


def found_in_project(
    files: Mapping[str, str], codes: Collection[str] | None = None, min_confidence: Confidence = "medium"
) -> list[Finding]:
    """Lint files, by relative path, that make up a whole project; places keep those paths."""
    with tempfile.TemporaryDirectory(prefix="asynclint-") as folder:
        root = Path(folder).resolve()
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode("utf-8"))
        config = Config(select=tuple(codes or ()), min_confidence=min_confidence, jobs=1, root=str(root))
        outcome = lint([str(root)], config)
    assert not outcome.problems, outcome.problems
    return [_below(finding, files, root) for finding in outcome.findings]


def _below(finding: Finding, files: Collection[str], root: Path) -> Finding:
    """Name places by the paths that the caller gave."""
    evidence = tuple(sentence.replace(f"{root}/", "") for sentence in finding.evidence)
    trace = tuple(replace(step, path=_given(step.path, files)) for step in finding.trace)
    return replace(finding, path=_given(finding.path, files), trace=trace, evidence=evidence)


def _given(path: str, files: Collection[str]) -> str:
    return next((given for given in files if path == given or path.endswith(f"/{given}")), path)
