"""Rewritings of source text that change what is found in a known way; lines keep their numbers."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterator

from tests.support.expectations import ErrorMark, marks

Rewrite = Callable[[tokenize.TokenInfo], str | None]


def without_async(text: str) -> str:
    """Take every `async` and `await` out: what is left never gives way."""
    return _rewritten(text, lambda token: _replaced(token, re.compile(r"\b(async|await)\b ?"), ""))


def renamed(text: str, old: str, new: str) -> str:
    """Give a name another spelling, wherever it stands."""
    return _rewritten(text, lambda token: _replaced(token, re.compile(rf"\b{old}\b"), new))


def suppressed(text: str) -> str:
    """Turn every error mark into the comment that suppresses it."""

    def comment(token: tokenize.TokenInfo) -> str | None:
        if token.type != tokenize.COMMENT:
            return None
        codes = [mark.code for mark in marks(token.string, token.start[0]) if isinstance(mark, ErrorMark)]
        return f"# asynclint: ignore[{', '.join(codes)}] -- tried by a test" if codes else None

    return _rewritten(text, comment)


def _replaced(token: tokenize.TokenInfo, pattern: re.Pattern[str], new: str) -> str | None:
    """Rewrite a name, or the names in an f-string, which is one token before Python 3.12."""
    is_code = token.type == tokenize.NAME or (token.type == tokenize.STRING and token.string[0] in "fF")
    return pattern.sub(new, token.string) if is_code and pattern.search(token.string) else None


def _rewritten(text: str, rewrite: Rewrite) -> str:
    lines = text.splitlines(keepends=True)
    for token in reversed(list(_tokens(text))):
        spelling = rewrite(token)
        if spelling is not None and token.start[0] == token.end[0]:
            row = token.start[0] - 1
            before, after = lines[row][: token.start[1]], lines[row][token.end[1] :]
            lines[row] = before + (spelling + after if spelling else after.removeprefix(" "))
    return "".join(lines)


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(text).readline)
