"""Hostile input: each gives a clear sentence, the others are still linted, and nothing hangs."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclint import engine, reading, reuse, surveyor, workers
from asynclint.analysis import Told, guarded
from asynclint.config import Config
from asynclint.discovery import discover
from asynclint.engine import lint
from asynclint.errors import UnreadableError
from asynclint.findings import Finding
from asynclint.outcome import Outcome
from asynclint.survey import survey as real_survey
from asynclint.workers import Lost
from benchmarks.fuzz.checking import check
from benchmarks.fuzz.growing import grown
from benchmarks.fuzz.mutating import mutants
from tests.support.tree import ROOT, write_tree

UNUSED = "x = 1  # asynclint: ignore[ARC101]\n"

DEEP = "async def f(self):\n    self.x = " + "(" * 3_000 + "1" + ")" * 3_000 + "\n"
LONG = "async def f(self):\n    self.x = " + " + ".join(["self.x"] * 20_000) + "\n"
ATTRIBUTES = "async def f(self):\n    self.x = a" + ".b()" * 5_000 + "\n"
UNARY = "async def f(self):\n    self.x = " + "not " * 5_000 + "1\n"
INDENTED = "\n".join(" " * depth + "if x:" for depth in range(400)) + "\n" + " " * 400 + "x = 1\n"
ELIFS = "if x:\n    pass\n" + "elif x:\n    pass\n" * 3_000


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with one file that has one finding, as the working directory."""
    monkeypatch.chdir(tmp_path)
    write_tree(tmp_path, {"zz_other.py": UNUSED})
    return tmp_path


def told(outcome: Outcome) -> str:
    """Check that the other file was linted; return the one sentence about the hostile one, with its place."""
    *hostile, other = outcome.findings
    assert (other.path, other.code) == ("zz_other.py", "ARC901")
    assert outcome.exit_code == 1
    (finding,) = hostile
    assert finding.code == "ARC902"
    return f"{finding.path}:{finding.span.line}:{finding.span.column}: {finding.message}"


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        ("async def f(:\n    pass\n", "a.py:1:13", "invalid syntax"),
        ("def f():\nreturn 1\n", "a.py:2:1", "indent"),
        ("x = 1\ny = '\n", "a.py:2:5", "unterminated string"),
        (b"x = 1\n\0", "a.py:2:1", "null byte"),
        (b"x = 1\ny = '\xff'\n", "a.py:2:6", "byte 0xff at offset 11 is not valid utf-8"),
        (b"# coding: klingon\n", "a.py:1:1", "unknown encoding: klingon"),
        ("x = [\n" + "'0123456789abcdef',\n" * 530_000 + "]\n", "a.py:1:1", "bytes, more than the 4,000,000 allowed"),
        (DEEP, "a.py:2", "nest"),
    ],
    ids=["syntax", "indentation", "string", "null", "utf-8", "encoding", "10 MB", "3,000 parentheses"],
)
def test_a_file_that_cannot_be_analysed_is_told(tree: Path, content: str | bytes, place: str, words: str) -> None:
    write_tree(tree, {"a.py": content})
    began = time.monotonic()
    sentence = told(lint(["."], Config(jobs=1)))
    assert sentence.startswith(place)
    assert words in sentence.lower()
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "content", [LONG, ATTRIBUTES, UNARY, INDENTED, ELIFS], ids=["sum", "calls", "not", "if", "elif"]
)
def test_deep_code_is_linted_or_refused_but_neither_hangs_nor_dies(tree: Path, content: str) -> None:
    write_tree(tree, {"a.py": content})
    began = time.monotonic()
    outcome = lint(["."], Config(jobs=1))
    assert [finding.path for finding in outcome.findings][-1] == "zz_other.py"
    assert outcome.problems == ()
    assert {finding.code for finding in outcome.findings if finding.path == "a.py"} <= {"ARC902"}
    assert time.monotonic() - began < 20


def test_an_integer_that_python_writes_no_text_of_is_read(tree: Path) -> None:
    longest = "0x" + "f" * 6_000
    text = f"class A:\n    n: {longest} = 1\n\n    def f(self):\n        self.d[{longest}] = {longest}\n"
    write_tree(tree, {"a.py": text})
    outcome = lint(["."], Config(jobs=1))
    assert outcome.problems == ()
    assert [finding.path for finding in outcome.findings] == ["zz_other.py"]


def test_a_link_that_leads_to_itself_is_told(tree: Path) -> None:
    (tree / "a.py").symlink_to("a.py")
    assert told(lint(["."], Config())) == "a.py:1:1: the link cannot be followed: too many levels of symbolic links"
    outcome = lint(["a.py", "zz_other.py"], Config())
    assert outcome.exit_code == 2
    assert outcome.problems == ("a.py: too many levels of symbolic links",)
    assert [finding.path for finding in outcome.findings] == ["zz_other.py"]


