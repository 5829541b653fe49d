"""`--add-ignores --reason`: a suppression at every finding, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from asynclint.config import Config
from asynclint.engine import Revision, lint
from asynclint.ignores import add_ignores
from asynclint.outcome import Outcome
from tests.support.repairs import sources
from tests.support.tree import run_asynclint
from tests.test_fix_command import ROOM, room

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


def test_ignores_are_shown_and_not_written_with_diff(tmp_path: Path) -> None:
    path = room(tmp_path)
    done = run_asynclint("--isolated", "--add-ignores", "--reason", "one task", "--diff", "room.py", cwd=tmp_path)
    assert (done.returncode, path.read_text()) == (1, ROOM)
    assert b"+        for member in self.members:  # asynclint: ignore[ARC104] -- one task\n" in done.stdout
    assert b"would write suppressions into room.py" in done.stderr


def test_what_can_be_repaired_is_not_ignored_in_the_same_run(tmp_path: Path) -> None:
    path = room(tmp_path)
    done = run_asynclint("--isolated", "--add-ignores", "--reason", "one task", "--fix", "room.py", cwd=tmp_path)
    assert (done.returncode, path.read_text()) == (2, ROOM)
    assert b"--add-ignores and --fix" in done.stderr


def test_a_reason_that_the_encoding_cannot_say_is_told(tmp_path: Path) -> None:
    path = room(tmp_path, "# coding: latin-1\n" + ROOM)
    before = path.read_bytes()
    done = run_asynclint("--isolated", "--add-ignores", "--reason", "\u65e5", "room.py", cwd=tmp_path)
    assert (done.returncode, path.read_bytes()) == (2, before)
    assert b"room.py: no suppression written: '" in done.stderr
    assert b"' cannot be written in iso-8859-1" in done.stderr


SOURCES = {name: text for name, text in sources().items() if name.startswith(("fixes/", "ARC"))}


@pytest.mark.parametrize("name", SOURCES)
def test_every_finding_can_be_ignored_and_the_code_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.py").write_text(SOURCES[name])
    config = Config(min_confidence="low", jobs=1, root=str(tmp_path))

    def add(content: dict[str, bytes], outcome: Outcome | None) -> Outcome:
        return lint([str(tmp_path)], config, revision=Revision(outcome, content) if outcome else None)

    first = add({}, None)
    ignored = add_ignores(first, "tried by a test")
    assert not ignored.failures
    content = {change.location: change.after for change in ignored.changes}
    for change in ignored.changes:
        assert ast.dump(ast.parse(change.after)) == ast.dump(ast.parse(change.before))
    after = add(content, first)
    assert [one for one in after.findings if one.code not in ("ARC901", "ARC902")] == []
    assert add_ignores(after, "tried by a test").changes == ()
