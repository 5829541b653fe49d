"""Verdicts of readers: what they may be, how they are checked and kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_type_hints

from benchmarks.corpus.packages import CorpusError
from benchmarks.corpus.results import found_of, read_rows, row_lines

VERDICTS = Path(__file__).with_name("verdicts.jsonl")

# From the one that a maintainer would act on to the one that is wrong.
SCALE = ("TRUE", "PLAUSIBLE", "BENIGN", "FALSE")
WORTH = frozenset({"TRUE", "PLAUSIBLE"})

_NAMED = re.compile(r"https?://\S+|[\w/.-]+\.(?:py|md|rst|txt|ipynb)\b|\b\w+(?:\.\w+)+|\b\w+\(\)|\b\w+_\w+\b")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reader said of one finding, and the commit of the tool for which the worksheet was drawn."""

    fingerprint: str
    package: str
    version: str
    path: str
    function: str
    code: str
    state: str
    verdict: str
    reason: str
    rival: str
    reader: str
    date: str
    commit: str


def read_verdicts(file: Path = VERDICTS) -> list[Verdict]:
    """Read the verdicts in the order in which they were recorded; none if the file is not there."""
    if not file.is_file():
        return []
    names = list(get_type_hints(Verdict))
    return [Verdict(*(str(row[name]) for name in names)) for row in read_rows(file)]


def record(
    rows: Sequence[Mapping[str, object]], known: Sequence[Verdict], reader: str, date: str, revise: bool = False
) -> tuple[list[Verdict], list[str]]:
    """Turn the rows that have a verdict into verdicts; also return a sentence for each that is not right.

    `known` are those recorded so far: a reader does not judge a finding twice unless it is to `revise`.
    """
    seen = set() if revise else {(one.fingerprint, one.reader) for one in known}
    verdicts: list[Verdict] = []
    wrong: list[str] = []
    for number, row in enumerate(rows, 1):
        if not _text(row, "verdict") and not _text(row, "reason"):
            continue
        problems = list(_problems(row, reader))
        if not problems:
            verdict = _verdict(row, reader, date)
            if (verdict.fingerprint, reader) in seen:
                problems = [f"{reader} has judged it already; `--revise` records a second thought"]
            seen.add((verdict.fingerprint, reader))
            verdicts.append(verdict)
        wrong += [f"row {number} ({row.get('package')}, {row.get('fingerprint')}): {problem}" for problem in problems]
    return verdicts, wrong


def append(verdicts: Iterable[Verdict], file: Path = VERDICTS) -> None:
    """Write verdicts behind those that are there."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write(row_lines([asdict(one) for one in verdicts]))


def first_words(verdicts: Iterable[Verdict]) -> dict[str, dict[str, str]]:
    """Return by fingerprint and reader what each said at first: before anyone could have talked it over."""
    said: dict[str, dict[str, str]] = {}
    for one in verdicts:
        said.setdefault(one.fingerprint, {}).setdefault(one.reader, one.verdict)
    return said


def standing(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """Return by fingerprint what counts: of each reader the last word, of several readers the worst."""
    last: dict[str, dict[str, str]] = {}
    for one in verdicts:
        last.setdefault(one.fingerprint, {})[one.reader] = one.verdict
    return {name: max(said.values(), key=SCALE.index) for name, said in last.items()}


def _problems(row: Mapping[str, object], reader: str) -> Iterator[str]:
    """Yield what is wrong with a row that has been filled in."""
    verdict = _text(row, "verdict")
    if not reader:
        yield "nobody is named as the reader: give `--reader NAME`"
    if verdict not in SCALE:
        yield f"the verdict {verdict!r} is none of {', '.join(SCALE)}"
    if not _text(row, "reason"):
        yield "it gives no reason"
    if verdict == "PLAUSIBLE" and not _NAMED.search(_text(row, "rival")):
        yield (
            "PLAUSIBLE needs a rival that names a caller that can overlap (`pool.py:120`, `Pool.acquire`) or "
            "documentation of concurrent use (a URL, a file); otherwise it is BENIGN or FALSE"
        )
    try:
        name = found_of(row).fingerprint
    except CorpusError:
        yield "it has lost the finding that it is about"
        return
    if name != row.get("fingerprint"):
        yield f"its finding has the fingerprint {name}: package, version or finding was changed"


def _verdict(row: Mapping[str, object], reader: str, date: str) -> Verdict:
    return Verdict(
        fingerprint=_text(row, "fingerprint"),
        **found_of(row).identity,
        verdict=_text(row, "verdict"),
        reason=_text(row, "reason"),
        rival=_text(row, "rival"),
        reader=reader,
        date=date,
        commit=_text(row, "commit"),
    )


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""
