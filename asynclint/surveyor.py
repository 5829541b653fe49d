"""Every file of a run, read and surveyed: here, or in several processes where there is enough to do."""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from asynclint.discovery import File
from asynclint.errors import UnreadableError, describe
from asynclint.reading import content, decode, digest
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

    `digest` is that of the content, empty where there was none to read. `commented`: the text mentions our suppression
    comments. `is_async`: some function is. `stored` names the facts where a cache has them; `facts` may be left there.
    """

    file: File
    facts: ModuleFacts | None = None
    digest: bytes = b""
    commented: bool = False
    unreadable: UnreadableError | None = None
    crash: str = ""
    is_async: bool = False
    stored: str = ""

    @property
    def lasts(self) -> bool:
        """Whether the same would become of the same content again."""
        return bool(self.digest) and not self.crash

    def __reduce__(self) -> tuple[object, ...]:
        """Cross from one process to another with the facts as plain data: a third of the cost of pickling them."""
        data = None if self.facts is None else marshal.dumps(to_data(self.facts))
        return _received, (data, self.file, self.digest, self.commented, self.unreadable, self.crash, self.is_async)


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
    seen = b""
    try:
        data = content(file, limit)
        seen = digest(data)
        facts = survey(file.path, decode(data, file.path).text)
        is_async = any(function.is_async for function in facts.functions)
        return Surveyed(file, facts, seen, commented=b"asynclint" in data, is_async=is_async)
    except UnreadableError as error:
        return Surveyed(file, digest=seen, unreadable=error)
    except Exception as error:  # noqa: BLE001 -- a defect of ours must not keep the other files from being linted
        return Surveyed(file, crash=describe(error))


def _received(
    data: bytes | None,
    file: File,
    seen: bytes,
    commented: bool,
    unreadable: UnreadableError | None,
    crash: str,
    is_async: bool,
) -> Surveyed:
    facts = None if data is None else from_data(marshal.loads(data), interned=True)
    return Surveyed(file, facts, seen, commented, unreadable, crash, is_async)


def _useful(files: Iterable[File], jobs: int) -> int:
    if jobs == 1 or sum(file.size for file in files) < WORTH_SPREADING:
        return 1
    return jobs or cores()


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
