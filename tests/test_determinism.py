"""The same sources give the same report, whatever order the interpreter keeps its sets in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SOURCE = """
import asyncio


class Job:
    async def serve(self):
        await asyncio.gather(*(self.work(1) for _ in range(3)), self.other())

    async def other(self):
        self.state = "new"

    async def work(self, flip):
        while self.state == "run":
            if flip:
                await asyncio.sleep(0)
                if flip > 2:
                    self.state = "done"
                    break
            else:
                await asyncio.sleep(1)
            if self.state and flip > 4:
                continue
            await asyncio.sleep(2)
        self.state = "end"

    async def twice(self):
        state = self.state
        if state == "a":
            await asyncio.sleep(0)
        if state:
            await asyncio.sleep(1)
            self.state = "b"
"""


def report(folder: Path, seed: int) -> bytes:
    """Lint the folder in an interpreter with this hash seed."""
    command = [sys.executable, "-m", "asynclint", ".", "--no-cache", "--min-confidence=low", "--output-format=json"]
    env = {**os.environ, "PYTHONHASHSEED": str(seed)}
    run = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    assert run.returncode == 1, run.stderr
    return run.stdout


def test_the_hash_seed_does_not_show(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(SOURCE)
    assert len({report(tmp_path, seed) for seed in range(8)}) == 1
