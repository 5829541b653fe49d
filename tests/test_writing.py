"""How files are written: whole or not at all, never over somebody else's change."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from asynclint.cli import main
from asynclint.config import Config
from asynclint.mending import write
from asynclint.repair import Repaired, repair
from asynclint.writing import WriteError, replace_content
from tests.support.tree import ROOT, write_tree
from tests.test_fix_command import FIXED, ROOM, room


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
    (change,) = done.changes
    told = f"{change.path}: not written: the file changed since it was read; run again"
    assert write(done.changes) == {change.path: told}
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


def test_a_failure_is_told_and_ends_with_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"a.py": ROOM, "b.py": ROOM})

    def fail(temporary: str, target: str) -> None:
        if target.endswith("a.py"):
            raise OSError(28, "No space left on device")
        replace(temporary, target)

    replace = os.replace
    monkeypatch.setattr(os, "replace", fail)
    code, told = _run(tmp_path, monkeypatch)
    assert (code, (tmp_path / "a.py").read_text(), (tmp_path / "b.py").read_text()) == (2, ROOM, FIXED)
    assert "a.py: not written: the file cannot be written: no space left on device" in told
    # What was not written was not repaired.
    assert "repaired a.py" not in told.replace("not repaired a.py", "")
    assert "not repaired a.py: ARC104: the file could not be written" in told
    assert "repaired 1 in 1 file, 1 left" in told
    assert sorted(os.listdir(tmp_path)) == ["a.py", "b.py"]


def test_an_interrupt_leaves_whole_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"m{number}.py" for number in range(4)]
    write_tree(tmp_path, dict.fromkeys(names, ROOM))
    calls = []

    def interrupt(temporary: str, target: str) -> None:
        calls.append(target)
        if len(calls) == 3:
            raise KeyboardInterrupt
        replace(temporary, target)

    replace = os.replace
    monkeypatch.setattr(os, "replace", interrupt)
    code, told = _run(tmp_path, monkeypatch)
    assert (code, told.strip()) == (130, "asynclint: interrupted")
    assert [(tmp_path / name).read_text() for name in names] == [FIXED, FIXED, ROOM, ROOM]
    assert sorted(os.listdir(tmp_path)) == names


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = room(tmp_path)
    # No file may grow beyond a hundred bytes: the system refuses in the middle of the writing.
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
        "sys.argv = ['asynclint', '--fix', '--isolated', 'room.py']; runpy.run_module('asynclint', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, path.read_text()) == (2, ROOM)
    assert b"room.py: not written: the file cannot be written: file too large" in done.stderr
    assert [name for name in os.listdir(tmp_path) if "cache" not in name] == ["room.py"]


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user to whom permissions matter, where the tests are run by one to whom they do not."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.parametrize(("folder_mode", "mode"), [(0o555, 0o666), (0o777, 0o444)], ids=["folder", "file"])
def test_what_may_not_be_written_is_left(tmp_path: Path, folder_mode: int, mode: int) -> None:
    folder = tmp_path / "in"
    path = room(folder)
    path.chmod(mode)
    folder.chmod(folder_mode)
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(above.stat().st_mode | 0o055)
    with nobody(), pytest.raises(WriteError, match="permission denied"):
        replace_content(str(path), ROOM.encode(), FIXED.encode())
    assert (path.read_text(), os.listdir(folder)) == (ROOM, ["room.py"])
    folder.chmod(0o755)


def _run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[object, str]:
    """Run `--fix` over a folder in this process; return the exit code and what was told."""
    told = io.StringIO()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "stderr", told)
    with pytest.raises(SystemExit) as done:
        main(["--fix", "--isolated", "--no-cache", "--jobs", "1", "."])
    return done.value.code, told.getvalue()


def _repaired(path: Path) -> Repaired:
    return repair([str(path)], Config(jobs=1, root=str(path.parent)), unsafe=False)
