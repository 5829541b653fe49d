"""What a second run costs beside ruff without a cache: nothing changed, one file changed.

    python -m benchmarks.warm FOLDER [--runs 5] [--jobs 2] [--file FILE]

Copies the folder, lints it once, and then in turns runs `ruff check --select ASYNC --no-cache`, asynclint over the same
files again, and asynclint after a comment has been added at the end of one file (`--file`, below the folder; the first
one otherwise). Each report must be the one of the first run. Prints medians and their ratios to ruff's.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.speed import Run, commands, measure


def compare(folder: Path, changed: Path, runs: int, jobs: int) -> dict[str, list[Run]]:
    """Measure each kind of run some times, in turns."""
    known = commands(str(folder), jobs)
    cache = f"--cache-dir={folder.parent / 'cache'}"
    ours = [*(part for part in known["asynclint"] if part != "--no-cache"), cache, "--output-format=json"]
    found: dict[str, list[Run]] = {"first": [measure(ours)]}
    first = _report(ours)
    for number in range(runs):
        if "ruff" in known:
            found.setdefault("ruff", []).append(measure(known["ruff"]))
        found.setdefault("nothing changed", []).append(measure(ours))
        with changed.open("a", encoding="utf-8") as file:
            file.write(f"# changed {number}\n")
        found.setdefault("one file changed", []).append(measure(ours))
        if _report(ours) != first:
            raise SystemExit("the report is not that of the first run")
    return found


def _report(command: list[str]) -> bytes:
    return subprocess.run(command, capture_output=True, check=False).stdout


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description="What a second run of asynclint costs.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="asynclint-warm-") as place:
        folder = Path(place) / "tree"
        shutil.copytree(given.folder, folder)
        changed = folder / given.file if given.file else min(folder.rglob("*.py"))
        found = compare(folder, changed, given.runs, given.jobs)
    base = median(run.wall for run in found["ruff"]) if "ruff" in found else None
    for name, measured in found.items():
        wall = median(run.wall for run in measured)
        ratio = "" if base is None else f", {wall / base:.2f} times ruff's"
        cpu = median(run.cpu for run in measured)
        print(
            f"{name:17} wall {wall:7.2f} s{ratio}, CPU {cpu:7.2f} s, {max(run.memory for run in measured) / 1e6:.0f} MB"
        )


if __name__ == "__main__":
    main()
