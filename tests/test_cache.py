"""The cache: whatever is in it, what is reported is what a run without it reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from asynclint import analysis, engine, recall, reuse, surveyor
from asynclint.cache import files, folder, runs
from asynclint.cache.shapes import reader
from asynclint.cache.stamp import digest_of, stamp
from asynclint.cache.told import finding_data, finding_of
from asynclint.config import Config
from asynclint.discovery import File
from asynclint.findings import Finding
from asynclint.outcome import Outcome
from asynclint.survey import survey
from asynclint.survey.stored import dump, load
from tests.support.tree import run_asynclint, write_tree

BASE = """
class Base:
    def put(self, n):
        self.total = n
"""
SHOP = """
import asyncio
from base import Base


class Shop(Base):
    async def serve(self):
        await asyncio.gather(*(self.sell(1) for _ in range(3)))

    async def sell(self, n):
        total = self.total
        await asyncio.sleep(0)
        self.put(total + n)
"""
PLAIN = "import shop\n\n\ndef price(n):\n    return n * 2\n"
QUIET = "x = 1  # asynclint: ignore[ARC101]\n"
TREE = {"base.py": BASE, "shop.py": SHOP, "plain.py": PLAIN, "quiet.py": QUIET, "broken.py": "def f(:\n"}

Lint = Callable[..., str]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a small project, written long ago, as the working directory."""
    monkeypatch.chdir(tmp_path)
    put(TREE)
    return tmp_path


def put(contents: dict[str, str], age: float = 100.0) -> None:
    """Write files into the working directory as if some seconds ago."""
    write_tree(Path.cwd(), contents)
    for path in contents:
        os.utime(path, (time.time() - age,) * 2)


class _Clock:
    """Stands for the time at which a run begins, so that files count as settled or not."""

    def __init__(self, ahead: float) -> None:
        self.ahead = ahead

    def time_ns(self) -> int:
        return time.time_ns() + int(self.ahead * 1e9)


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run begin a minute after its files were written: the times of change cannot be set back."""
    monkeypatch.setattr(files, "time", _Clock(60))


def lint(targets: tuple[str, ...] = (".",), cached: bool = True, config: Config | None = None) -> Outcome:
    """Lint as the command does: recall, or run and keep."""
    config = replace(config or Config(jobs=1, min_confidence="low"), root=os.getcwd())
    memory = recall.recall(targets, config, None) if cached else None
    known = memory.outcome(False) if memory is not None else None
    if known is not None:
        return known
    outcome = engine.lint(targets, config, memory=memory)
    if memory is not None:
        memory.keep(outcome, outcome.findings, False)
    return outcome


def said(outcome: Outcome) -> tuple[object, ...]:
    """Return all that is printed of an outcome."""
    return (outcome.findings, outcome.files, outcome.suppressed, outcome.errors, outcome.problems, outcome.notes)


class Work:
    """Which files a run surveyed and analysed."""

    def __init__(self) -> None:
        self.surveyed: list[str] = []
        self.analysed: list[str] = []


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Note what is done."""
    done, survey_file, analyse = Work(), surveyor.survey_file, analysis.analyse

    def noted_survey(file: File, limit: int) -> surveyor.Surveyed:
        done.surveyed.append(file.path)
        return survey_file(file, limit)

    def noted_analysis(*arguments: object) -> object:
        paths = arguments[3]
        assert isinstance(paths, list)
        done.analysed.extend(paths)
        return analyse(*arguments)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(surveyor, "survey_file", noted_survey)
    monkeypatch.setattr(reuse, "survey_file", noted_survey)
    monkeypatch.setattr(reuse, "analyse", noted_analysis)
    return done


def test_nothing_is_done_again_and_the_same_is_said(tree: Path, work: Work) -> None:
    bare = lint(cached=False)
    assert {one.code for one in bare.findings} >= {"ARC101", "ARC901", "ARC902"}
    assert said(lint()) == said(bare)
    work.__init__()  # type: ignore[misc]  # forget what has been done so far
    assert said(lint()) == said(bare)
    assert (work.surveyed, work.analysed) == ([], [])


