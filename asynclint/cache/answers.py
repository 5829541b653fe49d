"""What the analysis said of each file, and whose text it had to look at to say so.

All of it holds for one set of facts about the whole program. Where these are the same, what is said of a file can only
change with the text of the functions that were looked at: its own, and helpers elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from asynclint.cache.folder import Folder
from asynclint.cache.shapes import reader
from asynclint.cache.told import finding_data, finding_of
from asynclint.findings import Finding

KIND = "answers"

Piece = tuple[int, int, str]
"""First and last line of a function, and the digest of its text."""
_Looked = tuple[tuple[str, tuple[Piece, ...]], ...]
_READ_LOOKED = reader(_Looked)
_READ_TEXTS = reader(tuple[tuple[str, str], ...])


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found in one file, before suppression, and the pieces of text that were looked at, by file."""

    findings: tuple[Finding, ...]
    looked_at: Mapping[str, tuple[Piece, ...]]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was found in each file of a program. `texts` are the digests of the files that were looked at."""

    program: str
    texts: Mapping[str, str]
    by_path: Mapping[str, Answer]

    def valid(self, digests: Mapping[str, str], piece: Callable[[str, int, int], str]) -> Iterator[str]:
        """Yield the files of which the same would be said now.

        `digests` are those of the files' contents now, `piece` gives the digest of some lines of a file.
        """
        same = {path for path, digest in self.texts.items() if digests.get(path) == digest}
        for path, answer in self.by_path.items():
            doubtful = [
                (other, one) for other, pieces in answer.looked_at.items() if other not in same for one in pieces
            ]
            if all(piece(other, first, last) == digest for other, (first, last, digest) in doubtful):
                yield path


def load_answers(folder: Folder, name: str, program: str) -> Answers:
    """Read what was said of a program with these facts; nothing where there is none that can be trusted."""
    document = folder.read(KIND, name)
    nothing = Answers(program, {}, {})
    try:
        if not isinstance(document, list) or len(document) != 3 or document[0] != program:
            return nothing
        texts = dict(cast(tuple[tuple[str, str], ...], _READ_TEXTS(document[1])))
        return Answers(program, texts, dict(map(_answer, _rows(document[2]))))
    except ValueError:
        return nothing


def save_answers(folder: Folder, name: str, answers: Answers) -> None:
    """Store what was said."""
    rows = [
        (path, [finding_data(finding) for finding in answer.findings], list(answer.looked_at.items()))
        for path, answer in answers.by_path.items()
    ]
    folder.write(KIND, (answers.program, list(answers.texts.items()), rows), name)


def _rows(data: object) -> list[list[object]]:
    if not isinstance(data, list) or not all(isinstance(row, list) and len(row) == 3 for row in data):
        raise ValueError("not rows of answers")
    return data


def _answer(row: list[object]) -> tuple[str, Answer]:
    path, findings, looked_at = row
    if not isinstance(path, str) or not isinstance(findings, list):
        raise ValueError("not an answer")
    return path, Answer(tuple(finding_of(one) for one in findings), dict(cast(_Looked, _READ_LOOKED(looked_at))))
