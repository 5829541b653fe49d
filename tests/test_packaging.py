"""What is shipped: each way of installing carries the rule pages and runs."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.tree import ROOT, write_tree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUILD = "import sys; from hatchling import build; print(getattr(build, sys.argv[1])(sys.argv[2]))"
UNUSED = "x = 1  # asynclint: ignore[ARC101]\n"


def build(kind: str, source: Path, into: Path) -> Path:
    """Build a wheel, an editable wheel or an sdist as an installer does, by the build backend's hooks."""
    command = [sys.executable, "-c", BUILD, f"build_{kind}", str(into)]
    built = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return into / built.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist of the checkout."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the sdist."""
    into = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(into, filter="data")
    return next(into.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of the checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def environment(folder: Path, wheel: Path) -> Path:
    """Make a fresh environment that holds a wheel, and finds our dependencies where the tests have them.

    A path in a .pth file is a plain entry of `sys.path`: an editable install of the checkout there is not followed.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = (folder / "lib").glob("python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    dependencies = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (packages / "dependencies.pth").write_text("\n".join(dependencies))
    return folder / "bin" / "python"


def run(python: Path | str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with nothing of the checkout in its way."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(
        [str(python), *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def assert_works(python: Path | str, outside: Path) -> None:
    """Check that the rule pages are there and that a file can be linted."""
    write_tree(outside, {"a.py": UNUSED, ".git/HEAD": ""})
    listed = run(python, "-m", "asynclint", "explain", cwd=outside)
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[0] for line in listed.stdout.splitlines()] == page_codes()
    linted = run(python, "-m", "asynclint", "a.py", cwd=outside)
    assert (linted.returncode, linted.stderr) == (1, "")
    assert linted.stdout.startswith("a.py:1:8: ARC901 ")


def page_codes() -> list[str]:
    """Return the codes of the checkout's pages."""
    return sorted(path.name.partition("-")[0] for path in (ROOT / "rules").glob("ARC*.md"))


def test_the_wheel_holds_what_is_needed_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    pages = {f"asynclint/rules/{path.relative_to(ROOT / 'rules').as_posix()}" for path in data_files(ROOT / "rules")}
    code = {path.relative_to(ROOT).as_posix() for path in data_files(ROOT / "asynclint")}
    metadata = {name for name in names if ".dist-info/" in name}
    assert names - metadata == pages | code
    assert "asynclint/py.typed" in names
    assert "asynclint/reporters/findings.schema.json" in names


def data_files(folder: Path) -> list[Path]:
    """Return the files below a folder that git would keep."""
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_the_wheel_runs_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv", wheel)
    shown = run(python, "-c", "import asynclint; print(asynclint.__file__)", cwd=tmp_path)
    assert shown.stdout.startswith(str(tmp_path / "venv"))
    assert_works(python, tmp_path / "outside")


def test_a_wheel_made_from_the_sdist_is_the_same(wheel: Path, unpacked: Path, tmp_path: Path) -> None:
    again = build("wheel", unpacked, tmp_path)
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_the_sdist_holds_the_tests(unpacked: Path) -> None:
    assert (unpacked / "tests" / Path(__file__).name).is_file()
    assert (unpacked / "README.md").is_file()


def test_an_editable_install_uses_the_pages_of_the_checkout(unpacked: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv", build("editable", unpacked, tmp_path))
    assert_works(python, tmp_path / "outside")
    page = next((unpacked / "rules").glob("ARC101-*.md"))
    page.write_text(page.read_text().replace("## Why it matters\n", "## Why it matters\n\nEdited in place.\n"))
    assert "Edited in place." in run(python, "-m", "asynclint", "explain", "ARC101", cwd=tmp_path).stdout


def test_a_checkout_runs_as_it_stands(unpacked: Path, tmp_path: Path) -> None:
    environment(tmp_path / "venv", build("wheel", unpacked, tmp_path))
    write_tree(tmp_path, {"a.py": UNUSED, ".git/HEAD": ""})
    linted = run(sys.executable, "-m", "asynclint", str(tmp_path / "a.py"), cwd=unpacked)
    assert (linted.returncode, linted.stderr) == (1, "")


def test_a_zipped_package_runs(wheel: Path, tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(wheel)!r}); from asynclint.cli import main; main(['explain'])"
    listed = run(sys.executable, "-c", code, cwd=tmp_path)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == page_codes()


def test_the_readme_has_the_two_commands_that_ci_runs() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    assert all(block.count("\n") == 1 for block in blocks)
    assert "install" in blocks[0]
    assert "asynclint " in blocks[0]
    assert "pytest" in blocks[1]
    script = (ROOT / ".ci" / "run").read_text()
    assert "$(readme 1)" in script
    assert "$(readme 2)" in script


def _imported(node: ast.stmt) -> list[str]:
    """Return the packages that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    return [(node.module or "").split(".")[0]] if isinstance(node, ast.ImportFrom) else []


def test_what_tests_import_is_in_the_test_group() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = {*project["project"]["dependencies"], *project["dependency-groups"]["test"]}
    names = {re.match(r"[\w-]+", one).group() for one in declared}  # type: ignore[union-attr]  # every one has a name
    imported = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        if "fixtures" not in path.parts
        for node in ast.parse(path.read_text("utf-8")).body
        for name in _imported(node)
    }
    outside = imported - set(sys.stdlib_module_names) - {"asynclint", "tests", "benchmarks"}
    assert outside <= names


def test_the_hooks_name_a_command_that_is_there() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    entries = re.findall(r"^  entry: (.*)$", hooks, re.MULTILINE)
    assert len(entries) == hooks.count("- id: ") == 2
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    for entry in entries:
        script, *arguments = entry.split()
        assert script in scripts
        assert run(sys.executable, "-m", script, *arguments, "--help", cwd=ROOT).returncode == 0
