"""The command line from outside: exit codes, streams, formats, colours, configuration."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import asynclint
from asynclint import cli
from asynclint.analysis import Told, guarded
from asynclint.findings import CONFIDENCES, Finding
from asynclint.reuse import Reuse
from asynclint.source import Span
from tests.support.tree import ROOT, run_asynclint, write_tree

UNUSED = "x = 1  # asynclint: ignore[ARC101]\n"
CLEAN = "x = 1\n"
BROKEN = "def f(:\n"

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder, a root of its own, as the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    write_tree(tmp_path, {".git/HEAD": ""})
    return tmp_path


@pytest.fixture
def run(tree: Path, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Give the command line, in this process: exit code, standard output, standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as done:
            cli.main(list(arguments))
        out, err = capfd.readouterr()
        assert isinstance(done.value.code, int)
        return done.value.code, out, err

    return call


def test_exit_codes(run: Cli, tree: Path) -> None:
    write_tree(tree, {"clean.py": CLEAN, "unused.py": UNUSED, "broken.py": BROKEN})
    assert run("clean.py")[0] == 0
    assert run("unused.py")[0] == 1
    assert run("broken.py")[0] == 1
    assert run("unused.py", "--exit-zero")[0] == 0
    assert run("nope.py")[0] == 2
    assert run("nope.py", "--exit-zero")[0] == 2
    assert run("--no-such-option")[0] == 2


def test_a_missing_path_is_told_and_the_others_are_linted(run: Cli, tree: Path) -> None:
    write_tree(tree, {"unused.py": UNUSED})
    code, out, err = run("nope", "unused.py")
    assert code == 2
    assert out.startswith("unused.py:1:8: ARC901 ")
    assert err == "asynclint: nope: no such file or folder\n"


def test_paths_alone_mean_check_and_no_path_means_here(run: Cli, tree: Path) -> None:
    write_tree(tree, {"a.py": UNUSED, "explain/b.py": UNUSED})
    everything = run("check", ".")
    assert everything[1].count("ARC901") == 2
    assert run(".") == run() == run("--quiet") == everything
    assert run("./explain")[1].startswith("explain/b.py:1:8:")


def test_findings_are_sorted_by_path_and_place(run: Cli, tree: Path) -> None:
    write_tree(tree, {"b.py": UNUSED, "a.py": CLEAN + UNUSED + UNUSED, "a/c.py": UNUSED})
    places = [line.split(" ")[0] for line in run("b.py", "a", "a.py")[1].splitlines()]
    assert places == ["a.py:2:8:", "a.py:3:8:", "a/c.py:1:8:", "b.py:1:8:"]


def test_json_has_the_findings_and_the_counts(run: Cli, tree: Path) -> None:
    write_tree(tree, {"a.py": UNUSED, "b.py": BROKEN, "c.py": "x = 1  # noqa\n"})
    report = json.loads(run(".", "--output-format", "json")[1])
    assert [(one["code"], one["path"], one["line"]) for one in report["findings"]] == [
        ("ARC901", "a.py", 1),
        ("ARC902", "b.py", 1),
    ]
    assert report["summary"] == {"files": 2, "findings": 2, "suppressed": 0, "errors": 1}


def test_only_what_was_asked_for_is_reported(run: Cli, tree: Path) -> None:
    write_tree(tree, {"a.py": UNUSED, "b.py": UNUSED, "broken.py": BROKEN})
    assert run("a.py")[1].splitlines() == [line for line in run(".")[1].splitlines() if line.startswith("a.py")]


def test_select_and_ignore(run: Cli, tree: Path) -> None:
    write_tree(tree, {"a.py": UNUSED, "b.py": BROKEN})
    assert run(".", "--ignore", "unused-suppression")[1].startswith("b.py:1:7: ARC902")
    assert run(".", "--ignore", "ARC901,ARC902") == (0, "", "")
    assert run("a.py", "--select", "ARC1") == (0, "", "")
    code, out, err = run(".", "--select", "ARC777")
    assert (code, out) == (2, "")
    assert err.startswith("asynclint: command line: select: there is no rule 'ARC777'")


def test_configuration_and_what_overrides_it(run: Cli, tree: Path) -> None:
    write_tree(tree, {"asynclint.toml": "ignore = ['ARC901']\n", "other.toml": "exclude = ['a.py']\n", "a.py": UNUSED})
    assert run("a.py")[0] == 0
    assert run("a.py", "--isolated")[0] == 1
    assert run("a.py", "--ignore", "ARC102")[0] == 1
    assert run("a.py", "--config", "other.toml")[0] == 0
    write_tree(tree, {"asynclint.toml": "jobz = 1\n"})
    code, _, err = run("a.py")
    assert code == 2
    assert err.startswith("asynclint: asynclint.toml: there is no key 'jobz'; did you mean 'jobs'?")


def test_per_file_ignores_and_exclude(run: Cli, tree: Path) -> None:
    write_tree(
        tree, {"asynclint.toml": "per-file-ignores = {'tests/' = ['ALL']}\n", "tests/a.py": UNUSED, "b.py": UNUSED}
    )
    assert run(".")[1].startswith("b.py:1:8:")
    assert run(".", "--exclude", "b.py")[0] == 0


def test_standard_input(tree: Path) -> None:
    write_tree(tree, {"src/a.py": CLEAN})
    named = run_asynclint("-", "--stdin-filename", "src/a.py", cwd=tree, stdin=UNUSED.encode())
    assert named.returncode == 1
    assert named.stdout.startswith(b"src/a.py:1:8: ARC901 ")
    assert run_asynclint("-", cwd=tree, stdin=UNUSED.encode()).stdout.startswith(b"stdin.py:1:8: ARC901 ")
    assert run_asynclint("-", cwd=tree, stdin=b"\xff\n").stdout.startswith(b"stdin.py:1:1: ARC902 byte 0xff")


def test_any_number_of_jobs_says_the_same(tree: Path, run: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asynclint.surveyor.WORTH_SPREADING", 0)
    write_tree(tree, {f"p{number % 7}/m{number}.py": (CLEAN, UNUSED, BROKEN)[number % 3] for number in range(200)})
    one = run(".", "--no-cache", "--jobs", "1")
    assert one[1].count("\n") == 133
    assert run(".", "--no-cache", "--jobs", "3") == one
    assert run(".", "--no-cache", "--jobs", "0") == one


def test_colours(run: Cli, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"a.py": UNUSED})
    assert "\x1b[" not in run("a.py")[1]
    assert "\x1b[" in run("a.py", "--color", "always")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("a.py")[1]
    assert "\x1b[" not in run("a.py", "--color", "never")[1]
    assert "\x1b[" not in run("a.py", "--output-format", "json")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run("a.py")[1]


def test_on_a_terminal_the_format_is_full_and_colored(tree: Path) -> None:
    write_tree(tree, {"a.py": UNUSED})
    assert on_terminal(["a.py"], tree, {"TERM": "xterm"}).startswith("\x1b[1;33mwarning[ARC901] unused-suppression:")
    assert on_terminal(["a.py"], tree, {"TERM": "dumb"}).startswith("warning[ARC901] unused-suppression:")


def on_terminal(arguments: list[str], cwd: Path, env: dict[str, str]) -> str:
    """Return what a terminal would show."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "asynclint", *arguments],
        cwd=cwd,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
    )
    os.close(theirs)
    shown = b"".join(_chunks(ours))
    assert process.wait(60) in (0, 1)
    return shown.decode().replace("\r\n", "\n")


