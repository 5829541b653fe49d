"""Packages linted whole at default settings, each in a process of its own.

python -m benchmarks.corpus.linting PACKAGE STORE RESULTS JOBS COMMIT
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from asynclint.config import Config
from asynclint.engine import lint
from asynclint.reporters.as_json import finding_data
from benchmarks.corpus.packages import CorpusError, Package, chosen, load
from benchmarks.corpus.results import Found, Result, write_result
from benchmarks.corpus.store import home

ROOT = Path(__file__).resolve().parents[2]


def commit() -> str:
    """Return the hash of this checkout's HEAD, with a plus if files were changed since."""
    head = _git("rev-parse", "HEAD").strip()
    return head + "+" if _git("status", "--porcelain", "--untracked-files=no", "asynclint", "rules").strip() else head


def lint_apart(package: Package, store: Path, results: Path, jobs: int, most_seconds: float) -> str:
    """Lint a package in another process, which can be lost or too slow; return what went wrong, or nothing."""
    arguments = [package.name, str(store.resolve()), str(results.resolve()), str(jobs), commit()]
    command = [sys.executable, "-m", "benchmarks.corpus.linting", *arguments]
    # What an earlier run found must not stand in for a run that fails.
    (results / f"{package.name}.json").unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=most_seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return f"not done after {most_seconds:.0f} s"
    return f"exit code {done.returncode}: {done.stderr.strip()[-500:]}" if done.returncode else ""


def lint_package(package: Package, store: Path, jobs: int, by: str) -> Result:
    """Lint a package from within its folder, so that paths are relative to it. Changes the working directory."""
    folder = home(package, store)
    if not folder.is_dir():
        raise CorpusError(f"{folder} is not there: run `fetch` first")
    os.chdir(folder)
    begun = time.perf_counter()
    outcome = lint(["."], Config(jobs=jobs, root=str(folder)))
    seconds = time.perf_counter() - begun
    functions = [one for each in outcome.surveyed if each.facts is not None for one in each.facts.functions]
    return Result(
        package=package.name,
        version=package.version,
        tuned=package.tuned,
        commit=by,
        files=outcome.files,
        async_functions=sum(one.is_async for one in functions),
        seconds=round(seconds, 2),
        findings=tuple(Found(package.name, package.version, finding_data(one)) for one in outcome.findings),
        problems=outcome.problems,
    )


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CorpusError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def main(arguments: list[str]) -> None:
    """Lint one package and write its result."""
    name, store, results, jobs, by = arguments
    (package,) = chosen(load(), [name])
    write_result(lint_package(package, Path(store), int(jobs), by), Path(results))


if __name__ == "__main__":
    main(sys.argv[1:])
