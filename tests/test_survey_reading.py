"""What the survey makes of sources that are hard to read: invalid, hostile, long, or newer than the running Python."""

from __future__ import annotations

import sys

import pytest

from asynclint.errors import UnreadableError
from asynclint.survey import survey
from tests.test_survey import loads, text_of

UNREADABLE = {
    "x = (\n": (1, "Not valid Python: '(' was never closed."),
    "x = 1\ny = \0\n": (2, "The file contains a null byte."),
    "x = 1\nif x\n": (2, "Not valid Python: expected ':'."),
    "(" * 3000 + ")" * 3000: (1, "Not valid Python: too many nested parentheses."),
    "x = " + "-" * 50_000 + "1": (1, "The code is nested too deeply to be parsed."),
}


@pytest.mark.parametrize(("source", "expected"), UNREADABLE.items(), ids=lambda value: str(value)[:20])
def test_unreadable(source: str, expected: tuple[int, str]) -> None:
    with pytest.raises(UnreadableError) as caught:
        survey("a.py", source)
    assert (caught.value.line, caught.value.message) == expected


LONG = {
    "elif": "def f(self):\n    if 0: pass\n" + "".join(f"    elif self.x{n}: pass\n" for n in range(900)),
    "calls": "x = a" + ".b()" * 900,
    "sum": "x = 1" + " + a.b" * 900,
    "attributes": "x = a" + ".b" * 900,
}


@pytest.mark.parametrize("source", LONG.values(), ids=LONG)
def test_long_chains_are_read(source: str) -> None:
    assert survey("a.py", source).path == "a.py"


NEWER = """
lazy import json
type Alias[T] = list[T]
class Box[T: (int, str) = int](Base[T]):
    async def f[
        K,
        V: dict[str, list[int]],
    ](self, a: K) -> V:
        try:
            self.x = 1; self.y = t"a {self.z}"
        except  A, b.C: self.a = 1
        self.b = [*row for row in self.rows]
"""


def test_newer_syntax_keeps_lines_and_columns() -> None:
    """`except A, B`, type parameters, template strings, lazy imports and unpacking, whatever Python runs this."""
    facts = survey("a.py", NEWER)
    box = facts.functions[0]
    assert (facts.imports, facts.classes[0].bases, box.name, box.line, box.end_line) == (
        (("json", "json"),),
        ("Base",),
        "Box.f",
        5,
        12,
    )
    assert [(text_of(one.place), one.line, one.column) for one in box.writes] == [
        ("self.x", 10, 13),
        ("self.y", 10, 25),
        ("self.a", 11, 26),
        ("self.b", 12, 9),
    ]
    assert {"self.z", "self.rows"} <= loads(box)


@pytest.mark.parametrize(
    ("source", "newer"),
    [
        ("lazy import x; y z\n", True),
        ("x = f'{a['b']}' b\n", True),
        ("type X = =\n", True),
        ("x = = 1\n", False),
        ("def f(:\n", False),
    ],
)
def test_newer_syntax_is_told_apart(source: str, newer: bool) -> None:
    with pytest.raises(UnreadableError) as caught:
        survey("a.py", source)
    assert caught.value.newer_syntax is newer


def test_only_a_bare_except_is_put_in_brackets() -> None:
    """What the running Python can read as it stands keeps its meaning: an alias is no variable where it is known."""
    alias = "type Row = list[int]\n" if sys.version_info >= (3, 12) else ""
    bare = survey("a.py", f"{alias}try:\n    x = 1\nexcept A, b.C:\n    pass\n")
    told = survey("a.py", f"{alias}try:\n    x = 1\nexcept (A, b.C):\n    pass\n")
    assert bare == told
    assert [name for name, _ in bare.globals] == ["x"]
