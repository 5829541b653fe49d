"""Whole runs: where nothing at all has changed since, what was reported then is reported again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import cast

from asynclint.cache.files import settled_before
from asynclint.cache.folder import Folder
from asynclint.cache.shapes import reader
from asynclint.cache.stamp import digest_of, key
from asynclint.cache.told import FindingData, finding_data, finding_of
from asynclint.config import Config
from asynclint.discovery import Discovered, File
from asynclint.findings import Finding

KIND = "run"

_Document = tuple[str, str, bool, int, int, int, tuple[tuple[str, str], ...]]
_READ = reader(_Document)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run reported.

    `stats` stands for the sizes and times of all its files, empty where they may not have settled, `contents` for
    what was in them. `offered`: the findings tell which fixes are on offer. `texts` are digests, by printed path, of
    the files that the findings speak of.
    """

    stats: str
    contents: str
    findings: tuple[Finding, ...]
    offered: bool
    files: int
    suppressed: int
    errors: int
    texts: Mapping[str, str]


def run_key(targets: Sequence[str], config: Config) -> str:
    """Return the name of the runs over some paths with a configuration; how it is printed and how fast is no matter."""
    what = replace(config, output_format=None, jobs=0, cache_dir=None, file=None)
    return key("run", list(targets), astuple(what), *models_read(config))


def models_read(config: Config) -> list[str]:
    """Return what stands for the content of the files of library models."""
    found = []
    for path in config.models:
        try:
            with open(path, "rb") as file:
                found.append(digest_of(file.read()))
        except OSError:
            found.append("")
    return found


def stats_of(found: Discovered) -> str:
    """Return what stands for the sizes and times of all files of a run; empty where one has none."""
    files = (*found.requested, *found.context)
    if found.unreached or found.missing or any(file.data is not None for file in files):
        return ""
    told = [f"{file.path}\0{file.size}\0{file.mtime_ns}\0{file.ctime_ns}" for file in files]
    return key(len(found.requested), "\0".join(told))


def settled(files: Iterable[File], began: int) -> bool:
    """Tell whether a change of any file would show in its times."""
    return all(settled_before(began, file) for file in files)


def load_run(folder: Folder, name: str) -> Run | None:
    """Read a run; None where there is none that can be trusted."""
    document = folder.read(KIND, name)
    try:
        if not isinstance(document, list) or len(document) != 2 or not isinstance(document[1], list):
            return None
        stats, contents, offered, files, suppressed, errors, texts = cast(_Document, _READ(document[0]))
        findings = tuple(finding_of(one) for one in document[1])
    except ValueError:
        return None
    return Run(stats, contents, findings, offered, files, suppressed, errors, dict(texts))


def save_run(folder: Folder, name: str, run: Run) -> None:
    """Store a run."""
    about: _Document = (
        run.stats,
        run.contents,
        run.offered,
        run.files,
        run.suppressed,
        run.errors,
        tuple(run.texts.items()),
    )
    found: list[FindingData] = [finding_data(finding) for finding in run.findings]
    folder.write(KIND, (about, found), name)
