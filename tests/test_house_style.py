"""The house keeps itself: budgets, docstrings, and what must be in step."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclint import rulebook
from asynclint.reporters.explain import rule_table
from tests.support.tree import ROOT

MOST_FILE_LINES = 300
MOST_FUNCTION_LINES = 40

MODULES = sorted((ROOT / "asynclint").rglob("*.py"))
RULES = list(rulebook.load())
CHECKS = ROOT / "asynclint" / "checks"

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def shown(path: Path) -> str:
    """Return a path for the name of a test."""
    return path.relative_to(ROOT).as_posix()


def definitions(tree: ast.AST, public: bool = True) -> Iterator[tuple[Definition, bool]]:
    """Yield all functions and classes, and whether each is public: by its name and those around it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            here = public and not node.name.startswith("_")
            yield node, here
            yield from definitions(node, here and isinstance(node, ast.ClassDef))
        else:
            yield from definitions(node, public)


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_files_and_functions_keep_to_their_budgets(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MOST_FILE_LINES
    for node, _ in definitions(ast.parse(text)):
        if not isinstance(node, ast.ClassDef):
            assert (node.end_lineno or 0) - node.lineno < MOST_FUNCTION_LINES, node.name


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_modules_and_public_definitions_say_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text())
    opening = (ast.get_docstring(tree) or "").partition("\n\n")[0]
    assert opening.endswith((".", "!", "?")), "a module opens with a sentence that says what it holds"
    for node, public in definitions(tree):
        if public:
            docstring = ast.get_docstring(node)
            assert docstring, f"{node.name} has no docstring"
            assert docstring.partition("\n\n")[0].endswith((".", "?", ":")), f"{node.name}: {docstring!r}"


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_types_are_not_waved_through(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"# type: ignore(?!\[[\w-]+(, [\w-]+)*\]  # \S)", text), "an ignore has a code and a reason"
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert "Any" not in names


def checked_codes() -> dict[str, Path]:
    """Return the codes that are stamped on checks, with their modules."""
    stamp = re.compile(r'^@check\("(ARC\d{3})"(?:, need="\w+")?(?:, hope=\w+)?\)$', re.MULTILINE)
    return {code: path for path in sorted(CHECKS.glob("*.py")) for code in stamp.findall(path.read_text())}


def test_each_rule_has_a_check_of_its_name_and_each_check_a_page() -> None:
    from_pages = {rule.code: rule.name.replace("-", "_") for rule in RULES if not rule.code.startswith("ARC9")}
    assert {code: path.stem for code, path in checked_codes().items()} == from_pages


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if not rule.code.startswith("ARC9")], ids=lambda rule: rule.name
)
def test_each_rule_has_fixtures(rule: rulebook.Rule) -> None:
    assert list((ROOT / "tests" / "fixtures" / rule.name).glob("*.py"))


def test_the_table_of_rules_in_the_readme_is_the_rulebook() -> None:
    table = re.search(r"<!-- rules -->\n(.*?)\n<!-- /rules -->", (ROOT / "README.md").read_text(), re.DOTALL)
    assert table is not None
    assert table[1] == rule_table(rulebook.load())


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=shown)
def test_links_in_the_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_modules_named_in_the_architecture_are_there_and_all_are_named() -> None:
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
    named = {name.rstrip("/") for row in rows for name in re.findall(r"`([^`]+)`", row)}
    there = {
        path.stem for path in (ROOT / "asynclint").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert named <= there
    assert there - named <= {"__init__", "__main__", "source", "findings", "errors", "progress"}
