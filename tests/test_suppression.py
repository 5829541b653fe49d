"""What a comment or a setting speaks for, and which comments nobody needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from asynclint import rulebook
from asynclint.comments import read_comments
from asynclint.config import Config
from asynclint.findings import Confidence, Finding
from asynclint.source import Span
from asynclint.suppression import Outcome, suppress


def finding(line: int, code: str = "ARC101", confidence: Confidence = "high", path: str = "a.py") -> Finding:
    """Make a finding on a line."""
    rule = rulebook.load().resolve(code)
    span = Span(line, 1, line, 5)
    return Finding(code, rule.name, "m", rule.severity, confidence, path, span, "f")


def applied(text: str, findings: Sequence[Finding], config: Config | None = None) -> Outcome:
    """Suppress in one file."""
    return suppress(findings, lambda _: text, ["a.py"], config or Config(), rulebook.load())


def left_at(text: str, line: int, code: str = "ARC101") -> bool:
    """Tell whether a finding on a line is still reported."""
    return any(left.code == code for left in applied(text, [finding(line, code)]).findings)


STATEMENT = """\
before = 1
{above}
self.total = max({first}
    total,{middle}
    1,
){last}
after = 1
"""


@pytest.mark.parametrize(
    ("where", "lines"),
    [
        ("above", {3, 4, 5, 6}),
        ("first", {3, 4, 5, 6}),
        ("middle", {4}),
        ("last", {3, 4, 5, 6}),
    ],
)
def test_a_comment_speaks_for_its_line_and_at_the_ends_for_its_statement(where: str, lines: set[int]) -> None:
    comment = "  # asynclint: ignore[ARC101] -- reason"
    text = STATEMENT.format(**dict.fromkeys(("above", "first", "middle", "last"), "") | {where: comment})
    assert {line for line in range(1, 8) if not left_at(text, line)} == lines


def test_a_comment_alone_inside_a_statement_speaks_for_the_next_line() -> None:
    text = "x = f(\n    # asynclint: ignore\n    a,\n    b,\n)\n"
    assert [line for line in range(1, 6) if not left_at(text, line)] == [3]


def test_a_comment_above_speaks_across_comments_but_not_across_an_empty_line() -> None:
    assert not left_at("# asynclint: ignore\n# more\nx = 1\n", 3)
    assert left_at("# asynclint: ignore\n\nx = 1\n", 3)
    assert left_at("x = 1\n# asynclint: ignore\n", 1)


def test_a_comment_on_a_header_speaks_for_the_header_alone() -> None:
    text = "async for x in xs:  # asynclint: ignore\n    x.y = 1\n"
    assert not left_at(text, 1)
    assert left_at(text, 2)


@pytest.mark.parametrize(
    "comment",
    [
        "# asynclint: ignore",
        "# asynclint: ignore -- reason",
        "#asynclint:ignore[ARC101]",
        "# asynclint: ignore[ARC102, ARC101] -- reason, with [brackets]",
        "# asynclint: ignore[lost-update]",
        "# ASYNCLINT: Ignore[arc101]",
        "# type: ignore # asynclint: ignore[ARC101] # why not",
        "# noqa",
        "# noqa: ARC101",
        "# noqa:E501,ARC101",
        "# NOQA: E501 ARC1",
        "# why # noqa : ARC102",
    ],
)
def test_spellings_that_suppress(comment: str) -> None:
    assert not left_at(f"x = 1  {comment}\n", 1)


@pytest.mark.parametrize(
    "comment",
    [
        "# asynclint: ignore[ARC102]",
        "# asynclint: ignore[ARC1]",
        "# asynclint: ignore(ARC101)",
        "# asynclint: ignore ARC101",
        "# asynclint: ignore[]",
        "# asynclint: disable=ARC101",
        "# noqa: E501",
        "# noqa: ARC102",
        "# asynclint is quiet here; ignore",
    ],
)
def test_spellings_that_do_not_suppress(comment: str) -> None:
    assert left_at(f"x = 1  {comment}\n", 1)


@pytest.mark.parametrize("quotes", ["'", '"""', "f'", "rb'"])
def test_text_in_strings_is_no_comment(quotes: str) -> None:
    close = quotes.lstrip("frb")
    assert left_at(f"x = {quotes}# asynclint: ignore[ARC101]  # noqa{close}\n", 1)


def test_noqa_anywhere_in_the_statement_speaks_for_all_of_it() -> None:
    text = "x = f(\n    a,  # noqa: ARC101\n    b,\n)\ny = 1\n"
    assert [line for line in range(1, 6) if not left_at(text, line)] == [1, 2, 3, 4]


