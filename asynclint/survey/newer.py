"""Newer syntax written in an older way, so that the running Python can read it: lines and, almost always, columns stay.

Only tried where a file cannot be parsed as it stands. That string literals may change with it does not matter here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

Substitute = str | Callable[[re.Match[str]], str]

_PARAMS = r"\[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\]"
_NOT_NEWLINE = re.compile(r"[^\n]")


def _blank(text: str) -> str:
    return _NOT_NEWLINE.sub(" ", text)


def _without_params(found: re.Match[str]) -> str:
    """Return a definition without its type parameters; the lines that they took are joined."""
    return found[1] + "\\\n".join(_blank(line)[:-1] if line else "" for line in found[2].split("\n")) + " "


def _assigned(found: re.Match[str]) -> str:
    """Return a type alias as an assignment."""
    indent, keyword, name, params = found.groups()
    return f"{indent}{name}{_blank(keyword)}{' ' * len(params)}" if "\n" not in params else found[0]


def _form(pattern: str, substitute: Substitute) -> tuple[re.Pattern[str], Substitute]:
    return re.compile(pattern, re.MULTILINE), substitute


# PEP 758: except without parentheses
_BARE_EXCEPT = _form(r"^([ \t]*except\*?)[ \t]([ \t]*)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+[ \t]*,?)[ \t]*:", r"\1(\2\3):")
_MAY_BE_BARE = re.compile(r"except\*?[ \t]+[\w.]+[ \t]*,")
_FORMS: tuple[tuple[re.Pattern[str], Substitute], ...] = (
    _BARE_EXCEPT,
    # PEP 695: generic functions and classes, type aliases
    _form(rf"^([ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+\w+)({_PARAMS})", _without_params),
    _form(rf"^([ \t]*)(type[ \t]+)(\w+)((?:{_PARAMS})?)(?=[ \t]*=[^=])", _assigned),
    # PEP 750: template strings
    _form(r"(?<!\w)([rR]?)[tT](?=[rR]?[\"'])", r"\1f"),
    # PEP 798: unpacking in comprehensions
    _form(r"([\[({][ \t\n]*)\*(?=[\w.()\[\]]+[ \t\n]+(?:async[ \t]+)?for[ \t])", r"\1 "),
    # PEP 654: exception groups
    _form(r"^([ \t]*except)[ \t]*\*", r"\1 "),
    # PEP 810: lazy imports
    _form(r"^([ \t]*)lazy[ \t]+(?=(?:import|from)[ \t])", r"\1"),
)
if sys.version_info < (3, 11):
    # PEP 646: unpacking in subscripts and annotations
    _FORMS += (
        _form(r"(\w\[(?:[\w., \t\[\]]*,)?[ \t]*)\*(?=\w+[ \t]*[\],])", r"\1 "),
        _form(r"(\*\w+[ \t]*:[ \t]*)\*(?=\w)", r"\1 "),
    )
_NESTED_QUOTES = re.compile(r"(?<!\w)(?:[rR]?[fFtT]|[fFtT][rR])[\"'].*\{")


def in_brackets(text: str) -> str:
    """Return the text with its `except A, B` in brackets where this Python wants them: much code has nothing newer."""
    if sys.version_info >= (3, 14) or _MAY_BE_BARE.search(text) is None:
        return text
    pattern, substitute = _BARE_EXCEPT
    return pattern.sub(substitute, text)


def older(text: str) -> str:
    """Return the text with all newer forms that are known written in an older way."""
    for pattern, substitute in _FORMS:
        text = pattern.sub(substitute, text)
    return text


def may_be_newer(text: str) -> bool:
    """Tell whether a text has a form that a newer Python may read (PEP 701: quotes in f-strings, included)."""
    return any(pattern.search(text) for pattern, _ in _FORMS) or _NESTED_QUOTES.search(text) is not None
