"""The checks over all files that were asked for: here, or in several processes where there is enough to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from asynclint import rulebook
from asynclint.cache.answers import Piece
from asynclint.checks import asked, wanted
from asynclint.checks.prospects import Prospects
from asynclint.checks.retold import told_once
from asynclint.checks.run import examine
from asynclint.collector import Sweeper
from asynclint.config import UNPARSABLE, Config
from asynclint.errors import UnreadableError, describe
from asynclint.findings import CONFIDENCES, Confidence, Finding
from asynclint.link.linker import Linker
from asynclint.link.models import load_models
from asynclint.link.program import Function, Program
from asynclint.reading import Sources
from asynclint.source import Span
from asynclint.survey.facts import ModuleFacts
from asynclint.surveyor import cores
from asynclint.syntax.slices import split_lines
from asynclint.workers import Lost, forks
from asynclint.workers import run as spread

WORTH_SPREADING = 24
"""Files with candidates under which starting processes costs more than it gives."""
WORTH_GUARDING = 60_000
"""Bytes of a file from which on it is analysed in a process that can be ended; below, starting one costs too much."""
SECONDS_FOR_A_FILE = 120
"""Of computing; ten times as much of waiting, as the machine may be busy with other things."""


@dataclass(frozen=True, slots=True)
class Crash:
    """A defect of our own that came up in one function: told on standard error, the run goes on."""

    path: str
    function: str
    error: str

    def __str__(self) -> str:
        where = ", in ".join(part for part in (self.path, self.function) if part) or "the analysis"
        return f"{where}: asynclint failed here: {self.error}; this is a defect of asynclint, please report it"


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one file, and the text that was looked at for it: by file, lines and digests of functions."""

    path: str
    found: tuple[Finding | Crash, ...]
    looked_at: Mapping[str, tuple[Piece, ...]] = field(default_factory=dict)

    @property
    def sure(self) -> bool:
        """Whether the same would be said again: a defect, or a file that was given up, may not come up again."""
        return all(isinstance(one, Finding) and one.code != UNPARSABLE for one in self.found)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the work on one file needs; a forked process inherits it whole."""

    linker: Linker
    codes: frozenset[str]
    sweeper: Sweeper
    commented: frozenset[str]
    least: Confidence

    def file(self, path: str) -> Told:
        """Return what the checks find in one file; never raises."""
        found: list[Finding | Crash] = []
        self.linker.begin()
        for function, needs in self.linker.candidates(path, partial(wanted, self.codes), path in self.commented):
            codes = asked(self.codes, needs, function.facts)
            if codes:
                found.extend(guarded(path, function.name, partial(self._check, function, codes)))
        self.sweeper.after_file()
        looked_at: dict[str, list[Piece]] = {}
        for function, text in self.linker.looked_at.items():
            looked_at.setdefault(function.path, []).append((function.facts.line, function.facts.end_line, text))
        kept = {id(one) for one in told_once([one for one in found if isinstance(one, Finding)])}
        told = tuple(one for one in found if isinstance(one, Crash) or id(one) in kept)
        return Told(path, told, {other: tuple(pieces) for other, pieces in looked_at.items()})

    def _check(self, function: Function, codes: Sequence[str]) -> list[Finding]:
        least = CONFIDENCES[0] if function.path in self.commented else self.least
        return examine(self.linker, function, codes, least)


def analyse(
    sources: Sources,
    facts: Mapping[str, ModuleFacts],
    config: Config,
    paths: Sequence[str],
    commented: frozenset[str] = frozenset(),
) -> Iterator[Told]:
    """Yield what the checks find in some files of a program, file by file, in their order.

    What cannot come to the confidence that is asked for may be left out, but not in files that are `commented`: a
    comment that hides a finding is in use, whether it would be shown or not.
    """
    lines = lru_cache(maxsize=8)(lambda path: split_lines(sources[path].text))
    hope = partial(Prospects, least=config.min_confidence)
    linker = Linker(Program(facts.values(), load_models(map(Path, config.models))), lines, hope)
    # Only a fork shares the linked program; elsewhere handing it over would cost more than the second core gives.
    jobs = (config.jobs or cores()) if sys.platform == "linux" and len(paths) >= WORTH_SPREADING else 1
    apart = forks() and any(sources.size(path) >= WORTH_GUARDING for path in paths)
    computing = SECONDS_FOR_A_FILE if jobs > 1 or apart else None
    waiting = None if computing is None else 10.0 * computing
    if jobs > 1:
        linker.prepare()
    analysis = Analysis(linker, checked(config), Sweeper(), commented, config.min_confidence)
    answers: dict[int, Told] = {}
    for index, answer in spread(analysis.file, paths, jobs, waiting, computing, apart):
        if isinstance(answer, Lost):
            told = UnreadableError(f"the analysis of the file was given up: {answer.reason}")
            answer = Told(paths[index], (unparsable(paths[index], told),))
        answers[index] = answer
    for index in range(len(paths)):
        yield answers[index]


def checked(config: Config) -> frozenset[str]:
    """Return the codes of the rules that are checked with a configuration."""
    return frozenset(rule.code for rule in rulebook.load().rules if config.selects(rule.code))


def guarded(path: str, function: str, work: Callable[[], Iterable[Finding]]) -> Iterator[Finding | Crash]:
    """Do the work on one function; what goes wrong in it stays with it."""
    try:
        yield from list(work())
    except UnreadableError as error:
        yield unparsable(path, error)
    except Exception as error:  # noqa: BLE001 -- a defect of ours must not keep the other functions from being linted
        yield Crash(path, function, describe(error))


def unparsable(path: str, error: UnreadableError) -> Finding:
    """Make the ARC902 of a file that cannot be analysed."""
    rule = rulebook.load().resolve(UNPARSABLE)
    span = Span(error.line, error.column, error.line, error.column + 1)
    return Finding(rule.code, rule.name, error.message, rule.severity, "high", path, span, function="")