def test_a_link_that_leads_nowhere_is_told(tree: Path) -> None:
    (tree / "a.py").symlink_to("gone.py")
    assert told(lint(["."], Config())) == "a.py:1:1: the link cannot be followed: it is not there, or leads to nothing"


def test_folders_that_link_to_each_other_end(tree: Path) -> None:
    write_tree(tree, {"a/x.py": "", "b/y.py": ""})
    (tree / "a/b").symlink_to(tree / "b")
    (tree / "b/a").symlink_to(tree / "a")
    assert [file.path for file in discover(["."], Config()).requested] == ["a/x.py", "b/y.py", "zz_other.py"]


def test_a_missing_path_is_told_and_the_others_are_linted(tree: Path) -> None:
    outcome = lint(["nope.py", "zz_other.py"], Config())
    assert outcome.exit_code == 2
    assert outcome.problems == ("nope.py: no such file or folder",)
    assert [finding.path for finding in outcome.findings] == ["zz_other.py"]


def test_an_unreadable_file_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root reads whatever the mode says, so the refusal comes from the call itself.
    write_tree(tree, {"a.py": "x = 1\n"})
    really = reading.open if hasattr(reading, "open") else open

    def refuse(location: str, mode: str, buffering: int) -> object:
        if location.endswith("a.py"):
            raise PermissionError(13, "Permission denied", location)
        return really(location, mode, buffering)

    monkeypatch.setattr(reading, "open", refuse, raising=False)
    assert told(lint(["."], Config(jobs=1))) == "a.py:1:1: the file cannot be read: permission denied"


def test_an_unreadable_folder_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"a/x.py": ""})
    really = os.scandir

    def refuse(folder: str) -> object:
        if folder.endswith("/a"):
            raise PermissionError(13, "Permission denied", folder)
        return really(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert told(lint(["."], Config(jobs=1))) == "a:1:1: the folder cannot be listed: permission denied"


def test_a_file_that_is_gone_when_it_is_read_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"a.py": "x = 1\n"})
    really = discover

    def discover_then_delete(*arguments: object) -> object:
        found = really(*arguments)  # type: ignore[arg-type]  # passed on as it came
        (tree / "a.py").unlink()
        return found

    monkeypatch.setattr(engine, "discover", discover_then_delete)
    assert told(lint(["."], Config(jobs=1))).startswith("a.py:1:1: the file cannot be read: it is not there")


def test_a_file_that_changes_while_it_is_read_is_read_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"a.py": "x = 1\n"})
    changes = iter(["def f(:\n", None])
    monkeypatch.setattr(reading, "_read_once", interfered(tree / "a.py", changes))
    outcome = lint(["."], Config(jobs=1))
    assert "invalid syntax" in told(outcome).lower(), "what was written last is what was linted"


def test_a_file_that_keeps_changing_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"a.py": "x = 1\n"})
    changes = iter(f"x = {number}  # {'x' * number}\n" for number in range(10, 100))
    monkeypatch.setattr(reading, "_read_once", interfered(tree / "a.py", changes))
    assert told(lint(["."], Config(jobs=1))) == "a.py:1:1: the file kept changing while it was read; run again"


def interfered(path: Path, changes: object) -> object:
    """Return `_read_once` with somebody writing to a file between its open and its read."""
    really_fstat, once = os.fstat, reading._read_once

    def read_once(location: str, limit: int) -> bytes | None:
        if location != str(path):
            return once(location, limit)

        def fstat_then_write(descriptor: int) -> os.stat_result:
            result = really_fstat(descriptor)
            content = next(changes, None)  # type: ignore[call-overload]  # an iterator of texts
            if content is not None:
                path.write_text(content)
            return result

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fstat", fstat_then_write)
            return once(location, limit)

    return read_once


def test_a_file_that_changes_between_survey_and_analysis_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"a.py": "x = 1  # asynclint: ignore\n"})
    really = surveyor.survey_all

    def survey_then_write(*arguments: object) -> object:
        surveyed = really(*arguments)  # type: ignore[arg-type]  # passed on as it came
        write_tree(tree, {"a.py": "y = 2  # asynclint: ignore\n"})
        return surveyed

    monkeypatch.setattr(reuse, "survey_all", survey_then_write)
    assert told(lint(["."], Config(jobs=1))) == "a.py:1:1: the file changed while it was being analysed; run again"


def answer(item: str) -> str:
    """Do what an item asks for; in a worker process."""
    if item == "die":
        os._exit(1)
    if item == "hang":
        time.sleep(60)
    return item.upper()


