"""Runs every fixture of a rule and compares what is found with its margin marks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from asynclint import rulebook
from tests.support.analysis import found_in
from tests.support.expectations import Scope, mismatches, read_expectations
from tests.support.variants import renamed, suppressed, without_async

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = {rule.name for rule in rulebook.load()}
FILES = sorted(path for path in FIXTURES.glob("*/*.py") if path.parent.name in NAMES)

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")


@each_file
def test_findings_are_the_marked_ones(path: Path) -> None:
    text = path.read_text("utf-8")
    expected = read_expectations(text)
    findings = found_in(text, path.name, min_confidence=expected.min_confidence)
    assert mismatches(expected, findings) == []


@each_file
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


@each_file
def test_code_that_never_gives_way_is_silent(path: Path) -> None:
    text = without_async(path.read_text("utf-8"))
    ast.parse(text)
    assert found_in(text, path.name, min_confidence="low") == []


@each_file
def test_a_suppression_on_each_mark_leaves_nothing(path: Path) -> None:
    text = path.read_text("utf-8")
    confidence = read_expectations(text).min_confidence
    assert found_in(suppressed(text), path.name, min_confidence=confidence) == []


@each_file
def test_the_name_of_the_first_parameter_means_nothing(path: Path) -> None:
    text = path.read_text("utf-8")
    places = [(one.code, one.span.line, one.confidence) for one in found_in(text, path.name, min_confidence="low")]
    other = found_in(renamed(text, "self", "this"), path.name, min_confidence="low")
    assert [(one.code, one.span.line, one.confidence) for one in other] == places


def test_every_rule_about_races_has_fixtures() -> None:
    folders = {path.parent.name for path in FILES}
    assert {rule.name for rule in rulebook.load() if rule.needs != "none"} <= folders


def _expects_findings(scope: Scope) -> bool:
    return scope.name.startswith("fp_") or scope.name.endswith("_bad")
