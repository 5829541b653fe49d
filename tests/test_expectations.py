"""Holds the margin-mark grammar to what it promises: it must be able to fail."""

from __future__ import annotations

import pytest

from asynclint.findings import Finding, Role, Step
from asynclint.source import Span
from tests.support.expectations import MarkError, RoleMark, marks, mismatches, read_expectations

SOURCE = """\
# min-confidence: low
class Counter:
    async def add_bad(self):
        n = self.n  # read
        await pause()  # suspend
        self.n = n + 1  # error: ARC101 "lost"; write

    async def reset(self):
        self.n = 0  # rival

def text():
    return "# error: ARC101"  # an ordinary comment
"""
GOOD: dict[Role, int] = {"read": 4, "suspend": 5, "write": 6, "rival": 9}


def finding(code: str = "ARC101", line: int = 6, message: str = "update lost", **roles: int) -> Finding:
    trace = tuple(Step(role, "example.py", Span(roles.get(role, at), 1, at, 2), "", "") for role, at in GOOD.items())
    return Finding(
        code, "lost-update", message, "error", "high", "example.py", Span(line, 9, line, 10), "", trace=trace
    )


def test_marks_that_are_met() -> None:
    assert mismatches(read_expectations(SOURCE), [finding()]) == []


def test_the_confidence_is_read_from_the_first_line() -> None:
    assert read_expectations(SOURCE).min_confidence == "low"
    assert read_expectations("x = 1\n").min_confidence == "medium"


def test_strings_and_ordinary_comments_hold_no_marks() -> None:
    assert [mark.line for mark in read_expectations(SOURCE).errors] == [6]
    assert marks("# reads the value again", 1) == []
    assert marks("# read the value again", 1) == []
    assert marks("# check", 1) == [RoleMark(1, "check")]


@pytest.mark.parametrize(
    "comment", ["# error", "# error: ARC1", "# error ARC101", "# read; somewhere", '# error: ARC101 ""']
)
def test_a_comment_that_begins_like_a_mark_must_be_one(comment: str) -> None:
    with pytest.raises(MarkError):
        marks(comment, 1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([], "line 6: 0 findings for the mark ARC101"),
        ([finding(), finding()], "line 6: 2 findings"),
        ([finding("ARC102")], "line 6: unmarked ARC102"),
        ([finding(line=5)], "line 5: unmarked ARC101"),
        ([finding(message="something else")], "line 6: unmarked ARC101"),
        ([finding(read=5)], "ARC101 has read at [5], marked at [4]"),
        ([finding(suspend=4)], "line 5: no finding has a suspend here"),
        ([finding(rival=6)], "ARC101 has rival at [6], marked at [9]"),
    ],
)
def test_every_difference_is_told(wrong: list[Finding], told: str) -> None:
    assert any(told in sentence for sentence in mismatches(read_expectations(SOURCE), wrong))
