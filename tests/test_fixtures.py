"""Runs every fixture of a rule and compares what is found with its margin marks."""

from __future__ import annotations

from pathlib import Path

import pytest

from asynclint import rulebook
from tests.support.analysis import found_in
from tests.support.expectations import Scope, mismatches, read_expectations

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = {rule.name for rule in rulebook.load()}
FILES = sorted(path for path in FIXTURES.glob("*/*.py") if path.parent.name in NAMES)


def _id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_findings_are_the_marked_ones(path: Path) -> None:
    text = path.read_text("utf-8")
    expected = read_expectations(text)
    findings = found_in(text, path.name, min_confidence=expected.min_confidence)
    assert mismatches(expected, findings) == []


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_names_say_what_is_expected(path: Path) -> None:
    expected = read_expectations(path.read_text("utf-8"))
    marked = {mark.line for mark in expected.errors}
    for scope in expected.functions:
        if _expects_findings(scope):
            assert any(map(scope.holds, marked)), f"{scope.name} has no error mark"
        elif scope.name.startswith("fn_") or scope.name.endswith("_ok"):
            assert not any(map(scope.holds, marked)), f"{scope.name} has an error mark"
    for line in marked:
        assert any(_expects_findings(scope) for scope in expected.functions if scope.holds(line)), f"line {line}"


def test_every_preview_rule_about_races_has_fixtures() -> None:
    folders = {path.parent.name for path in FILES}
    assert {rule.name for rule in rulebook.load() if rule.needs != "none"} <= folders


def _expects_findings(scope: Scope) -> bool:
    return scope.name.startswith("fp_") or scope.name.endswith("_bad")