def _chunks(terminal: int) -> Iterator[bytes]:
    try:
        while chunk := os.read(terminal, 4096):
            yield chunk
    except OSError as error:
        if error.errno != errno.EIO:  # how Linux says that the other end is gone
            raise
    finally:
        os.close(terminal)


def test_progress_is_shown_on_a_terminal_only_and_after_a_while(tree: Path) -> None:
    write_tree(tree, {"a.py": CLEAN, "b.py": CLEAN})
    slow = "import asynclint.progress as p; p.AFTER = 0; from asynclint.cli import main; main(['.'])"
    shown = on_terminal_code(slow, tree)
    assert "surveyed 1 of 2 files" in shown
    assert shown.endswith("\r\x1b[K0 findings in 2 files.\n")
    assert "surveyed" not in on_terminal(["."], tree, {"TERM": "dumb"})
    piped = subprocess.run([sys.executable, "-c", slow], cwd=tree, env=_env(), capture_output=True, check=True)
    assert piped.stderr == b""


def on_terminal_code(code: str, cwd: Path) -> str:
    """Return what a terminal would show of a piece of Python."""
    ours, theirs = os.openpty()
    process = subprocess.Popen([sys.executable, "-c", code], cwd=cwd, stdout=theirs, stderr=theirs, env=_env())
    os.close(theirs)
    shown = b"".join(_chunks(ours))
    assert process.wait(60) == 0
    return shown.decode().replace("\r\n", "\n")


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}