CHANGES = {
    "touched": ({"shop.py": SHOP}, [], []),
    "a comment after the code": ({"plain.py": PLAIN + "# the end\n"}, ["plain.py"], []),
    "a constant elsewhere": ({"plain.py": PLAIN.replace("2", "3")}, ["plain.py"], []),
    "a constant in the function": ({"shop.py": SHOP.replace("sleep(0)", "sleep(1)")}, ["shop.py"], ["shop.py"]),
    "a constant beside the function": ({"shop.py": SHOP.replace("range(3)", "range(4)")}, ["shop.py"], []),
    "a helper elsewhere": ({"base.py": BASE.replace("= n", "= n  # so")}, ["base.py"], ["shop.py"]),
    "lines move": ({"shop.py": "\n" + SHOP}, ["shop.py"], ["shop.py"]),
    "the race is gone": ({"shop.py": SHOP.replace("await asyncio.sleep(0)", "pass")}, ["shop.py"], ["shop.py"]),
    "the rival is gone": ({"shop.py": SHOP.replace("gather", "wait_for")}, ["shop.py"], ["shop.py"]),
    "a suppression": ({"shop.py": SHOP.replace("+ n)", "+ n)  # asynclint: ignore")}, ["shop.py"], ["shop.py"]),
    "no suppression": ({"quiet.py": "x = 1\n"}, ["quiet.py"], []),
    "mended": ({"broken.py": "def f():\n    pass\n"}, ["broken.py"], ["shop.py"]),
    "broken": ({"base.py": "class Base(:\n"}, ["base.py"], ["shop.py"]),
    "a new file": ({"z.py": "from shop import Shop\nShop().total = 1\n"}, ["z.py"], ["shop.py"]),
}


@pytest.mark.parametrize(("change", "surveyed", "analysed"), CHANGES.values(), ids=CHANGES)
def test_after_a_change_little_is_done_and_the_same_is_said(
    tree: Path, work: Work, change: dict[str, str], surveyed: list[str], analysed: list[str]
) -> None:
    before = said(lint())
    put(change, age=90.0)
    work.__init__()  # type: ignore[misc]  # forget what has been done so far
    after = said(lint())
    assert work.surveyed == surveyed
    assert work.analysed == analysed
    assert after == said(lint(cached=False))
    put(TREE)
    if "z.py" in change:
        os.unlink("z.py")
    assert said(lint()) == before


def test_a_file_that_is_gone_is_gone(tree: Path) -> None:
    lint()
    os.unlink("base.py")
    assert said(lint()) == said(lint(cached=False))


