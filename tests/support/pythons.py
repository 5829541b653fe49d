"""The other Pythons of this machine, asked whether they can read a text."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

SUPPORTED = range(10, 15)
_READS = """
import json, sys, warnings
warnings.simplefilter("ignore")
refused = []
for name, text in json.load(sys.stdin).items():
    try:
        compile(bytes.fromhex(text), "text.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        refused.append(name)
print(json.dumps([list(sys.version_info[:2]), refused]))
"""


@cache
def interpreter(minor: int) -> str:
    """Return a Python 3 of a minor version that really runs, which a version manager's shim may not; else nothing."""
    for candidate in _candidates(minor):
        if _ask(candidate, {})[0] == [3, minor]:
            return candidate
    return ""


def refused(python: str, texts: Mapping[str, bytes]) -> frozenset[str]:
    """Return the names of the texts that an interpreter cannot compile; none of them is run."""
    version, names = _ask(python, texts)
    assert version, f"{python} does not answer"
    return frozenset(map(str, names))


def _candidates(minor: int) -> Iterator[str]:
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from (str(path) for path in sorted(versions.glob(f"3.{minor}.*/bin/python3")))
    found = shutil.which(f"python3.{minor}")
    if found:
        yield found


def _ask(python: str, texts: Mapping[str, bytes]) -> tuple[list[object], list[object]]:
    question = json.dumps({name: text.hex() for name, text in texts.items()})
    try:
        done = subprocess.run(
            [python, "-I", "-c", _READS], input=question, capture_output=True, text=True, timeout=120, check=False
        )
    except OSError:
        return [], []
    if done.returncode:
        return [], []
    version, names = json.loads(done.stdout)
    return version, names