@pytest.mark.parametrize("jobs", [2, 3])
def test_an_item_that_kills_its_worker_is_lost_alone(jobs: int) -> None:
    items = ["a"] * 20 + ["die"] + ["b"] * 20 + ["die", "c"]
    answers = dict(workers.run(answer, items, jobs))
    assert sorted(index for index, one in answers.items() if isinstance(one, Lost)) == [20, 41]
    assert sorted(answers) == list(range(len(items)))
    assert answers[40] == "B"
    assert answers[42] == "C"


def test_an_item_that_takes_too_long_is_lost_alone() -> None:
    items = ["a", "hang", *["b"] * 30]
    began = time.monotonic()
    answers = dict(workers.run(answer, items, 2, time_limit=0.5))
    assert answers[1] == Lost("it took longer than 0.5 s")
    assert [one for index, one in sorted(answers.items()) if index != 1] == ["A", *["B"] * 30]
    assert time.monotonic() - began < 20


def test_a_file_that_kills_its_worker_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"a.py": "x = 1\n"})
    really = real_survey

    def survey(path: str, text: str) -> object:
        if path == "a.py":
            os._exit(1)
        return really(path, text)

    monkeypatch.setattr(surveyor, "survey", survey)
    monkeypatch.setattr(surveyor, "WORTH_SPREADING", 0)
    sentence = told(lint(["."], Config(jobs=2)))
    assert sentence == "a.py:1:1: the file was given up: the process that analysed it died"


def test_a_defect_in_the_survey_is_told_and_the_others_are_linted(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"a.py": "x = 1\n"})
    really = real_survey

    def survey(path: str, text: str) -> object:
        if path == "a.py":
            raise KeyError("oops")
        return really(path, text)

    monkeypatch.setattr(surveyor, "survey", survey)
    outcome = lint(["."], Config(jobs=1))
    assert outcome.exit_code == 2
    assert [finding.path for finding in outcome.findings] == ["zz_other.py"]
    (problem,) = outcome.problems
    assert problem.startswith("a.py: asynclint failed here: KeyError: 'oops' (at surveyor.py:")


def test_a_file_found_unreadable_in_the_analysis_is_told_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"a.py": "x = 1\n"})

    def refuses() -> list[Finding]:
        raise UnreadableError("too deep", 1, 5)

    def analyse(*_: object) -> Iterator[Told]:
        for function in ("f", "g"):
            yield Told("a.py", tuple(guarded("a.py", function, refuses)))

    monkeypatch.setattr(reuse.Reuse, "analyse", analyse)
    assert told(lint(["."], Config(jobs=1))) == "a.py:1:5: too deep"


def spins(_: object) -> str:
    """Compute without end."""
    while True:
        pass


def test_an_item_that_computes_without_end_is_lost_even_alone() -> None:
    assert dict(workers.run(spins, ["a"], 1, cpu_limit=1, apart=True)) == {
        0: Lost("it took more than 1 s of computing")
    }


GO = "    def go(self):\n        for _ in range(3):\n            asyncio.create_task(self.f())\n"
ENDLESS = """
import asynclint.analysis as analysis
from asynclint.cli import main

really = analysis.examine

def examine(linker, function, codes, least):
    while function.path == "a.py":
        pass
    return really(linker, function, codes, least)

analysis.examine = examine
analysis.SECONDS_FOR_A_FILE = 1
analysis.WORTH_GUARDING = 1
main([".", "--jobs", "1", "--no-cache"])
"""


def test_a_file_that_takes_too_long_is_told_and_the_others_are_linted(tree: Path) -> None:
    race = "class A:\n    async def f(self):\n        n = self.n\n        await g()\n        self.n = n + 1\n\n" + GO
    write_tree(tree, {"a.py": race, "b.py": race})
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", ENDLESS], cwd=tree, env=env, capture_output=True, timeout=60, check=False
    )
    assert run.returncode == 1, run.stderr
    told = [line.split(" ", 2)[:2] for line in run.stdout.decode().splitlines()]
    assert told == [["a.py:1:1:", "ARC902"], ["b.py:5:9:", "ARC101"], ["zz_other.py:1:8:", "ARC901"]]
    assert b"it took more than 1 s of computing" in run.stdout


NESTED = "".join(f"{' ' * depth}def f{depth}():\n" for depth in range(95)) + " " * 95 + "pass\n"
LAMBDAS = "x = " + "lambda: " * 5_000 + "1\n"
WIDE = "async def f(self):\n    self.x = '" + "a" * 1_000_000 + "'\n    await x\n"
CYCLE = "class A(B): pass\nclass B(C): pass\nclass C(A):\n    async def f(self):\n        await self.f()\n"


STAIRS = "".join(f"{' ' * depth}def f{depth}():\n" for depth in range(2_000)) + " " * 2_000 + "pass\n"
MANY_BRANCHES = (
    "async def f(self):\n    n = self.x\n" + "    if a:\n        b = 1\n" * 100_000 + "    self.x = await g(n)\n"
)


