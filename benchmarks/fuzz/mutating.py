"""Pieces of real files, mutated: tokens and lines lost, doubled, exchanged; files cut off and glued together."""

from __future__ import annotations

import ast
import random
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

FILES = 40
LARGEST = 300_000
MOST_LINES = 120
TOKEN = re.compile(r"\s+|\w+|\"[^\"\n]*\"|'[^'\n]*'|[^\w\s]")
ODD = (
    "\0", "\x0c", "\u2028", "\ufeff", "\r", "\t", "\x1b[31m", "\ud800", "\xe9", "\U0001d499", "\\", '"""', "f'{",
    "(", ")", ":", "await ", "async ", "yield ", "yield from ", "lambda: ", "*", "**", ":=", "global x\n", "del ",
    "nonlocal x\n", "return ", "# asynclint: ignore[", "# type: ignore", "0o", "1_000j", "...", "not ", "match x:\n",
    "except* ",
)  # fmt: skip
Mutation = Callable[[random.Random, str, str], str]


def files(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return the Python files of folders, in order."""
    return tuple(sorted(path for folder in folders for path in folder.rglob("*.py") if path.is_file()))


def mutants(dice: random.Random, paths: Sequence[Path], count: int) -> Iterator[tuple[str, str]]:
    """Yield mutated pieces of some of the files, each with the kind of its last mutation."""
    known = [piece for path in dice.sample(paths, min(FILES, len(paths))) for piece in pieces(path)]
    for _ in range(count if known else 0):
        piece, kind = dice.choice(known), ""
        for _ in range(dice.choice((1, 1, 2, 3, 6))):
            mutation = dice.choice(MUTATIONS)
            piece, kind = mutation(dice, piece, dice.choice(known)), mutation.__name__.strip("_")
        yield kind, piece


def pieces(path: Path) -> list[str]:
    """Return the top-level classes and functions of a file, those that are asynchronous and a few others."""
    try:
        text = path.read_text("utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text) if len(text) < LARGEST else ast.Module([], [])
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = text.split("\n")
    found = [
        "\n".join(lines[node.lineno - 1 : node.end_lineno]) + "\n"
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    found = [piece for piece in found if piece.count("\n") <= MOST_LINES]
    waiting = [piece for piece in found if "await " in piece]
    return waiting + [piece for piece in found if "await " not in piece][:2]


def _loses_tokens(dice: random.Random, text: str, other: str) -> str:
    tokens = TOKEN.findall(text)
    for _ in range(dice.choice((1, 1, 2, 5))):
        if tokens:
            del tokens[dice.randrange(len(tokens))]
    return "".join(tokens)


def _doubles_a_token(dice: random.Random, text: str, other: str) -> str:
    tokens = TOKEN.findall(text)
    at = dice.randrange(len(tokens) or 1)
    return "".join(tokens[: at + 1] + tokens[at:])


def _renames(dice: random.Random, text: str, other: str) -> str:
    """Put one word of the program in place of another, in one place or everywhere."""
    words = re.findall(r"\b[A-Za-z_]\w*", text)
    if not words:
        return text
    old, new = dice.choice(words), dice.choice(words)
    return re.sub(rf"\b{old}\b", new, text, count=dice.choice((0, 1)))


def _loses_a_line(dice: random.Random, text: str, other: str) -> str:
    lines = text.split("\n")
    del lines[dice.randrange(len(lines))]
    return "\n".join(lines)


def _doubles_lines(dice: random.Random, text: str, other: str) -> str:
    lines = text.split("\n")
    start = dice.randrange(len(lines))
    part = lines[start : start + dice.choice((1, 1, 2, 4))]
    return "\n".join(lines[:start] + part * dice.choice((2, 2, 3)) + lines[start + len(part) :])


def _exchanges_lines(dice: random.Random, text: str, other: str) -> str:
    """Exchange two lines, each indented as the other was: it may still parse."""
    lines = text.split("\n")
    one, two = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[one], lines[two] = _indented_as(lines[two], lines[one]), _indented_as(lines[one], lines[two])
    return "\n".join(lines)


def _indented_as(line: str, model: str) -> str:
    return model[: len(model) - len(model.lstrip())] + line.lstrip()


def _moves_a_line(dice: random.Random, text: str, other: str) -> str:
    lines = text.split("\n")
    line = lines.pop(dice.randrange(len(lines)))
    at = dice.randrange(len(lines) + 1)
    lines.insert(at, _indented_as(line, lines[at]) if at < len(lines) else line)
    return "\n".join(lines)


def _indents(dice: random.Random, text: str, other: str) -> str:
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    lines[at] = "    " + lines[at] if dice.random() < 0.5 else lines[at].removeprefix("    ")
    return "\n".join(lines)


def _is_cut_off(dice: random.Random, text: str, other: str) -> str:
    return text[: dice.randrange(len(text) + 1)]


def _borrows_lines(dice: random.Random, text: str, other: str) -> str:
    lines, others = text.split("\n"), other.split("\n")
    at, start = dice.randrange(len(lines)), dice.randrange(len(others))
    part = [_indented_as(line, lines[at]) for line in others[start : start + dice.choice((1, 2, 3))]]
    return "\n".join(lines[:at] + part + lines[at:])


def _is_glued(dice: random.Random, text: str, other: str) -> str:
    return text + other


def _takes_something_odd(dice: random.Random, text: str, other: str) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice(ODD) + text[at:]


def _changes_newlines(dice: random.Random, text: str, other: str) -> str:
    return re.sub("\n", lambda _: dice.choice(("\n", "\r\n", "\r")), text)


MUTATIONS: tuple[Mutation, ...] = (
    _loses_tokens, _doubles_a_token, _renames, _renames, _loses_a_line, _doubles_lines, _exchanges_lines,
    _exchanges_lines, _moves_a_line, _moves_a_line, _indents, _is_cut_off, _borrows_lines, _borrows_lines, _is_glued,
    _takes_something_odd, _changes_newlines,
)  # fmt: skip