def test_a_change_within_the_clocks_tick_is_seen(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "time", _Clock(0))
    lint()
    times = os.stat("shop.py")

    def unchanged(self: files.Index, file: File, limit: int) -> files.Known | None:
        known = self.known.get(file.path)
        same = known is not None and known.mtime_ns == times.st_mtime_ns
        return known if same else find(self, file, limit)

    find = files.Index.find
    monkeypatch.setattr(files.Index, "find", unchanged)
    write_tree(tree, {"shop.py": SHOP.replace("sleep(0)", "sleep(1)").replace("total + n", "n        ")})
    os.utime("shop.py", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert os.stat("shop.py").st_size == times.st_size
    assert said(lint()) == said(lint(cached=False))


@pytest.mark.parametrize(
    "other",
    [
        Config(jobs=1, min_confidence="low", select=("ARC102",)),
        Config(jobs=1, min_confidence="low", ignore=("ARC101",)),
        Config(jobs=1, min_confidence="low", exclude=("base.py",)),
        Config(jobs=1, min_confidence="low", per_file_ignores=(("shop.py", ("ARC101",)),)),
        Config(jobs=1, min_confidence="low", max_file_size=100),
    ],
    ids=["select", "ignore", "exclude", "per file", "size"],
)
def test_another_configuration_is_another_run(tree: Path, other: Config) -> None:
    lint()
    assert said(lint(config=other)) == said(lint(cached=False, config=other)) != said(lint())


def test_another_confidence_is_another_run(tree: Path) -> None:
    lazy = "class Link:\n    async def start(self):\n        if self.n is None:\n            self.n = await connect()\n"
    write_tree(tree, {"shop.py": lazy})
    unsure, sure = (Config(jobs=1, min_confidence=least) for least in ("low", "medium"))
    assert said(lint(config=sure)) == said(lint(cached=False, config=sure))
    assert said(lint(config=unsure)) == said(lint(cached=False, config=unsure)) != said(lint(config=sure))


def test_other_paths_are_another_run(tree: Path) -> None:
    everything = lint()
    write_tree(tree, {".git/HEAD": ""})
    for targets in (("shop.py",), ("shop.py", "base.py"), (".", "shop.py"), ("quiet.py",)):
        assert said(lint(targets)) == said(lint(targets, cached=False))
    assert said(lint()) == said(everything)


def test_models_are_part_of_the_configuration(tree: Path) -> None:
    (tree / "m.toml").write_text('[spawns]\nfunctions = ["nothing.at.all"]\n')
    config = Config(jobs=1, models=("m.toml",))
    first = runs.run_key(["."], config)
    (tree / "m.toml").write_text('[spawns]\nfunctions = ["something.else"]\n')
    assert runs.run_key(["."], config) != first


def test_another_version_knows_nothing(tree: Path, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    lint()
    monkeypatch.setattr(folder, "stamp", lambda: "another build")
    work.__init__()  # type: ignore[misc]  # forget what has been done so far
    lint()
    assert sorted(work.surveyed) == sorted(TREE)
    assert work.analysed == ["shop.py"]


def test_the_stamp_changes_with_the_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    stamp.cache_clear()
    first = stamp()
    own = Path(reuse.__file__)
    times = own.stat()
    try:
        os.utime(own, ns=(times.st_atime_ns, times.st_mtime_ns + 1_000_000))
        stamp.cache_clear()
        assert stamp() != first
    finally:
        os.utime(own, ns=(times.st_atime_ns, times.st_mtime_ns))
        stamp.cache_clear()
    assert stamp() == first


def cut(data: bytes) -> bytes:
    """Return the first half."""
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    """Return the data with one bit changed near the end."""
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def forged(data: bytes) -> bytes:
    """Return a document with another content and the right checksum."""
    body = json.dumps([["x"], [["shop.py", [1, 2, "a", 4]], 7], {"a": None}, [[[[]]]]]).encode()
    return b"asynclint cache " + digest_of(body).encode() + b"\n" + body


def deep(data: bytes) -> bytes:
    """Return a document that is nested beyond what JSON can be read."""
    body = b"[" * 200_000
    return b"asynclint cache " + digest_of(body).encode() + b"\n" + body


DAMAGE: list[Callable[[bytes], bytes]] = [cut, flipped, forged, deep, lambda _: b"", lambda _: os.urandom(5000)]


@pytest.mark.parametrize("damage", DAMAGE, ids=["cut", "flipped", "forged", "deep", "empty", "noise"])
@pytest.mark.parametrize("kind", ["files", "run", "answers", "pack"])
def test_damage_is_a_miss(tree: Path, kind: str, damage: Callable[[bytes], bytes]) -> None:
    bare = lint()
    (spoilt,) = Path(".asynclint_cache").glob(f"*.{kind}")
    for other in list(Path(".asynclint_cache").glob("*.run")) if kind != "run" else []:
        other.unlink()
    spoilt.write_bytes(damage(spoilt.read_bytes()))
    put({"shop.py": SHOP.replace("sleep(0)", "sleep(1)")}, age=90.0)
    assert said(lint()) == said(lint(cached=False))
    put({"shop.py": SHOP}, age=80.0)
    assert said(lint()) == said(bare)


def test_a_pipe_in_the_cache_keeps_nobody_waiting(tree: Path) -> None:
    bare = lint()
    for file in Path(".asynclint_cache").glob("*.*"):
        file.unlink()
        os.mkfifo(file)
    assert said(lint()) == said(bare)


def test_where_nothing_can_be_written_everything_is_said(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = said(lint(cached=False))
    write_tree(tree, {"file": ""})
    assert said(lint(config=Config(jobs=1, min_confidence="low", cache_dir="file/cache"))) == bare

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert said(lint()) == said(lint()) == bare
    assert [file.name for file in Path(".asynclint_cache").iterdir() if file.suffix] == ["CACHEDIR.TAG"]


def test_what_stopped_runs_left_behind_is_cleared_away(tree: Path) -> None:
    lint()
    place = Path(".asynclint_cache")
    (index,) = place.glob("*.files")
    left = [place / f"{index.stem}.0123abcd.new", place / f"{index.stem}-{'0' * 32}.pack"]
    fresh = place / f"{index.stem}.4567abcd.new"
    for file in (*left, fresh, place / "mine.txt"):
        file.write_bytes(b"x")
    for file in left:
        os.utime(file, (time.time() - 7200,) * 2)
    put({"plain.py": PLAIN + "\n"}, age=90.0)
    lint()
    assert [file.exists() for file in (*left, fresh, place / "mine.txt")] == [False, False, True, True]


def test_the_size_is_bounded(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lint()
    place = Path(".asynclint_cache")
    older = place / f"{'a' * 32}.files"
    older.write_bytes(b"x" * 100_000)
    os.utime(older, (1, 1))
    most = sum(file.stat().st_size for file in place.iterdir()) - 50_000
    monkeypatch.setattr(folder, "MOST_BYTES", most)
    put({"plain.py": PLAIN + "\n"}, age=90.0)
    lint()
    assert not older.exists()
    assert list(place.glob("*.files"))


def test_packs_are_joined(tree: Path, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_PACKS", 3)
    monkeypatch.setattr(folder, "ABANDONED_AFTER", -1.0)
    for number in range(8):
        put({"plain.py": PLAIN + f"def p{number}():\n    pass\n", f"n{number}.py": "y = 1\n"}, age=90.0 - number)
        lint()
    assert len(list(Path(".asynclint_cache").glob("*.pack"))) <= 4
    work.__init__()  # type: ignore[misc]  # forget what has been done so far
    put({"base.py": BASE.replace("put", "set")}, age=50.0)
    assert said(lint()) == said(lint(cached=False))
    assert work.surveyed[:1] == ["base.py"]
    assert work.surveyed.count("n0.py") == 1, "only by the run without a cache"


def test_a_defect_or_a_lost_file_is_not_kept(tree: Path, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> list[Finding]:
        raise KeyError("oops")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "examine", fails)
        assert lint().exit_code == 2
    work.__init__()  # type: ignore[misc]  # forget what has been done so far
    assert said(lint()) == said(lint(cached=False))
    assert work.analysed[:1] == ["shop.py"]


def test_runs_at_the_same_time_do_not_disturb_each_other(tree: Path) -> None:
    bare = run_asynclint(".", "--no-cache", cwd=tree)
    command = [sys.executable, "-m", "asynclint", "."]
    env = {**os.environ, "PYTHONPATH": str(Path(engine.__file__).parents[1])}
    several = [subprocess.Popen(command, cwd=tree, env=env, stdout=subprocess.PIPE) for _ in range(4)]
    assert {one.communicate()[0] for one in several} == {bare.stdout}
    assert run_asynclint(".", cwd=tree).stdout == bare.stdout


def test_every_format_says_the_same_cold_and_warm(tree: Path) -> None:
    for output_format in ("concise", "json", "full", "github", "json", "concise"):
        arguments = (".", "--output-format", output_format, "--min-confidence", "low")
        bare = run_asynclint(*arguments, "--no-cache", cwd=tree)
        for _ in range(2):
            cached = run_asynclint(*arguments, cwd=tree)
            assert (cached.returncode, cached.stdout, cached.stderr) == (bare.returncode, bare.stdout, bare.stderr)


def test_fixes_on_offer_are_looked_for_again_only_in_what_has_changed(tree: Path) -> None:
    write_tree(tree, {"more.py": SHOP.replace("self.put(total + n)", "self.total = total + n")})
    arguments = (".", "--output-format", "json", "--min-confidence", "low")
    first = run_asynclint(*arguments, cwd=tree).stdout
    assert b'"applicability"' in first
    write_tree(tree, {"plain.py": PLAIN + "# changed\n"})
    env = {**os.environ, "PYTHONPATH": str(Path(engine.__file__).parents[1])}
    code = PROBE.replace("print(", "sys.stderr.write(repr(")[:-2] + "))\n"
    run = subprocess.run([sys.executable, "-c", code, *arguments], cwd=tree, env=env, capture_output=True, check=True)
    assert run.stdout == first
    assert b"asynclint.engine" in run.stderr
    assert b"asynclint.fixes" not in run.stderr
    write_tree(tree, {"more.py": SHOP.replace("self.put(total + n)", "self.total = n  + total")})
    assert run_asynclint(*arguments, cwd=tree).stdout == run_asynclint(*arguments, "--no-cache", cwd=tree).stdout


def test_repairs_are_the_same_with_what_is_known(tree: Path) -> None:
    write_tree(tree, {".git/HEAD": ""})
    bare = run_asynclint(".", "--diff", "--unsafe-fixes", "--no-cache", cwd=tree)
    assert bare.stdout
    for _ in range(2):
        assert run_asynclint(".", "--diff", "--unsafe-fixes", cwd=tree).stdout == bare.stdout
    assert run_asynclint("-", "--stdin-filename", "shop.py", cwd=tree, stdin=SHOP.encode()).returncode == 1


def test_no_cache_writes_nothing_and_a_folder_can_be_named(tree: Path) -> None:
    run_asynclint(".", "--no-cache", cwd=tree)
    run_asynclint(".", "--cache-dir", "kept/here", cwd=tree)
    assert not Path(".asynclint_cache").exists()
    assert Path("kept/here/.gitignore").read_text() == "*\n"
    write_tree(tree, {"asynclint.toml": 'cache-dir = "there"\n', "sub/a.py": ""})
    run_asynclint("a.py", cwd=tree / "sub")
    assert Path("there").is_dir()


PROBE = """
import sys
from asynclint import cli
try:
    cli.main(sys.argv[1:])
except SystemExit:
    pass
heavy = ("libcst", "multiprocessing", "asynclint.link", "asynclint.survey", "asynclint.lower", "asynclint.flow",
         "asynclint.checks", "asynclint.fixes", "asynclint.engine")
print([name for name in heavy if name in sys.modules])
"""


def test_a_run_that_is_known_loads_no_parser(tree: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(Path(engine.__file__).parents[1])}
    for output_format in ("concise", "json", "full", "github"):
        command = [sys.executable, "-c", PROBE, ".", "--output-format", output_format]
        loaded: list[bytes] = []
        for _ in range(2):
            time.sleep(2.1 if not loaded and output_format == "concise" else 0)
            run = subprocess.run(command, cwd=tree, env=env, capture_output=True, check=True)
            loaded.append(run.stdout.splitlines()[-1])
        assert loaded[-1] == b"[]"
        assert output_format != "concise" or loaded[0] != b"[]", "the probe sees what is loaded"


def test_facts_and_findings_come_back_as_they_were(tree: Path) -> None:
    for path, text in TREE.items():
        if path != "broken.py":
            facts = survey(path, text)
            assert load(dump(facts), path) == facts
    for finding in lint().findings:
        assert finding_of(json.loads(json.dumps(finding_data(finding)))) == finding


SEVERAL = """
class A:
    def f(self, which, key, xs):
        rows = self.red if which else self.blue if key else self.green
        rows[key] = self.a, self.b, self.c, self.d, which.e
        return [x + y for x in self.first for y in self.second for z in rows]
"""


def test_equal_facts_are_equal_bytes_whatever_the_hash_seed(tree: Path) -> None:
    (tree / "several.py").write_text(SEVERAL)
    code = (
        "from asynclint.survey import survey; from asynclint.survey.stored import dump\n"
        "print([dump(survey(p, open(p).read())) for p in ('several.py', 'shop.py', 'base.py')])"
    )
    told = set()
    for seed in range(6):
        env = {**os.environ, "PYTHONPATH": str(Path(engine.__file__).parents[1]), "PYTHONHASHSEED": str(seed)}
        told.add(subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True).stdout)
    assert len(told) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"[7]",
        b'[7, "", [], [], [], [], [], [[1, 2]]]',
        b'[7, "", [], [["a", 1]], [], [], [], []]',
        b'[7, "", [], {"a": "b"}, [], [], [], []]',
        b'[true, "", [], [], [], [], [], []]',
        b"[" * 100_000,
    ],
)
def test_facts_of_another_shape_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        load(data, "a.py")


def test_a_shape_is_checked_whole() -> None:
    read = reader(tuple[int, str | None, tuple[tuple[str, bool], ...]])
    assert read([1, None, [["a", True]]]) == (1, None, (("a", True),))
    others: list[object] = [[True, None, []], [1, 2, []], [1, "a", [["a", 1]]], [1, "a", ["a"]], [1, "a", [], 1], (1,)]
    for wrong in others:
        with pytest.raises(ValueError):
            read(wrong)
