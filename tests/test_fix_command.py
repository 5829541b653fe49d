"""`--fix`, `--unsafe-fixes` and `--diff` as the shell sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asynclint.cli import main
from tests.support.tree import ROOT, run_asynclint, write_tree

SOURCE = (ROOT / "tests/fixtures/fixes/snapshot/loops.py").read_text("utf-8")
ROOM = """import asyncio


class Room:
    def __init__(self) -> None:
        self.members = {"ann", "bob"}

    async def broadcast(self) -> None:
        for member in self.members:
            await asyncio.sleep(len(member))

    def leave(self, member: str) -> None:
        self.members.discard(member)

    def open(self) -> None:
        for _ in range(3):
            asyncio.create_task(self.broadcast())
"""
FIXED = ROOM.replace("in self.members:", "in list(self.members):")
BACKLOG = """import asyncio


class Backlog:
    def __init__(self) -> None:
        self.rows = ["a"]

    async def work(self) -> None:
        for row in self.rows:
            await self.done(row)

    async def done(self, row: str) -> None:
        await asyncio.sleep(0)
        if row in self.rows:
            self.rows.remove(row)
"""


def room(folder: Path, text: str = ROOM) -> Path:
    """Write a file with one finding that a safe fix repairs."""
    write_tree(folder, {"room.py": text})
    return folder / "room.py"


def test_fix_writes_and_says_what_it_did(tmp_path: Path) -> None:
    path = room(tmp_path)
    done = run_asynclint("--fix", "--isolated", "room.py", cwd=tmp_path)
    assert (done.returncode, done.stdout, path.read_text()) == (0, b"", FIXED)
    assert b"repaired room.py: ARC104: iterate over a snapshot of `self.members` (safe)" in done.stderr
    assert b"repaired 1 in 1 file, 0 left" in done.stderr


def test_exit_non_zero_on_fix(tmp_path: Path) -> None:
    path = room(tmp_path)
    assert run_asynclint("--fix", "--exit-non-zero-on-fix", "room.py", cwd=tmp_path).returncode == 1
    assert path.read_text() == FIXED
    assert run_asynclint("--fix", "--exit-non-zero-on-fix", "room.py", cwd=tmp_path).returncode == 0
    done = run_asynclint("--fix", "--exit-non-zero-on-fix", "--exit-zero", "room.py", cwd=tmp_path)
    assert (done.returncode, b"contradict each other" in done.stderr) == (2, True)


BOTH = ROOM + BACKLOG.replace("import asyncio\n", "")


@pytest.mark.parametrize(
    ("text", "plain", "fix", "strict", "diff"),
    [(ROOM, 1, 0, 1, 1), (BOTH, 1, 1, 1, 1), (BACKLOG, 1, 1, 1, 0), (FIXED, 0, 0, 0, 0)],
    ids=["all can be repaired", "some are left", "all are left", "clean"],
)
def test_exit_codes_are_those_of_ruff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, plain: int, fix: int, strict: int, diff: int
) -> None:
    monkeypatch.chdir(tmp_path)

    def code(*options: str) -> object:
        room(tmp_path, text)
        with pytest.raises(SystemExit) as done:
            main(["--isolated", "--no-cache", "--quiet", *options, "room.py"])
        return done.value.code

    # As read off ruff 0.17 with F401, which it repairs, and F821, which it does not.
    assert (code(), code("--exit-non-zero-on-fix")) == (plain, plain)
    assert (code("--fix"), code("--fix", "--exit-non-zero-on-fix")) == (fix, strict)
    assert {code("--diff"), code("--fix", "--diff"), code("--diff", "--exit-non-zero-on-fix")} == {diff}
    assert {code(*one, "--exit-zero") for one in ((), ("--fix",), ("--diff",))} == {0}


def test_diff_shows_and_writes_nothing(tmp_path: Path) -> None:
    path = room(tmp_path)
    done = run_asynclint("--diff", "room.py", cwd=tmp_path)
    assert (done.returncode, path.read_text()) == (1, ROOM)
    lines = done.stdout.decode().splitlines()
    assert lines[:2] == ["--- room.py", "+++ room.py"]
    assert [line for line in lines[2:] if line[0] in "+-"] == [
        "-        for member in self.members:",
        "+        for member in list(self.members):",
    ]
    assert b"would repair 1 in 1 file" in done.stderr
    room(tmp_path, FIXED)
    assert run_asynclint("--diff", "room.py", cwd=tmp_path).returncode == 0


def test_unsafe_fixes_are_asked_for(tmp_path: Path) -> None:
    path = room(tmp_path, BACKLOG)
    done = run_asynclint("--fix", "--isolated", "room.py", cwd=tmp_path)
    assert (done.returncode, path.read_text()) == (1, BACKLOG)
    assert b"1 of them can be repaired with --unsafe-fixes" in done.stderr
    done = run_asynclint("--fix", "--unsafe-fixes", "--isolated", "room.py", cwd=tmp_path)
    assert path.read_text() == BACKLOG.replace("row in self.rows:", "row in list(self.rows):", 1)
    assert b"repaired 1 in 1 file" in done.stderr


def test_unsafe_fixes_alone_change_nothing(tmp_path: Path) -> None:
    path = room(tmp_path)
    assert run_asynclint("--unsafe-fixes", "room.py", cwd=tmp_path).returncode == 1
    assert path.read_text() == ROOM


def test_what_cannot_be_repaired_is_told_with_its_reason(tmp_path: Path) -> None:
    path = room(tmp_path, ROOM.replace("broadcast(self)", "broadcast(self, list: object)"))
    before = path.read_text()
    done = run_asynclint("--fix", "--output-format", "json", "room.py", cwd=tmp_path)
    assert (done.returncode, path.read_text()) == (1, before)
    assert b"not repaired room.py:9: ARC104: the code has a variable of its own named list" in done.stderr
    assert json.loads(done.stdout)["summary"]["findings"] == 1


def test_standard_input_goes_to_standard_output(tmp_path: Path) -> None:
    done = run_asynclint("--fix", "-", cwd=tmp_path, stdin=ROOM.encode())
    assert (done.returncode, done.stdout.decode()) == (0, FIXED)
    done = run_asynclint("--fix", "-", cwd=tmp_path, stdin=FIXED.encode())
    assert (done.returncode, done.stdout.decode()) == (0, FIXED)


@pytest.mark.parametrize("output_format", ["full", "json"])
def test_reports_name_the_fix(tmp_path: Path, output_format: str) -> None:
    room(tmp_path)
    out = run_asynclint("--output-format", output_format, "room.py", cwd=tmp_path).stdout.decode()
    if output_format == "json":
        fix = json.loads(out)["findings"][0]["fix"]
        assert (fix["applicability"], fix["title"]) == ("safe", "iterate over a snapshot of `self.members`")
    else:
        assert "= fix (safe): iterate over a snapshot of `self.members`" in out
