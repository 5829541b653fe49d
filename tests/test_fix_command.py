"""`--fix`, `--unsafe-fixes` and `--diff` as the shell sees them, and how files are written."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from asynclint.mending import write
from asynclint.repair import Change, Repaired, repair
from asynclint.writing import WriteError, replace_content
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
    room(tmp_path)
    assert run_asynclint("--fix", "--exit-non-zero-on-fix", "--exit-zero", "room.py", cwd=tmp_path).returncode == 0


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
        assert fix == {"applicability": "safe", "title": "iterate over a snapshot of `self.members`"}
    else:
        assert "= fix (safe): iterate over a snapshot of `self.members`" in out


# Writing


def test_mode_and_links_are_kept(tmp_path: Path) -> None:
    path = room(tmp_path)
    path.chmod(0o750)
    link = tmp_path / "link.py"
    link.symlink_to("room.py")
    replace_content(str(link), ROOM.encode(), FIXED.encode())
    assert link.is_symlink() and path.read_text() == FIXED
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert sorted(os.listdir(tmp_path)) == ["link.py", "room.py"]


def test_a_file_that_changed_is_left_alone(tmp_path: Path) -> None:
    path = room(tmp_path)
    done = _repaired(path)
    path.write_text(ROOM + "\n")
    assert write(done.changes) == [
        f"{done.changes[0].path}: not written: the file changed since it was read; run again"
    ]
    assert path.read_text() == ROOM + "\n"


def test_a_change_while_writing_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = room(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: path.write_text("later"))
    with pytest.raises(WriteError, match="changed"):
        replace_content(str(path), ROOM.encode(), FIXED.encode())
    assert path.read_text() == "later"
    assert os.listdir(tmp_path) == ["room.py"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    path = room(tmp_path)

    def fail(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((WriteError, KeyboardInterrupt)):
        replace_content(str(path), ROOM.encode(), FIXED.encode())
    assert path.read_text() == ROOM
    assert os.listdir(tmp_path) == ["room.py"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="not a regular file"):
        replace_content(str(tmp_path), b"", b"x")
    with pytest.raises(WriteError, match="not there"):
        replace_content(str(tmp_path / "gone.py"), b"", b"x")


def test_a_failure_ends_with_exit_code_2(tmp_path: Path) -> None:
    done = _repaired(room(tmp_path))
    assert write(done.changes) == []
    assert isinstance(done.changes[0], Change)
    assert len(write(done.changes)) == 1


def _repaired(path: Path) -> Repaired:
    from asynclint.config import Config

    return repair([str(path)], Config(jobs=1, root=str(path.parent)), unsafe=False)


# Suppressions


AWKWARD = '''import asyncio


class Meter:
    def __init__(self):
        self.total = 0
        self.text = ""

    async def add(self):
        self.total += await self.measure()

    async def long(self):
        self.text += await self.describe("a text so long that no comment fits behind it any more", 1, 2, 3, 4)

    async def lines(self):
        self.text += await self.describe("""
        """, 1)

    async def known(self):
        self.total += await self.measure()  # asynclint: ignore[ARC102] -- it is one of two

    async def measure(self):
        await asyncio.sleep(0)
        return 1

    async def describe(self, *parts):
        await asyncio.sleep(0)
        return ""


async def main(meter):
    for _ in range(2):
        asyncio.create_task(meter.add())
        asyncio.create_task(meter.long())
        asyncio.create_task(meter.lines())
        asyncio.create_task(meter.known())
'''


def test_ignores_are_added_with_their_reason_and_leave_nothing(tmp_path: Path) -> None:
    path = room(tmp_path, AWKWARD)
    found = run_asynclint("--isolated", "--ignore", "ARC901", "room.py", cwd=tmp_path).stdout
    assert found.count(b"ARC103") == 4
    done = run_asynclint("--isolated", "--add-ignores", "--reason", "one task only", "room.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    text = path.read_text()
    assert "self.measure()  # asynclint: ignore[ARC103] -- one task only\n" in text
    assert "\n        # asynclint: ignore[ARC103] -- one task only\n        self.text +=" in text
    assert '        """, 1)  # asynclint: ignore[ARC103] -- one task only\n' in text
    assert "# asynclint: ignore[ARC102, ARC103] -- it is one of two" in text
    left = run_asynclint("--isolated", "--ignore", "ARC901", "room.py", cwd=tmp_path)
    assert (left.returncode, left.stdout) == (0, b"")


@pytest.mark.parametrize("reason", [[], ["--reason", " "], ["--reason", "see #3"]])
def test_ignores_ask_for_a_reason(tmp_path: Path, reason: list[str]) -> None:
    path = room(tmp_path)
    done = run_asynclint("--isolated", "--add-ignores", *reason, "room.py", cwd=tmp_path)
    assert (done.returncode, path.read_text()) == (2, ROOM)
    assert b"a suppression needs a reason" in done.stderr
