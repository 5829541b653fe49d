"""How deep and how long code may be before libcst is kept away from it.

libcst's native parser is recursive: some 3,000 nested brackets overflow its stack and abort the process. On operator
and call chains it is quadratic: a sum of 20,000 terms takes minutes and cannot be interrupted. CPython's own parser
allows 200 nested brackets; chains longer than `CHAIN` links were only ever seen in generated or hostile files.
"""

from __future__ import annotations

import re

from asynclint.errors import UnreadableError

BRACKETS = 200
"""Brackets that may be open at once (CPython's tokenizer has the same limit)."""
CHAIN = 2000
"""Operators, dots, calls, subscripts and adjacent strings between two commas, colons or statement ends."""
ARMS = 5000
"""`elif` arms in one function."""

_OPENING = "([{"
_OPERATORS = ".+-*/%@&|^~<>=!"
_WORDS = ("and", "or", "not", "if", "lambda", "await", "in", "is")
_TOKEN = re.compile(
    r"""(?P<string>[A-Za-z]{0,3}(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
    |(?P<skip>\#[^\n\r]*|\\\r?\n)
    |(?P<word>[^\W\d]\w*)
    |(?P<mark>[][(){},:;\n.+\-*/%@&|^~<>=!])""",
    re.VERBOSE | re.DOTALL,
)


def check(text: str) -> None:
    """Raise `UnreadableError` if the text nests too deep or chains too long for the parser."""
    if _plainly_harmless(text):
        return
    if text.count("elif") > ARMS:
        raise UnreadableError(f"more than {ARMS} elif arms in one function: not analysed")
    _scan(text)


def _plainly_harmless(text: str) -> bool:
    count = text.count
    brackets = count("(") + count("[") + count("{")
    if brackets > BRACKETS:
        return False
    if len(text) <= CHAIN:
        return True
    links = brackets + sum(map(count, _OPERATORS)) + count("'") + count('"')
    return links + sum(map(count, _WORDS)) <= CHAIN


def _scan(text: str) -> None:
    links = [0]
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        token = match[0]
        if kind == "mark":
            _mark(token, links, text, match.start())
        elif kind == "word":
            links[-1] += token in _WORDS
        elif kind == "string":
            links[-1] += 1
            _string(token, text, match.start())
        if links[-1] > CHAIN:
            _refuse(f"an expression of more than {CHAIN} operators", text, match.start())


def _mark(token: str, links: list[int], text: str, start: int) -> None:
    if token in _OPENING:
        links[-1] += 1
        links.append(0)
        if len(links) > BRACKETS + 1:
            _refuse(f"more than {BRACKETS} nested brackets", text, start)
    elif token in ")]}":
        if len(links) > 1:
            links.pop()
    elif token in ",;" or (token == "\n" and len(links) == 1):
        links[-1] = 0
    elif token in _OPERATORS:
        links[-1] += 1


def _string(token: str, text: str, start: int) -> None:
    prefix = token[: min(token.index(quote) for quote in "'\"" if quote in token)].lower()
    if "f" not in prefix and "t" not in prefix:
        return
    depth = 0
    for match in re.finditer(r"[][(){}]", token):
        depth += 1 if match[0] in _OPENING else -1
        if depth > BRACKETS:
            _refuse(f"more than {BRACKETS} nested brackets in a string", text, start)
    if sum(map(token.count, _OPERATORS)) > CHAIN and "{" in token:
        _refuse(f"a formatted string with more than {CHAIN} operators", text, start)


def _refuse(what: str, text: str, start: int) -> None:
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    raise UnreadableError(f"{what}: not analysed", line, column)
