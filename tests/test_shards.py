"""A run in parts: together the parts say what the whole says, whatever their number, and each file is one's alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from asynclint.config import Config
from asynclint.engine import lint
from asynclint.outcome import Outcome
from asynclint.recall import recall
from tests.support.tree import ROOT, run_asynclint, write_tree

COUNTER = """class Counter:
    def __init__(self):
        self.n = 0

    async def raise_it(self, work):
        n = self.n
        await work()
        self.n = n + 1
"""
STARTER = """import asyncio

from counter import Counter


class Starter:
    def __init__(self):
        self.counter = Counter()

    def start(self, work):
        for _ in range(3):
            asyncio.create_task(self.counter.raise_it(work))
"""
FIXTURES = ("check-then-act/steps.py", "lost-update/helpers.py", "stale-teardown/basic.py", "lost-update/loops.py")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project of which some files need others to be understood, as the working directory."""
    monkeypatch.chdir(tmp_path)
    source = ROOT / "tests" / "fixtures"
    projects = source / "projects"
    files = {str(path.relative_to(projects)): path.read_bytes() for path in projects.rglob("*.py")}
    files |= {path: (source / path).read_bytes() for path in FIXTURES if (source / path).is_file()}
    texts = {"counter.py": COUNTER, "starter.py": STARTER, "broken.py": "def f(:\n", ".git/HEAD": ""}
    texts["unused.py"] = "x = 1  # asynclint: ignore[ARC101]\n"
    write_tree(tmp_path, {**files, **texts})
    return tmp_path


def whole(*paths: str) -> Outcome:
    """Lint everything in one run."""
    return lint(paths, Config(jobs=1))


def parts(of: int, *paths: str) -> list[Outcome]:
    """Lint it in several runs."""
    return [lint(paths, Config(jobs=1, shard=(number, of))) for number in range(1, of + 1)]


@pytest.mark.parametrize("of", [1, 2, 3, 7, 40])
def test_parts_together_say_what_the_whole_says(tree: Path, of: int) -> None:
    every, shares = whole("."), parts(of, ".")
    assert {"ARC101", "ARC102", "ARC901", "ARC902"} <= {one.code for one in every.findings}
    found = [one for share in shares for one in share.findings]
    assert sorted(found, key=lambda one: one.sort_key) == list(every.findings)
    assert sum(share.files for share in shares) == every.files
    assert sum(share.errors for share in shares) == every.errors
    assert sum(share.suppressed for share in shares) == every.suppressed
    paths = [{one.path for one in share.findings} for share in shares]
    assert sum(map(len, paths)) == len(set().union(*paths))


def test_all_files_inform_each_part(tree: Path) -> None:
    (finding,) = (one for share in parts(40, "counter.py", "starter.py") for one in share.findings)
    assert (finding.path, finding.confidence) == ("counter.py", "high")
    assert any("starter.py" in sentence for sentence in finding.evidence)


def test_whose_turn_a_file_is_does_not_hang_on_the_others(tree: Path) -> None:
    before = [set(share.sources.requested) for share in parts(3, ".")]
    write_tree(tree, {"aa.py": "x = 1\n", "zz.py": "x = 1\n"})
    after = [set(share.sources.requested) - {"aa.py", "zz.py"} for share in parts(3, ".")]
    assert before == after
    assert len(set().union(*before)) == sum(map(len, before))


def test_parts_share_a_cache(tree: Path) -> None:
    config = Config(jobs=1, cache_dir=str(tree / "cache"))

    def cached(shard: tuple[int, int] | None) -> Outcome:
        own = replace(config, shard=shard)
        memory = recall(["."], own, None)
        known = memory.outcome(offered=False)
        if known is not None:
            return known
        outcome = lint(["."], own, memory=memory)
        memory.keep(outcome, outcome.findings, offered=False)
        return outcome

    shares = [[cached((number, 3)).findings for number in (1, 2, 3)] for _ in range(2)]
    assert shares[0] == shares[1]
    assert sorted(sum(shares[0], ()), key=lambda one: one.sort_key) == list(cached(None).findings)
    assert cached(None).findings == whole(".").findings


def test_a_path_that_is_not_there_is_told_by_each(tree: Path) -> None:
    assert [share.exit_code for share in parts(2, "nope.py", "counter.py")] == [2, 2]


@pytest.mark.parametrize("value", ["3", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "a/b", ""])
def test_a_wrong_value_is_told(tree: Path, value: str) -> None:
    done = run_asynclint("--shard", value, "counter.py", cwd=tree)
    assert done.returncode == 2
    assert b"'--shard'" in done.stderr
    assert b"write 3/16 for the third of sixteen" in done.stderr or b"the last 4/4" in done.stderr


@pytest.mark.parametrize("option", ["--fix", "--diff", "--add-ignores", "-"])
def test_only_reports_come_in_parts(tree: Path, option: str) -> None:
    done = run_asynclint("--shard", "1/2", option, cwd=tree)
    assert done.returncode == 2
    assert b"--shard reports on a part of the files" in done.stderr


def test_the_command_reports_a_part(tree: Path) -> None:
    shares = [run_asynclint("--shard", f"{number}/2", "--no-cache", ".", cwd=tree) for number in (1, 2)]
    every = run_asynclint("--no-cache", ".", cwd=tree)
    lines = [line for share in shares for line in share.stdout.splitlines()]
    assert sorted(lines) == sorted(every.stdout.splitlines())
    assert {share.returncode for share in shares} <= {0, 1}
