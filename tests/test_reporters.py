"""Holds each report to its golden text, and to its medium's rules about hostile input."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from asynclint import rulebook
from asynclint.findings import Finding, Role
from asynclint.reporters import FORMATS, Format, Report, Summary, render, split_lines
from asynclint.reporters.explain import explain, list_rules, rule_table
from asynclint.reporters.frame import Mark, frame
from asynclint.reporters.interleaving import in_order
from asynclint.reporters.terminal import Paint, display, fit, visible, width
from asynclint.source import Span
from tests.support.golden import check_golden
from tests.support.reports import PATH, across_files, lost_update, note, report, step, torn, unparsable
from tests.support.schema import violations

GOLDEN = Path(__file__).parent / "fixtures" / "reporters"
ESC = "\x1b"

CASES = {
    "window-and-rival": report(lost_update()),
    "one-statement": report(torn()),
    "across-files": report(across_files()),
    "no-source": report(unparsable(), errors=1),
    "several": report(note(), lost_update(), torn(), unparsable(), suppressed=2, errors=1),
    "none": report(),
    "color": report(lost_update(), color=True),
}


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_whole_output(case: str, output_format: Format, update: bool) -> None:
    text = "".join(f"{line}\n" for line in render(CASES[case], output_format))
    check_golden(GOLDEN / f"{case}.{output_format}.txt", text, update)


@pytest.mark.parametrize("output_format", FORMATS)
def test_lines_have_no_newlines_and_no_trailing_space(output_format: Format) -> None:
    for case in CASES.values():
        for line in render(case, output_format):
            assert "\n" not in line
            assert line == line.rstrip()


# What quotes the analysed code must not steer the terminal, the log or the parser that reads it.

HOSTILE = f"a\nb\r,c:d%e::error::{ESC}[31m\u202ered\udc80\u2028"


def hostile() -> Finding:
    """A finding that has hostile text wherever text can stand."""
    base = lost_update()
    trace = tuple(replace(one, path=HOSTILE, function=HOSTILE, note=HOSTILE) for one in base.trace)
    return replace(
        base, path=HOSTILE, message=HOSTILE, function=HOSTILE, trace=trace, evidence=(HOSTILE,), consequence=HOSTILE
    )


def hostile_report() -> Report:
    return Report([hostile()], Summary(1, 1), lambda path: [HOSTILE.replace("\n", " ")] * 30)


@pytest.mark.parametrize("output_format", FORMATS)
def test_hostile_text_is_escaped(output_format: Format) -> None:
    for line in render(hostile_report(), output_format):
        assert line.isprintable()
        line.encode("utf-8")


def test_concise_is_one_line_a_finding() -> None:
    lines = list(render(report(lost_update(), torn()), "concise"))
    assert lines[0] == f"{PATH}:8:9: ARC101 {lost_update().message} [high]"
    assert len(lines) == 2
    assert len(list(render(hostile_report(), "concise"))) == 1


def test_json_carries_hostile_text_unchanged() -> None:
    (finding,) = json.loads("\n".join(render(hostile_report(), "json")))["findings"]
    for key in ("path", "message", "function", "consequence"):
        assert finding[key] == HOSTILE


def test_github_properties_are_unmistakable() -> None:
    (line,) = render(hostile_report(), "github")
    head, _, message = line.removeprefix("::error ").partition("::")
    properties = dict(part.split("=", 1) for part in head.split(","))
    assert properties["file"].startswith("a%0Ab%0D%2Cc%3Ad%25e%3A%3Aerror%3A%3A")
    assert properties["title"] == "ARC101 lost-update"
    assert (properties["line"], properties["endLine"]) == ("8", "8")
    assert (properties["col"], properties["endColumn"]) == ("9", "21")
    assert message.startswith("a%0Ab%0A,c:d%25e")


@pytest.mark.parametrize(("severity", "command"), [("error", "error"), ("warning", "warning"), ("info", "notice")])
def test_github_commands_follow_severity(severity: str, command: str) -> None:
    finding = next(one for one in (lost_update(), torn(), note()) if one.severity == severity)
    assert next(iter(render(report(finding), "github"))).startswith(f"::{command} ")


def test_github_gives_no_columns_for_several_lines() -> None:
    finding = replace(lost_update(), span=Span(8, 9, 9, 3))
    (line,) = render(report(finding), "github")
    assert "line=8,endLine=9," in line
    assert "col=" not in line
    assert "endColumn=" not in line


# JSON


def schema() -> dict[str, object]:
    text = files("asynclint.reporters").joinpath("findings.schema.json").read_text("utf-8")
    loaded = json.loads(text)
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize("case", CASES)
def test_json_follows_the_schema(case: str) -> None:
    data = json.loads("\n".join(render(CASES[case], "json")))
    assert list(violations(data, schema(), schema())) == []


def test_the_schema_refuses_what_the_contract_does_not_name() -> None:
    data = json.loads("\n".join(render(CASES["window-and-rival"], "json")))
    finding = data["findings"][0]
    finding["colour"] = "red"
    del finding["state"]
    finding["line"] = 0
    finding["severity"] = "fatal"
    finding["trace"][0]["role"] = "guess"
    told = list(violations(data, schema(), schema()))
    assert len(told) == 5, told


def test_the_schema_knows_all_roles() -> None:
    defs = schema()["$defs"]
    assert isinstance(defs, dict)
    assert set(defs["step"]["properties"]["role"]["enum"]) == set(get_args(Role))


def test_json_has_the_keys_of_the_contract_in_order() -> None:
    data = json.loads("\n".join(render(CASES["window-and-rival"], "json")))
    assert list(data) == ["findings", "summary"]
    assert data["summary"] == {"files": 12, "findings": 1, "suppressed": 0, "errors": 0}
    finding = data["findings"][0]
    assert (finding["line"], finding["column"], finding["end_line"], finding["end_column"]) == (8, 9, 8, 21)
    assert finding["primitive"] is None
    assert [one["role"] for one in finding["trace"]] == ["read", "suspend", "write", "rival"]
    assert finding["fix"] == {
        "applicability": "safe",
        "title": "read the balance after the await",
        "edits": [{"line": 5, "column": 9, "end_line": 6, "end_column": 1, "text": ""}],
    }


# Frames and columns


def test_a_frame_aligns_under_tabs_and_wide_characters() -> None:
    line = '\tx = "日本" + y  # z'
    column = line.index("y") + 1
    rows = list(frame([line], [Mark(Span(1, column, 1, column + 1), "here", "^", "error")], 1, Paint(False)))
    assert rows[1] == '1 |     x = "日本" + y  # z'
    before = rows[2].index("^")
    assert width(rows[1][: rows[1].index("y")]) == before


def test_a_frame_survives_places_that_the_file_does_not_have() -> None:
    marks = [Mark(Span(1, 50, 1, 60), "far right", "^", "error"), Mark(Span(99, 1, 99, 2), "far down", "-", "place")]
    rows = list(frame(["short"], marks, 2, Paint(False)))
    assert any("far right" in row for row in rows)
    assert any("far down" in row for row in rows)


def test_a_frame_leaves_out_what_lies_between() -> None:
    marks = [Mark(Span(line, 1, line, 2), str(line), "^", "error") for line in (1, 4, 9)]
    rows = list(frame([f"line{number}" for number in range(1, 10)], marks, 1, Paint(False)))
    assert [row.split("| ")[-1] for row in rows if "line" in row] == ["line1", "line2", "line3", "line4", "line9"]
    assert sum("..." in row for row in rows) == 1


def test_a_span_of_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    rows = list(frame(["await f(", "    x)"], [Mark(Span(1, 1, 2, 7), "", "-", "place")], 1, Paint(False)))
    assert rows[2] == "  | --------"


def test_a_rival_listed_last_happens_after_the_last_suspension() -> None:
    assert [one.role for one in in_order(lost_update().trace)] == ["read", "suspend", "rival", "write"]


def test_a_rival_in_its_place_stays_there() -> None:
    read, suspend, write, rival = lost_update().trace
    assert in_order((read, suspend, rival, write)) == [read, suspend, rival, write]


def test_no_rival_no_columns() -> None:
    finding = replace(lost_update(), trace=lost_update().trace[:3])
    assert not any("task 1" in line for line in render(report(finding), "full"))


def test_both_columns_tell_their_task() -> None:
    lines = [line for line in render(report(lost_update()), "full") if "task 1" in line or "runs" in line]
    left, right = lines[0].split("|")
    assert "task 1: Account.deposit" in left
    assert "task 2: Account.close" in right
    assert lines[1].split("|")[0].strip() == ""
    assert lines[1].endswith("self.balance = 0")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("日本 é", "日本 é"),
        (f"{ESC}[0m", "\\x1b[0m"),
        ("\x07\x85\x7f", "\\x07\\x85\\x7f"),
        ("a\tb\nc\r", "a\\tb\\nc\\r"),
        ("\u202e\u200b\ufeff", "\\u202e\\u200b\\ufeff"),
        ("\udcff", "\\udcff"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_display_maps_characters_to_columns() -> None:
    assert display("\ta日b") == ("    a日b", (0, 4, 5, 7, 8))
    assert display("é\x1b") == ("é\\x1b", (0, 1, 5))
    assert display("e\u0301x") == ("e\u0301x", (0, 1, 1, 2))


@pytest.mark.parametrize(
    ("text", "columns", "fitted"), [("ab", 4, "ab  "), ("日本語日本", 8, "日本... "), ("abcdef", 5, "ab...")]
)
def test_fit_is_exact(text: str, columns: int, fitted: str) -> None:
    assert fit(text, columns) == fitted
    assert width(fitted) == columns


def test_lines_are_cut_where_python_cuts_them() -> None:
    assert split_lines("a\r\nb\rc\nd\x0ce\u2028f") == ["a", "b", "c", "d\x0ce\u2028f"]


def test_colours_change_nothing_but_colours() -> None:
    plain = "\n".join(render(report(lost_update(), torn()), "full"))
    painted = "\n".join(render(report(lost_update(), torn(), color=True), "full"))
    assert ESC in painted
    assert ESC not in plain
    stripped = painted
    for part in {part.split("m")[0] for part in painted.split(f"{ESC}[")[1:]}:
        stripped = stripped.replace(f"{ESC}[{part}m", "")
    assert stripped == plain


# explain


def test_explain_prints_the_page() -> None:
    rule = rulebook.load().resolve("ARC101")
    lines = list(explain(rule))
    assert lines[:2] == ["ARC101 lost-update", "error, preview since 0.1"]
    assert rule.summary in lines
    assert [line for line in lines if line in rulebook.SECTIONS] == list(rulebook.SECTIONS)
    assert "    class Account:" in lines
    assert not any("```" in line for line in lines)


def test_rules_are_listed_a_line_each() -> None:
    lines = list(list_rules(rulebook.load()))
    assert [line.split()[0] for line in lines] == list(rulebook.load().codes)
    assert len({line.index(rule.summary) for line, rule in zip(lines, rulebook.load(), strict=True)}) == 1


def test_the_rule_table_links_to_pages() -> None:
    rows = rule_table(rulebook.load()).splitlines()
    assert rows[2].startswith("| [ARC101](rules/ARC101-lost-update.md) | lost-update | Shared state is written")
    assert len(rows) == 2 + len(rulebook.load().rules)


def test_steps_without_source_are_told_by_their_notes() -> None:
    trace = (*lost_update().trace[:3], replace(step("rival", "self.balance", "Account.close"), note="resets it"))
    lines = list(render(Report([replace(lost_update(), trace=trace)], Summary(1, 1)), "full"))
    assert any("runs" in line and line.endswith("resets it") for line in lines)
