"""The findings that were run: the scripts say what they run, and the runner tells apart what they say."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from asynclint import rulebook
from benchmarks.confirmed.__main__ import main
from benchmarks.confirmed.scripts import FOLDER, Script, ScriptError, read_script, read_scripts, table
from tests.support.tree import ROOT

SCRIPTS = read_scripts()
CODES = {rule.code for rule in rulebook.load()}
CLICK = f"click {version('click')}"

HEAD = '''"""A title.

Package: {release}
File: click/core.py
Function: Pool.get
Finding: ARC102 on self.size
Lost: a connection that
    nobody closes
"""

'''


def script(folder: Path, name: str, body: str, release: str = CLICK) -> Path:
    path = folder / f"{name}.py"
    path.write_text(HEAD.format(release=release) + body)
    return path


def test_the_scripts_run_findings_of_several_rules() -> None:
    assert len(SCRIPTS) >= 15
    codes = {one.finding.partition(" on ")[0] for one in SCRIPTS}
    assert codes <= CODES
    assert len(codes) > 5


@pytest.mark.parametrize("one", SCRIPTS, ids=lambda one: one.name)
def test_a_script_says_once_that_it_confirms_and_asserts(one: Script) -> None:
    tree = ast.parse(one.path.read_text())
    (run,) = [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef) and node.name == "main"]
    said = [node.lineno for node in ast.walk(run) if isinstance(node, ast.Call) and "CONFIRMED: " in ast.unparse(node)]
    checks = [node.lineno for node in ast.walk(run) if isinstance(node, ast.Assert | ast.Raise)]
    assert len(said) == 1
    assert checks, "a script that cannot fail confirms nothing"


def test_the_readme_has_the_table() -> None:
    assert table(SCRIPTS) in (FOLDER / "README.md").read_text()


def test_the_package_does_not_import_the_benchmarks() -> None:
    imports = re.compile(r"^\s*(from|import) benchmarks\b", re.MULTILINE)
    assert not [path for path in (ROOT / "asynclint").rglob("*.py") if imports.search(path.read_text("utf-8"))]
    assert imports.search(Path(__file__).read_text("utf-8")), "the pattern finds what it is to find"


def test_a_head_may_run_over_lines(tmp_path: Path) -> None:
    one = read_script(script(tmp_path, "one", ""))
    assert (one.title, one.release, one.lost) == ("A title.", CLICK, "a connection that nobody closes")
    assert one.requirement == CLICK.replace(" ", "==")


def test_a_head_that_lacks_something_is_told(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text('"""A title.\n\nPackage: click 1.0\n"""\n')
    with pytest.raises(ScriptError, match="has to name File, Function, Finding, Lost"):
        read_script(path)


def test_each_outcome_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script(tmp_path, "a_confirms", "print('noise')\nprint('CONFIRMED: twice')\n")
    script(tmp_path, "b_refutes", "assert False, 'once'\n")
    script(tmp_path, "c_lies", "print('CONFIRMED: twice')\nraise SystemExit(1)\n")
    script(tmp_path, "d_hangs", "import time\ntime.sleep(60)\n")
    script(tmp_path, "e_is_silent", "")
    script(tmp_path, "f_is_elsewhere", "", "click 0.1")
    assert main(["--limit", "5"], tmp_path) == 1
    said = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert said["a_confirms"] == "CONFIRMED: twice"
    assert said["b_refutes"] == "not confirmed: AssertionError: once"
    assert said["c_lies"] == "not confirmed: CONFIRMED: twice"
    assert said["d_hangs"] == "not confirmed: it took longer than 5 s"
    assert said["e_is_silent"] == "not confirmed: it said nothing"
    assert said["f_is_elsewhere"] == f"not installed: needs click 0.1, there is {version('click')}"
    assert said["1"] == "confirmed, 4 not confirmed, 1 not installed"


def test_the_exit_code_is_zero_only_if_something_was_confirmed(tmp_path: Path) -> None:
    script(tmp_path, "one", "print('CONFIRMED: twice')\n")
    script(tmp_path, "two", "", "no-such-package-at-all 1.0")
    assert main([], tmp_path) == 0
    assert main(["one"], tmp_path) == 0
    assert main(["two"], tmp_path) == 1
    assert main(["three"], tmp_path) == 1
    assert main(["--python", str(tmp_path / "python")], tmp_path) == 1


def test_what_is_needed_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script(tmp_path, "one", "", "click 0.1")
    assert main(["--requirements", "--python", sys.executable], tmp_path) == 0
    assert capsys.readouterr().out == "click==0.1\n"
    assert main(["--list"], tmp_path) == 0
    assert capsys.readouterr().out.split() == ["one", "click", "0.1", "A", "title."]