def test_a_reader_that_leaves_early_is_no_error(tree: Path) -> None:
    write_tree(tree, {"a.py": UNUSED * 20_000})
    command = [sys.executable, "-m", "asynclint", "a.py"]
    process = subprocess.Popen(command, cwd=tree, env=_env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 1


def test_an_interrupt_ends_the_run_without_a_traceback(tree: Path) -> None:
    write_tree(tree, {f"m{number}.py": CLEAN for number in range(64)})
    slow = (
        "import signal, time, asynclint.surveyor as s, asynclint.workers; s.WORTH_SPREADING = 0\n"
        # A shell starts background jobs with the signal ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "asynclint.workers._serve = lambda *_: time.sleep(60)\n"
        "from asynclint.cli import main; print('ready', flush=True); main(['.', '--jobs', '2'])"
    )
    command = [sys.executable, "-c", slow]
    process = subprocess.Popen(command, cwd=tree, env=_env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    _await_workers(process.pid)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == b"asynclint: interrupted"


def _await_workers(pid: int) -> None:
    """Wait until a process has started its workers; on a busy machine that takes a while."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    for _ in range(400):
        time.sleep(0.05)
        if not children.exists() or len(children.read_text().split()) >= 2:
            break
    time.sleep(1)


def test_a_defect_of_ours_is_told_and_the_rest_is_linted(run: Cli, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyse(*_: object) -> Iterator[Told]:
        def fails() -> Iterator[Finding]:
            yield Finding("ARC101", "lost-update", "half", "error", "high", "a.py", Span(1, 1, 1, 2), "C.f")
            raise KeyError("lost")

        other = Finding("ARC101", "lost-update", "told", "error", "high", "a.py", Span(2, 1, 2, 2), "C.g")
        yield Told("a.py", (*guarded("a.py", "C.f", fails), other))

    monkeypatch.setattr(Reuse, "analyse", analyse)
    write_tree(tree, {"a.py": "x = 1\ny = 1\n"})
    code, out, err = run("a.py")
    assert code == 2
    assert out == "a.py:2:1: ARC101 told [high]\n"
    assert err.startswith("asynclint: a.py, in C.f: asynclint failed here: KeyError: 'lost' (at analysis.py:")
    assert err.endswith("; this is a defect of asynclint, please report it\n")


def test_confidence_below_the_wanted_is_hidden(run: Cli, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyse(*_: object) -> Iterator[Told]:
        for line, confidence in enumerate(CONFIDENCES, start=1):
            one = Finding("ARC101", "lost-update", "m", "error", confidence, "a.py", Span(line, 1, line, 2), "f")
            yield Told("a.py", (one,))

    monkeypatch.setattr(Reuse, "analyse", analyse)
    write_tree(tree, {"a.py": CLEAN * 3})
    assert [len(run("a.py", "--min-confidence", one)[1].splitlines()) for one in ("low", "medium", "high")] == [3, 2, 1]
    assert len(run("a.py")[1].splitlines()) == 2


def test_explain(run: Cli) -> None:
    assert run("explain", "ARC101") == run("explain", "lost-update")
    assert run("explain", "arc101")[1].startswith("ARC101 lost-update\n")
    listed = run("explain")[1]
    assert all(code in listed for code in ("ARC101", "ARC901", "ARC902"))
    code, _, err = run("explain", "lost-updte")
    assert code == 2
    assert err == "asynclint: there is no rule 'lost-updte'; did you mean 'lost-update'?\n"


def test_version_and_help_load_neither_parser_nor_analysis(run: Cli) -> None:
    assert run("--version") == (0, f"asynclint {asynclint.__version__}\n", "")
    assert "--output-format" in run("check", "--help")[1]
    probe = (
        "import sys; from asynclint import cli\n"
        "try: cli.main(sys.argv[1:])\n"
        "except SystemExit: print([name for name in ('libcst', 'multiprocessing', 'pathspec') if name in sys.modules])"
    )
    for arguments in (["--version"], ["--help"], ["check", "--help"]):
        shown = subprocess.run([sys.executable, "-c", probe, *arguments], capture_output=True, env=_env(), check=True)
        assert shown.stdout.splitlines()[-1] == b"[]"


def test_a_hostile_file_name_does_not_break_the_output(tree: Path) -> None:
    write_tree(tree, {os.fsdecode(b"\xff\n:,.py"): UNUSED})
    for output_format in ("full", "concise", "json", "github"):
        shown = run_asynclint(".", "--output-format", output_format, cwd=tree, env={"PYTHONIOENCODING": "ascii"})
        assert shown.returncode == 1
        assert shown.stderr == b""
        assert b"ARC901" in shown.stdout
