"""Runs the rule pages: Bad is found as marked and breaks when run, Good is silent and holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from asynclint import rulebook
from asynclint.errors import AsynclintError
from asynclint.fixes.registry import REMEDIES
from asynclint.rulebook import SECTIONS, Rule
from tests.support.analysis import found_in
from tests.support.expectations import ROLES, mismatches, read_expectations
from tests.support.repairs import repaired

PAGES = Path(__file__).parent.parent / "rules"
RULES = list(rulebook.load())
RACES = [rule for rule in RULES if rule.needs != "none"]
HOUSEKEEPING = [rule for rule in RULES if rule.needs == "none"]

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#]+)\)")
_LONGEST = 120

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
each_race = pytest.mark.parametrize("rule", RACES, ids=lambda rule: rule.code)
each_housekeeping = pytest.mark.parametrize("rule", HOUSEKEEPING, ids=lambda rule: rule.code)


def block(rule: Rule, heading: str) -> str:
    """Return the one python block of a section."""
    blocks = _BLOCK.findall(rule.section(heading) + "\n")
    assert len(blocks) == 1, f"{rule.page}: {heading} must have exactly one python block"
    return str(blocks[0])


@each_race
def test_bad_is_found_as_marked(rule: Rule) -> None:
    text = block(rule, "Bad")
    expected = read_expectations(text)
    assert {mark.code for mark in expected.errors} == {rule.code}
    assert mismatches(expected, found_in(text)) == []


@each_race
def test_good_is_silent(rule: Rule) -> None:
    text = block(rule, "Good")
    assert not read_expectations(text).errors
    assert found_in(text) == []


@each_race
def test_good_is_what_the_fixer_makes_of_bad(rule: Rule) -> None:
    bad = re.sub(rf"  # (error: |({'|'.join(ROLES)})\b).*", "", block(rule, "Bad"))
    done = repaired(bad)
    # A rule that a remedy serves has a page on which the remedy does so.
    assert bool(done.made) == any(rule.code in remedy.codes for remedy in REMEDIES)
    if done.made:
        assert done.text == block(rule, "Good")


@each_race
def test_proof_breaks_bad_and_not_good(rule: Rule) -> None:
    assert _broken(rule, "Bad") is True
    assert _broken(rule, "Good") is False


@each_race
def test_proof_takes_no_real_time(rule: Rule) -> None:
    code = block(rule, "Bad") + block(rule, "Proof") + block(rule, "Good")
    assert set(re.findall(r"sleep\(([^)]*)\)", code)) <= {"0"}
    assert not re.search(r"\b(random|time|threading)\b", code)


@each_race
def test_good_differs_from_bad_in_the_repair_only(rule: Rule) -> None:
    bad, good = block(rule, "Bad"), block(rule, "Good")
    assert re.findall(r"^class .*", bad, re.MULTILINE) == re.findall(r"^class .*", good, re.MULTILINE)
    assert set(re.findall(r"def (\w+)", bad)) <= set(re.findall(r"def (\w+)", good))


@each_housekeeping
def test_housekeeping_bad_is_found_and_good_is_silent(rule: Rule) -> None:
    found = found_in(block(rule, "Bad"))
    assert [finding.code for finding in found] == [rule.code]
    assert found_in(block(rule, "Good")) == []
    if any(rule.code in remedy.codes for remedy in REMEDIES):
        assert repaired(block(rule, "Bad")).text == block(rule, "Good")


@each_rule
def test_page_is_well_written(rule: Rule) -> None:
    assert len(rule.summary) <= _LONGEST
    assert all(len(line) <= _LONGEST for line in rule.text.splitlines())
    assert all(body.strip() for _, body in rule.sections)
    assert rule.text.endswith("\n") and not rule.text.endswith("\n\n")
    assert "- " in rule.section("Known limits")


@each_rule
def test_links_lead_to_pages(rule: Rule) -> None:
    for target in _LINK.findall(rule.text):
        assert (PAGES / target).is_file(), target


def test_codes_and_names_are_used_once() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


def test_every_page_in_the_folder_is_a_rule() -> None:
    assert sorted(path.name for path in PAGES.glob("*.md")) == sorted(rule.page for rule in RULES)


PAGE = """# some-defect (ARC999)

```toml
severity = "error"
status = "preview"
since = "0.1"
needs = "rival"
```

One sentence.

""" + "\n".join(f"## {heading}\n\ntext\n" for heading in SECTIONS)


def test_parse_reads_a_page() -> None:
    rule = rulebook.parse("ARC999-some-defect.md", PAGE)
    assert (rule.code, rule.name, rule.severity, rule.status) == ("ARC999", "some-defect", "error", "preview")
    assert (rule.since, rule.needs, rule.summary) == ("0.1", "rival", "One sentence.")
    assert rule.section("Proof") == "text"


def test_headings_in_code_are_code() -> None:
    page = PAGE.replace("## Proof\n\ntext", "## Proof\n\n```python\n## Not a heading\n```")
    assert "## Not a heading" in rulebook.parse("ARC999-some-defect.md", page).section("Proof")


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("# some-defect (ARC999)", "# Some defect", ":1:", "first line"),
        ("# some-defect (ARC999)", "# other-defect (ARC999)", ":1:", "file name"),
        ("```toml", "```yaml", ":3:", "toml block"),
        ('severity = "error"', 'severity = "fatal"', ":3:", "'fatal', must be one of error, warning, info"),
        ('severity = "error"', "severity = error", ":3:", "cannot be read"),
        ('needs = "rival"\n', "", ":3:", "'needs'"),
        ('needs = "rival"', 'needs = "rival"\ncolour = "red"', ":3:", "'colour'"),
        ('since = "0.1"', 'since = "soon"', ":3:", "'soon'"),
        ("## Proof", "## Evidence", ":8:", "sections must be"),
        ("One sentence.", "", ":8:", "summary"),
    ],
)
def test_a_malformed_page_says_where_and_what(old: str, new: str, where: str, what: str) -> None:
    assert old in PAGE
    with pytest.raises(AsynclintError) as raised:
        rulebook.parse("ARC999-some-defect.md", PAGE.replace(old, new))
    assert str(raised.value).startswith(f"rules/ARC999-some-defect.md{where}")
    assert what in str(raised.value)


def test_a_rule_is_found_by_code_and_by_name() -> None:
    book = rulebook.load()
    assert book.resolve("arc101") is book.resolve("Lost-Update") is book.get("ARC101")
    assert book.get("ARC000") is None


@pytest.mark.parametrize(("wrong", "near"), [("ARC1O1", "ARC101"), ("lost-updates", "lost-update")])
def test_an_unknown_rule_is_answered_with_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(AsynclintError, match=f"did you mean '{near}'"):
        rulebook.load().resolve(wrong)


def test_an_unknown_rule_far_from_all_is_answered_with_the_list() -> None:
    with pytest.raises(AsynclintError, match="asynclint explain"):
        rulebook.load().resolve("qqqqqqqq")


def _broken(rule: Rule, heading: str) -> bool:
    """Run one block with the proof; the pages are our own text."""
    namespace: dict[str, object] = {"__name__": "page"}
    exec(compile(block(rule, heading) + "\n" + block(rule, "Proof"), rule.page, "exec"), namespace)
    return cast(Callable[[], bool], namespace["broken"])()
