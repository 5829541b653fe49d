"""Every file of a run, read and surveyed: here, or in several processes where there is enough to do."""

from __future__ import annotations

import gc
import marshal
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from asynclint.discovery import File
from asynclint.errors import UnreadableError, describe
from asynclint.reading import digest, read
from asynclint.survey import survey
from asynclint.survey.codec import from_data, to_data
from asynclint.survey.facts import ModuleFacts
from asynclint.workers import Lost, run

WORTH_SPREADING = 1_500_000
"""Bytes of source under which starting processes costs more than it gives."""

Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What became of one file: facts; or why it cannot be analysed; or a defect of ours (`crash`).

    `commented`: the text mentions our suppression comments.
    """

    file: File
    facts: ModuleFacts | None = None
    digest: bytes = b""
    commented: bool = False
    unreadable: UnreadableError | None = None
    crash: str = ""

    def __reduce__(self) -> tuple[object, ...]:
        """Cross from one process to another with the facts as plain data: a third of the cost of pickling them."""
        data = None if self.facts is None else marshal.dumps(to_data(self.facts))
        return _received, (self.file, data, self.digest, self.commented, self.unreadable, self.crash)


def survey_all(files: Sequence[File], jobs: int, limit: int, tick: Tick) -> list[Surveyed]:
    """Survey files; the result is in their order, whatever the number of jobs. 0 jobs: one for each core."""
    answers: dict[int, Surveyed] = {}
    for index, answer in run(partial(survey_file, limit=limit), files, _useful(files, jobs)):
        if isinstance(answer, Lost):
            answer = Surveyed(files[index], unreadable=UnreadableError(f"the file was given up: {answer.reason}"))
        answers[index] = answer
        tick(len(answers), len(files))
    return [answers[index] for index in range(len(files))]


def survey_file(file: File, limit: int) -> Surveyed:
    """Read and survey one file; never raises."""
    try:
        source = read(file, limit)
        facts = survey(source.path, source.text)
        return Surveyed(file, facts, digest(source.data), commented=b"asynclint" in source.data)
    except UnreadableError as error:
        return Surveyed(file, unreadable=error)
    except Exception as error:  # noqa: BLE001 -- a defect of ours must not keep the other files from being linted
        return Surveyed(file, crash=describe(error))


def _received(
    file: File, data: bytes | None, seen: bytes, commented: bool, unreadable: UnreadableError | None, crash: str
) -> Surveyed:
    facts = None if data is None else from_data(marshal.loads(data))
    return Surveyed(file, facts, seen, commented, unreadable, crash)


def _useful(files: Iterable[File], jobs: int) -> int:
    if jobs == 1 or sum(file.size for file in files) < WORTH_SPREADING:
        return 1
    return jobs or cores()


@contextmanager
def collector_off() -> Iterator[None]:
    """Keep the cyclic collector from going through ever more facts, which hold no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
