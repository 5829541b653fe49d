"""The scripts of this folder, and what the head of each says about the finding that it runs."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent

# Not scripts: what runs them.
_OWN = frozenset({"__init__", "__main__", "scripts"})
_FIELDS = ("Package", "File", "Function", "Finding", "Lost")
_FIELD = re.compile(r"^(?P<name>[A-Z]\w+): (?P<text>.*(?:\n +.*)*)", re.MULTILINE)

# Asked of the interpreter that is to run the scripts: it need not be the one that runs this.
_VERSIONS = """
import importlib.metadata, json, sys
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
print(json.dumps({name: version(name) for name in sys.argv[1:]}))
"""


class ScriptError(Exception):
    """What is wrong with a script or with the call; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Script:
    """One script: the release that it needs, and the finding that it runs."""

    path: Path
    title: str
    package: str
    version: str
    file: str
    function: str
    finding: str
    lost: str

    @property
    def name(self) -> str:
        """The name on the command line."""
        return self.path.stem

    @property
    def release(self) -> str:
        """Package and version."""
        return f"{self.package} {self.version}"

    @property
    def requirement(self) -> str:
        """What pip has to be told."""
        return f"{self.package}=={self.version}"


def read_script(path: Path) -> Script:
    """Read the head of a script; its code is not run."""
    title, _, head = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n\n")
    said = {match["name"]: " ".join(match["text"].split()) for match in _FIELD.finditer(head)}
    missing = [name for name in _FIELDS if not said.get(name)]
    if missing or len(said["Package"].split()) != 2:
        raise ScriptError(f"{path}: its docstring has to name {', '.join(missing) or 'a package and a version'}")
    package, version = said["Package"].split()
    return Script(path, title, package, version, said["File"], said["Function"], said["Finding"], said["Lost"])


def read_scripts(folder: Path = FOLDER, only: Collection[str] = ()) -> list[Script]:
    """Read the scripts of a folder in order of names, or those that are named by script or by package."""
    scripts = [read_script(path) for path in sorted(folder.glob("*.py")) if path.stem not in _OWN]
    unknown = set(only) - {one.name for one in scripts} - {one.package for one in scripts}
    if unknown:
        raise ScriptError(f"no such script or package: {', '.join(sorted(unknown))}; `--list` names them all")
    return [one for one in scripts if not only or {one.name, one.package} & set(only)]


def installed(scripts: Iterable[Script], python: str) -> dict[str, str]:
    """Return by package the version that an interpreter has of it; empty if it has none."""
    names = sorted({one.package for one in scripts})
    try:
        run = subprocess.run([python, "-c", _VERSIONS, *names], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ScriptError(f"{python}: not a Python that runs: {error}") from error
    found: dict[str, str] = json.loads(run.stdout)
    return found


def table(scripts: Iterable[Script]) -> str:
    """Return the table of the README: what was confirmed."""
    rows = ["| script | release | finding | what is lost |", "|---|---|---|---|"]
    for one in scripts:
        code, _, state = one.finding.partition(" on ")
        finding = f"{code} `{state}` in `{one.function}`"
        rows.append(f"| [{one.name}]({one.path.name}) | {one.release} | {finding} | {one.lost} |")
    return "".join(f"{row}\n" for row in rows)