@pytest.mark.parametrize(
    "content",
    [NESTED, LAMBDAS, WIDE, CYCLE, STAIRS, MANY_BRANCHES],
    ids=["scopes", "lambdas", "1 MB line", "bases", "2,000 nested functions", "100,000 branches"],
)
def test_crafted_files_are_linted_or_refused_in_time(tree: Path, content: str) -> None:
    write_tree(tree, {"a.py": content})
    began = time.monotonic()
    outcome = lint(["."], Config(jobs=1))
    assert outcome.problems == ()
    assert {finding.code for finding in outcome.findings if finding.path == "a.py"} <= {"ARC902"}
    assert time.monotonic() - began < 20


def test_modules_that_import_and_inherit_in_a_circle_end(tree: Path) -> None:
    for number in range(20):
        following = (number + 1) % 20
        text = f"from m{following} import *\nfrom m{following} import A{following}\nclass A{number}(A{following}):\n"
        write_tree(tree, {f"m{number}.py": text + "    async def f(self):\n        n = self.n\n        await q(n)\n"})
    assert lint(["."], Config(jobs=1)).problems == ()


@pytest.mark.parametrize("output_format", ["full", "concise", "json", "github"])
def test_hostile_names_and_sources_reach_no_terminal(tmp_path: Path, output_format: str) -> None:
    name = "a\nb\x1b[31m\u202e::error::%0A,c:.py"
    source = "class A:\n    async def f(self):\n        self.x += await g('\x1b[31m', '\u202e')\n"
    write_tree(tmp_path, {name: source, "\x07.py": "def f(:\n"})
    arguments = ["--output-format", output_format, "--min-confidence", "low", "--no-cache", "."]
    run = subprocess.run(
        [sys.executable, "-m", "asynclint", *arguments],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 1, run.stderr
    told = run.stdout.decode()
    assert {"ARC103", "ARC902"} <= set(re.findall(r"ARC\d+", told))
    assert all(line.isprintable() for line in told.splitlines())
    assert not any(line.startswith("b") for line in told.splitlines()), "the name breaks no line"


def nested(depth: int, head: str, last: str) -> str:
    """Return statements within each other."""
    lines = ["    " * level + head for level in range(depth)]
    return "\n".join([*lines, *("    " * depth + line for line in last.splitlines())])


def unwound(depth: int, last: str, inner: str) -> str:
    """Return a statement in so many `try`, each with a `finally` that does something and gives way."""
    ends = [
        "    " * level + line
        for level in reversed(range(depth))
        for line in ("finally:", *(f"    {one}" for one in inner.splitlines()))
    ]
    return "\n".join([nested(depth, "try:", last), *ends])


MANY_WAYS = {
    "finally": unwound(17, "await g()", "self.x += 1\nawait g()"),
    "leaving": unwound(
        16, "for b in a:\n    if b: return n\n    if self.y: break\n    await g()", "await g()\nself.x = n"
    ),
    "loops": nested(17, "while self.x:", "await g()\nself.x = n"),
    "branches": "if self.x:\n    await g()\nelse:\n    n = self.x\n" * 60,
    "comprehensions": "await g()\nself.x = " + "[" * 60 + "n" + " for b in a]" * 60,
    "conditions": "if " + " or ".join(["(self.x and a)"] * 300) + ":\n    await g()\n    self.x = n",
    "helpers": "await self.h0()\nself.x = n",
    "tasks": "\n".join(f"t{one} = asyncio.create_task(g())" for one in range(12))
    + "\n"
    + nested(17, "with a:", "await b\nself.x = n"),
}
"""Methods with ways through them, or calls below them, that are far too many to be followed one by one."""


@pytest.mark.parametrize("body", MANY_WAYS.values(), ids=MANY_WAYS)
def test_ways_are_not_followed_one_by_one(tree: Path, body: str) -> None:
    lines = "".join(f"        {line}\n" for line in ["n = self.x", *body.splitlines()])
    helpers = "".join(
        f"    async def h{number}(self):\n" + f"        await self.h{number + 1}()\n" * 3 for number in range(60)
    )
    write_tree(tree, {"a.py": f"class A:\n    async def f(self, a):\n{lines}{helpers}"})
    began = time.monotonic()
    outcome = lint(["."], Config(jobs=1, min_confidence="low"))
    assert outcome.problems == ()
    assert "ARC902" not in {finding.code for finding in outcome.findings}
    assert time.monotonic() - began < 20


def test_programs_that_nobody_wrote_are_linted() -> None:
    files = tuple(sorted((ROOT / "asynclint" / "link").glob("*.py")))
    dice = random.Random(1)
    checked = [check(kind, text) for kind, text in (*grown(dice, 40), *mutants(dice, files, 40))]
    assert [one for one in checked if one.wrong] == []
    assert sum("with findings" in one.marks for one in checked) > 3
    assert len(checked) == 80