def test_noqa_for_a_whole_file() -> None:
    assert not left_at("x = 1\n\n# flake8: noqa\n", 1)
    assert not left_at("# flake8: noqa: ARC101\nx = 1\n", 2)
    assert left_at("# flake8: noqa: E501\nx = 1\n", 2)


def complaints(text: str, findings: Sequence[Finding] = (), config: Config | None = None) -> list[str]:
    """Return the messages of ARC901."""
    return [left.message for left in applied(text, findings, config).findings if left.code == "ARC901"]


def test_a_suppression_that_suppresses_nothing_is_reported_where_it_stands() -> None:
    (unused,) = applied("x = 1  # asynclint: ignore[ARC101] -- old\n", []).findings
    assert (unused.code, unused.name, unused.severity) == ("ARC901", "unused-suppression", "warning")
    assert unused.message == "the suppression of ARC101 suppresses nothing"
    assert unused.span == Span(1, 8, 1, 42)


def test_only_the_idle_codes_of_a_suppression_are_named() -> None:
    text = "x = 1  # asynclint: ignore[ARC101, ARC102, ARC103]\n"
    assert complaints(text, [finding(1, "ARC102")]) == ["the suppression of ARC101, ARC103 suppresses nothing"]
    assert complaints(text, [finding(1, code) for code in ("ARC101", "ARC102", "ARC103")]) == []


def test_a_suppression_of_what_confidence_hides_is_in_use() -> None:
    assert complaints("x = 1  # asynclint: ignore[ARC101]\n", [finding(1, confidence="low")]) == []


def test_a_code_that_was_not_selected_is_not_called_unused() -> None:
    text = "x = 1  # asynclint: ignore[ARC101]\n"
    assert complaints(text, config=Config(ignore=("ARC101",))) == []
    assert complaints(text, config=Config(select=("ARC102", "ARC901"))) == []
    assert complaints(text, config=Config(select=("ARC101",))) == [], "ARC901 itself was not selected"
    assert complaints(text, config=Config(select=("ARC101", "ARC901"))) != []
    bare = "x = 1  # asynclint: ignore\n"
    assert complaints(bare) == ["the suppression suppresses nothing"]
    assert complaints(bare, config=Config(ignore=("ARC101",))) == []


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("# asynclint: ignore(ARC101)", "malformed"),
        ("# asynclint: ignore ARC101", "malformed"),
        ("# asynclint: ignor[ARC101]", "malformed"),
        ("# asynclint: disable", "malformed"),
        ("# asynclint: ignore[]", "the brackets name no rule"),
        ("# asynclint: ignore[ARC109999]", "there is no rule 'ARC109999' to suppress; did you mean 'ARC"),
        ("# asynclint: ignore[lost-updates]", "did you mean 'lost-update'?"),
    ],
)
def test_a_malformed_suppression_is_told(comment: str, told: str) -> None:
    (message,) = complaints(f"x = 1  {comment}\n", [finding(1)])
    assert told in message


@pytest.mark.parametrize(
    "comment", ["# noqa", "# noqa: ARC101", "# asynclint: the tool", "# asynclint: ignore[ARC101, ARC901]", "# x"]
)
def test_what_is_never_called_unused(comment: str) -> None:
    assert complaints(f"x = 1  {comment}\n") == []


def test_a_file_that_cannot_be_parsed_keeps_its_finding_and_its_comments_are_not_judged() -> None:
    text = "x = (  # asynclint: ignore\n"
    assert applied(text, [finding(1, "ARC902")]).findings == (finding(1, "ARC902"),)


def test_a_file_that_cannot_be_tokenised_to_its_end_is_read_up_to_there() -> None:
    comments = read_comments("x = 1  # noqa\ny = (\n")
    assert [comment.lines for comment in comments] == [(1, 1)]


def test_per_file_ignores_hold_for_matching_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = Config(per_file_ignores=(("tests/", ("ARC101",)), ("*_old.py", ("ARC101", "ARC102"))))
    findings = [
        finding(1, code, path=path) for path in ("tests/a.py", "b_old.py", "c.py") for code in ("ARC101", "ARC102")
    ]
    outcome = suppress(findings, lambda _: "x = 1\n", [], config, rulebook.load())
    assert [(left.path, left.code) for left in outcome.findings] == [
        ("tests/a.py", "ARC102"),
        ("c.py", "ARC101"),
        ("c.py", "ARC102"),
    ]
    assert outcome.suppressed == 3


def test_suppressed_findings_are_counted() -> None:
    text = "x = 1  # asynclint: ignore[ARC101]\ny = 1  # noqa\nz = 1\n"
    outcome = applied(text, [finding(1), finding(2), finding(3)])
    assert (len(outcome.findings), outcome.suppressed) == (1, 2)
