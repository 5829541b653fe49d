"""Suppressions for what is there: a comment with a reason at every finding."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from asynclint.comments import Comment, read_comments
from asynclint.config import UNPARSABLE
from asynclint.errors import AsynclintError, UnreadableError
from asynclint.findings import Finding
from asynclint.fixes.edits import Edit, SpliceError, splice
from asynclint.outcome import Outcome
from asynclint.repair import Change
from asynclint.source import Source
from asynclint.suppression import UNUSED
from asynclint.syntax.slices import split_lines

WIDTH = 120
"""Columns beyond which a comment goes above the statement, if it can."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A place for a comment: at the end of a line, or above it. `statement` is its first and last line."""

    number: int
    statement: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ignored:
    """The files with suppressions in them, and a sentence for each file that could be given none."""

    changes: tuple[Change, ...]
    failures: tuple[str, ...]


def add_ignores(outcome: Outcome, reason: str) -> Ignored:
    """Put a suppression at every finding of a run but ARC901 and ARC902."""
    reason = " ".join(reason.split())
    if not reason or "#" in reason:
        raise AsynclintError("a suppression needs a reason, without `#`: --reason 'why this is no race'")
    by_path: dict[str, list[Finding]] = {}
    for finding in outcome.findings:
        if finding.code not in (UNUSED, UNPARSABLE):
            by_path.setdefault(finding.path, []).append(finding)
    changes, failures = [], []
    for path, findings in by_path.items():
        try:
            source = outcome.sources[path]
            data = splice(source, _edits(source, findings, reason))
        except (UnreadableError, SpliceError) as error:
            failures.append(f"{path}: no suppression written: {error}")
            continue
        changes.append(Change(path, outcome.sources.location(path), source.data, data))
    return Ignored(tuple(changes), tuple(failures))


def _edits(source: Source, findings: Iterable[Finding], reason: str) -> Iterator[Edit]:
    """Yield the edits that suppress the findings of one file."""
    lines = split_lines(source.text)
    places = _places(source.text)
    comments = {comment.span.line: comment for comment in read_comments(source.text) if _can_be_added_to(comment)}
    wanted: dict[_Line, set[str]] = {}
    for finding in findings:
        place = places.get(finding.span.line)
        if place is not None:
            wanted.setdefault(place, set()).add(finding.code)
    for place, codes in wanted.items():
        offset = sum(map(len, lines[: place.number - 1]))
        line = lines[place.number - 1]
        known = comments.get(place.number)
        if known is not None:
            yield _extended(line, offset, known, codes)
        else:
            yield _added(line, offset, place, f"# asynclint: ignore[{', '.join(sorted(codes))}] -- {reason}")


def _can_be_added_to(comment: Comment) -> bool:
    return comment.own and bool(comment.codes) and not comment.problem


def _extended(line: str, offset: int, comment: Comment, codes: set[str]) -> Edit:
    """Add codes to the suppression that is there."""
    found = re.compile(r"\[([^\]]*)\]").search(line, comment.span.column - 1)
    assert found is not None, "a comment with codes has brackets"
    listed = ", ".join([*comment.codes, *sorted(codes - set(comment.codes))])
    return Edit(offset + found.start(1), offset + found.end(1), listed)


def _added(line: str, offset: int, place: _Line, comment: str) -> Edit:
    text = line.rstrip("\r\n")
    newline = line[len(text) :] or "\n"
    code = text.rstrip()
    if len(code) + len(comment) + 2 > WIDTH and place.number == place.statement[0]:
        indentation = text[: len(text) - len(text.lstrip())]
        return Edit(offset, offset, f"{indentation}{comment}{newline}")
    return Edit(offset + len(code), offset + len(text), f"  {comment}")


def _places(text: str) -> Mapping[int, _Line]:
    """Return for each line of code where a comment speaks for it: its end, else that of the statement."""
    places: dict[int, _Line] = {}
    pending: list[tokenize.TokenInfo] = []
    lines = split_lines(text)
    for token in _tokens(text):
        if token.type in (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT) and not pending:
            continue
        pending.append(token)
        if token.type == tokenize.NEWLINE:
            places.update(_of_statement(pending, lines))
            pending = []
    return places


def _of_statement(tokens: Sequence[tokenize.TokenInfo], lines: Sequence[str]) -> Iterator[tuple[int, _Line]]:
    statement = tokens[0].start[0], tokens[-1].start[0]
    strings = {
        line for token in tokens for line in range(token.start[0], token.end[0]) if token.start[0] < token.end[0]
    }
    for line in range(statement[0], statement[1] + 1):
        open_ended = line in strings or lines[line - 1].rstrip("\r\n").endswith("\\")
        yield line, _Line(statement[1] if open_ended else line, statement)


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    except (tokenize.TokenError, SyntaxError):
        return
