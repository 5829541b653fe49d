"""How fast asynclint is beside its peers, on the same files in the same minutes.

    python -m benchmarks.speed FOLDER [--runs 5] [--jobs 2] [--file FILE]

Runs asynclint (cold), `ruff check --select ASYNC --no-cache`, and flake8 with flake8-async where it is installed, one
after the other, several times, and prints for each the median of wall and CPU time, the smallest and the largest wall
time, and the peak memory of all its processes together; then the ratios of the medians to ruff's. With `--file`, the
CPU time of asynclint on that one file is compared with that of a Python that does nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

MEASURED_EVERY = 0.05
"""Seconds between two looks at the memory of the processes."""


@dataclass(frozen=True)
class Run:
    """One run of a command: seconds of wall and CPU time, and the peak memory of its processes in bytes."""

    wall: float
    cpu: float
    memory: int


def commands(folder: str, jobs: int) -> dict[str, list[str]]:
    """Return the commands that are there, by name."""
    found = {
        "asynclint": [sys.executable, "-m", "asynclint", folder, "--isolated", "--no-cache", f"--jobs={jobs}", "-q"],
    }
    if ruff := _tool("ruff"):
        found["ruff"] = [ruff, "check", "--isolated", "--select", "ASYNC", "--no-cache", "-q", folder]
    if (flake8 := _tool("flake8")) and shutil.which("flake8-async", path=os.path.dirname(sys.executable)):
        found["flake8-async"] = [flake8, "--isolated", "--select", "ASYNC", f"--jobs={jobs}", folder]
    return found


def _tool(name: str) -> str | None:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def measure(command: list[str]) -> Run:
    """Run a command to its end and measure it; what it says is thrown away."""
    before, begin = os.times(), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(process, peak), daemon=True)
    watcher.start()
    process.wait()
    wall, after = time.perf_counter() - begin, os.times()
    watcher.join()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(wall, cpu, peak[0])


def _watch(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], sum(map(_memory, _family(process.pid))))
        time.sleep(MEASURED_EVERY)


def _family(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for one in found:
        try:
            found.extend(map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split()))
        except OSError:
            continue
    return found


def _memory(pid: int) -> int:
    """Return the memory of a process in bytes, with its share of what it has in common with others."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def compare(folder: str, runs: int, jobs: int) -> None:
    """Measure all commands in turn, and print what came out."""
    found: dict[str, list[Run]] = {name: [] for name in commands(folder, jobs)}
    for _ in range(runs):
        for name, command in commands(folder, jobs).items():
            found[name].append(measure(command))
    base = found.get("ruff")
    for name, measured in found.items():
        walls = [one.wall for one in measured]
        wall, cpu = median(walls), median(one.cpu for one in measured)
        text = f"{name:14} wall {wall:7.2f} s ({min(walls):.2f} to {max(walls):.2f}), CPU {cpu:7.2f} s"
        text += f", {max(one.memory for one in measured) / 1e6:.0f} MB"
        if base is not None and name != "ruff":
            text += f"; wall {wall / median(one.wall for one in base):.1f} times ruff's"
            text += f", CPU {cpu / median(one.cpu for one in base):.1f} times"
        print(text)


def one_file(path: str, runs: int) -> None:
    """Print the CPU time of one file above that of a Python that does nothing."""
    own = commands(path, 1)["asynclint"]
    ours = [measure(own).cpu for _ in range(runs)]
    bare = [measure([sys.executable, "-c", ""]).cpu for _ in range(runs)]
    print(f"{path}: {median(ours) - median(bare):.2f} s of CPU above a bare Python")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description="How fast asynclint is beside its peers.")
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--file")
    given = parser.parse_args()
    compare(given.folder, given.runs, given.jobs)
    if given.file:
        one_file(given.file, given.runs)


if __name__ == "__main__":
    main()
