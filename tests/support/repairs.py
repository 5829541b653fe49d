"""Repairs as tests call them: source in, repaired source and what was said of it out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asynclint.config import Config
from asynclint.findings import Confidence, Finding
from asynclint.repair import Made, Repaired, repair


@dataclass(frozen=True)
class Outcome:
    """One repaired file: what it holds now, what was made of which findings, and what is left, with the reasons."""

    data: bytes
    made: tuple[Made, ...]
    left: tuple[Finding, ...]
    reasons: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The new text."""
        return self.data.decode("utf-8")

    @property
    def story(self) -> str:
        """What happened to each finding, a line each."""
        done = [
            f"{one.finding.code} {one.finding.function}: {one.fix.applicability}: {one.fix.title}" for one in self.made
        ]
        return "".join(f"{line}\n" for line in (*sorted(done), *(f"{who}: left: {why}" for who, why in self.reasons)))


def repaired(source: str | bytes, unsafe: bool = True, min_confidence: Confidence = "low") -> Outcome:
    """Repair one file that is alone in its project."""
    data = source if isinstance(source, bytes) else source.encode("utf-8")
    with tempfile.TemporaryDirectory(prefix="asynclint-") as folder:
        path = Path(folder).resolve() / "example.py"
        path.write_bytes(data)
        done = repair([folder], Config(min_confidence=min_confidence, jobs=1, root=folder), unsafe)
    assert not done.outcome.problems, done.outcome.problems
    return Outcome(_content(done, data), done.made, done.outcome.findings, tuple(_reasons(done)))


def _content(done: Repaired, before: bytes) -> bytes:
    assert len(done.changes) <= 1
    return done.changes[0].after if done.changes else before


def _reasons(done: Repaired) -> list[tuple[str, str]]:
    return [(f"{one.code} {one.function}", done.reasons[one]) for one in done.outcome.findings]


def sources() -> Mapping[str, str]:
    """Return all sources with findings that the tests have, by name: fixtures of rules and of remedies, and pages."""
    from asynclint import rulebook
    from tests.test_rule_pages import block

    root = Path(__file__).resolve().parents[1] / "fixtures"
    names = {rule.name for rule in rulebook.load()} | {"fixes"}
    found = {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in sorted(root.rglob("*.py"))
        if path.relative_to(root).parts[0] in names and not path.name.endswith(".fixed.py")
    }
    for rule in rulebook.load():
        if rule.needs != "none":
            found[rule.code] = block(rule, "Bad")
    return found
