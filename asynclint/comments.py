"""Suppression comments as data: read from tokens, so that text in strings is never taken for one."""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from asynclint.source import Span

_OWN = re.compile(r"#\s*asynclint\s*:\s*(?P<word>[\w-]*)(?P<rest>[^#]*)", re.IGNORECASE)
_CODES = re.compile(r"\s*(?:\[(?P<codes>[^\]]*)\])?\s*(?:--.*)?")
_NOQA = re.compile(r"# noqa(?::\s?(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?", re.IGNORECASE)
_NOQA_FILE = re.compile(r"# flake8[:=]\s*noqa(?P<codes>:\s?[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)?\s*", re.IGNORECASE)
_WORDS = re.compile("asynclint|noqa", re.IGNORECASE)
"""What no comment of ours or for others is without: most files have neither word, and tokens are dear."""
_BETWEEN = (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER)
_MEANT = ("ignore", "ignores", "ignored", "disable", "noqa", "skip", "off", "suppress", "allow", "nolint", "skip-file")


@dataclass(frozen=True, slots=True)
class Comment:
    """One suppression comment.

    `lines` are the first and last line of the findings that it speaks for. `codes` is empty for a comment that means
    every rule. `own` tells ours from a `noqa`, whose codes are prefixes. `problem` says what is wrong with a malformed
    one, which suppresses nothing.
    """

    span: Span
    lines: tuple[int, int]
    codes: tuple[str, ...] = ()
    own: bool = True
    problem: str = ""

    def covers(self, line: int) -> bool:
        """Tell whether the comment speaks for findings on a line."""
        return self.lines[0] <= line <= self.lines[1]


def read_comments(text: str) -> tuple[Comment, ...]:
    """Tokenise a file and return its suppression comments, in order."""
    if not _WORDS.search(text):
        return ()
    comments = (_comment(token, statement, above) for token, statement, above in _placed(text))
    return tuple(comment for comment in comments if comment is not None)


def _placed(text: str) -> Iterator[tuple[tokenize.TokenInfo, tuple[int, int], bool]]:
    """Yield each comment with the first and last line of its statement, and whether it stands alone above that.

    A statement is a logical line: of a compound statement, its header. Only a comment directly above counts, or one
    that has nothing but comments in between.
    """
    above: list[tokenize.TokenInfo] = []
    within: list[tokenize.TokenInfo] = []
    first = 0
    for token in _tokens(text):
        if token.type == tokenize.COMMENT:
            (within if first else above).append(token)
        elif token.type == tokenize.NEWLINE:
            lines = (first, token.start[0])
            for group in (above, within):
                yield from ((comment, lines, group is above) for comment in group)
                group.clear()
            first = 0
        elif token.type == tokenize.NL and not first and not token.line.strip():
            yield from _stray(above)
        elif not first and token.type not in _BETWEEN:
            first = token.start[0]
    yield from _stray([*above, *within])
    above.clear()


def _stray(comments: list[tokenize.TokenInfo]) -> Iterator[tuple[tokenize.TokenInfo, tuple[int, int], bool]]:
    """Yield comments that stand above nothing: they speak for their own line alone, where nothing is."""
    for comment in comments:
        yield comment, (comment.start[0], comment.start[0]), False
    comments.clear()


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """Yield the tokens of a file, as far as it can be tokenised."""
    try:
        yield from tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    except (tokenize.TokenError, SyntaxError):
        return


def _comment(token: tokenize.TokenInfo, statement: tuple[int, int], above: bool) -> Comment | None:
    line = token.start[0]
    span = Span(line, token.start[1] + 1, line, token.end[1] + 1)
    own = _OWN.search(token.string)
    if own is not None:
        return _own(own, span, _spoken_for(token, statement, above))
    whole_file = _NOQA_FILE.fullmatch(token.string)
    if whole_file is not None:
        return Comment(span, (1, 2**31), _split(whole_file["codes"]), own=False)
    noqa = _NOQA.search(token.string)
    if noqa is not None:
        return Comment(span, (line, line) if above else statement, _split(noqa["codes"]), own=False)
    return None


def _spoken_for(token: tokenize.TokenInfo, statement: tuple[int, int], above: bool) -> tuple[int, int]:
    """Return the lines that our own comment speaks for: its statement, or from within one, its line or the next."""
    line = token.start[0]
    if above or line in statement:
        return statement
    alone = not token.line[: token.start[1]].strip()
    return (line + 1, line + 1) if alone else (line, line)


def _own(found: re.Match[str], span: Span, lines: tuple[int, int]) -> Comment | None:
    """Read `# asynclint: ignore[CODES] -- reason`; None for prose that only happens to begin like one."""
    word = found["word"].lower()
    rest = _CODES.fullmatch(found["rest"].rstrip())
    if word == "ignore" and rest is not None:
        codes = _split(rest["codes"])
        if rest["codes"] is None or codes:
            return Comment(span, lines, codes)
        return Comment(span, lines, problem="the brackets name no rule")
    if not difflib.get_close_matches(word, _MEANT, n=1, cutoff=0.75):
        return None
    return Comment(span, lines, problem="it must read `# asynclint: ignore[CODE] -- reason`")


def _split(codes: str | None) -> tuple[str, ...]:
    return tuple(code for code in re.split(r"[,:\s]+", codes or "") if code)
