"""Results on disk: what asynclint found in each package, and the names by which findings are known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from benchmarks.corpus.packages import CorpusError

IDENTITY = ("package", "version", "path", "function", "code", "state")


@dataclass(frozen=True, slots=True)
class Found:
    """One finding in one package; `data` is the object that the schema of the JSON report describes."""

    package: str
    version: str
    data: Mapping[str, object]

    def text(self, key: str) -> str:
        """Return a field of the finding as text; empty for null."""
        value = self.data.get(key)
        return "" if value is None else str(value)

    @property
    def code(self) -> str:
        """The rule's code."""
        return self.text("code")

    @property
    def confidence(self) -> str:
        """The confidence; empty where a worksheet has left it out."""
        return self.text("confidence")

    @property
    def identity(self) -> dict[str, str]:
        """What the fingerprint is made of: no line, so that it is the same when lines move.

        The state is the primitive where a finding is about no data.
        """
        state = self.text("state") or self.text("primitive")
        return {
            "package": self.package,
            "version": self.version,
            "path": self.text("path"),
            "function": self.text("function"),
            "code": self.code,
            "state": state,
        }

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits; findings of one rule on one state in one function share them."""
        return fingerprint(self.identity)

    @property
    def place(self) -> str:
        """Package, path and line, for people."""
        return f"{self.package}-{self.version} {self.text('path')}:{self.text('line')}"


@dataclass(frozen=True, slots=True)
class Result:
    """One package linted: its counts, the commit of the tool, and the findings shown at default settings."""

    package: str
    version: str
    tuned: bool
    commit: str
    files: int
    async_functions: int
    seconds: float
    findings: tuple[Found, ...]
    problems: tuple[str, ...] = ()

    @property
    def races(self) -> dict[str, Found]:
        """The findings that are about races, by fingerprint; the first of those that share one."""
        races: dict[str, Found] = {}
        for found in self.findings:
            if not found.code.startswith("ARC9"):
                races.setdefault(found.fingerprint, found)
        return races


def fingerprint(identity: Mapping[str, str]) -> str:
    """Return the fingerprint of what names a finding."""
    text = json.dumps([identity[key] for key in IDENTITY])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def all_races(results: Iterable[Result]) -> dict[str, Found]:
    """Return the races of all results, by fingerprint."""
    return {name: found for result in results for name, found in result.races.items()}


def write_result(result: Result, folder: Path) -> Path:
    """Write one package's file."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {key: getattr(result, key) for key in Result.__slots__}
    data["findings"] = [dict(found.data) for found in result.findings]
    file = folder / f"{result.package}.json"
    file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return file


def read_results(folder: Path) -> list[Result]:
    """Read a folder of results, in order of packages."""
    results = [_result(file) for file in sorted(folder.glob("*.json"))]
    if not results:
        raise CorpusError(f"{folder}: no results are there; `lint --results {folder}` makes them")
    return results


def _result(file: Path) -> Result:
    data: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
    package, version = str(data["package"]), str(data["version"])
    return Result(
        package=package,
        version=version,
        tuned=data["tuned"] is True,
        commit=str(data["commit"]),
        files=int(str(data["files"])),
        async_functions=int(str(data["async_functions"])),
        seconds=float(str(data["seconds"])),
        findings=tuple(
            Found(package, version, cast("Mapping[str, object]", one)) for one in cast("list[object]", data["findings"])
        ),
        problems=tuple(map(str, cast("list[object]", data["problems"]))),
    )


def read_rows(file: Path) -> list[dict[str, object]]:
    """Read a file of JSON objects, one a line; empty lines are passed over."""
    rows: list[dict[str, object]] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise CorpusError(f"{file}:{number}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise CorpusError(f"{file}:{number}: not an object")
        rows.append(row)
    return rows


def row_lines(rows: Sequence[Mapping[str, object]]) -> str:
    """Return objects as text, one a line."""
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def found_of(row: Mapping[str, object]) -> Found:
    """Return the finding that a row of a worksheet quotes."""
    data = row.get("finding")
    if not isinstance(data, dict):
        raise CorpusError(f"a row of {row.get('package')} has no finding")
    return Found(str(row.get("package")), str(row.get("version")), cast("Mapping[str, object]", data))
