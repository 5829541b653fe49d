"""Lowering: language forms as text, well-formed graphs, positions, and code that nobody should have to read."""

from __future__ import annotations

import random
import sys
import sysconfig
import time
from dataclasses import replace
from pathlib import Path

import pytest

from asynclint.errors import UnreadableError
from asynclint.ir.show import show
from asynclint.ir.verify import verify
from asynclint.lower import Lowered, lower
from asynclint.survey import survey
from asynclint.syntax.slices import split_lines
from tests.support.golden import check_golden

FIXTURES = Path(__file__).parent / "fixtures" / "lowering"
NEWER = {"exception_groups": (3, 11)}
FILES = [path for path in sorted(FIXTURES.glob("*.py")) if sys.version_info >= NEWER.get(path.stem, (3, 10))]
FUNCTIONS = 1500
# Files of the standard library that hold syntax errors on purpose.
ON_PURPOSE = ("lib2to3", "bad", "site-packages", "test_grammar")


def lowered(text: str, path: str = "example.py") -> dict[str, Lowered]:
    """Lower all functions of a file, by name."""
    return {facts.name: lower(facts, text, path) for facts in survey(path, text).functions}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_language_form(path: Path, update: bool) -> None:
    functions = lowered(path.read_text("utf-8"), path.name)
    assert functions
    check_golden(path.with_suffix(".ir"), "\n".join(show(one.ir) for one in functions.values()), update)
    for name, one in functions.items():
        assert verify(one.ir.graph) == [], name


def test_standard_library_lowers_to_well_formed_graphs() -> None:
    root = Path(sysconfig.get_path("stdlib"))
    files = [path for path in sorted(root.rglob("*.py")) if not any(part in str(path) for part in ON_PURPOSE)]
    random.Random(20).shuffle(files)
    files = sorted(root.glob("asyncio/*.py")) + files
    done = 0
    for path in files:
        if done >= FUNCTIONS:
            break
        try:
            text = path.read_bytes().decode("utf-8")
            functions = survey(str(path), text).functions
        except (UnicodeDecodeError, UnreadableError):
            continue
        lines = split_lines(text)
        for facts in functions:
            one = lower(facts, lines, str(path))
            assert verify(one.ir.graph) == [], f"{path}: {facts.name}"
            done += 1
            if done % 25 == 0:
                _check_spans(one, lines, facts.line, facts.end_line)
    assert done >= FUNCTIONS


def _check_spans(one: Lowered, lines: list[str], first: int, last: int) -> None:
    for block in one.ir.graph.blocks:
        for op in block.ops:
            span = one.positions.span(op.at)
            assert first <= span.line <= span.end_line <= last
            assert (span.line, span.column) < (span.end_line, span.end_column)
            assert span.end_column <= len(lines[span.end_line - 1]) + 1
            if span.line == span.end_line and one.positions.size < 200:
                text = lines[span.line - 1][span.column - 1 : span.end_column - 1]
                assert text.strip() and text.strip("(), ") in one.positions.text(op.at)


def test_spans_are_those_of_the_file() -> None:
    text = (
        "class A:\r\n"
        "    @decorated\r\n"
        "    async def f(self):\r\n"
        "        é = '\x0c\u2028'; self.n += await self.g(\r\n"
        "            é)\r\n"
    )
    one = lowered(text)["A.f"]
    found = {
        (one.positions.text(op.at).split("(")[0], one.positions.span(op.at))
        for block in one.ir.graph.blocks
        for op in block.ops
    }
    places = {(text, span.line, span.column, span.end_line, span.end_column) for text, span in found}
    assert ("self.n", 4, 19, 4, 25) in places
    assert ("await self.g", 4, 29, 5, 15) in places
    assert ("self.g", 4, 35, 5, 15) in places


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("elif", "if x: pass\n" + "".join(f"    elif x == {n}: y = {n}\n" for n in range(600))),
        ("chain", "x" + ".b()" * 500),
        ("attributes", "x" + ".b" * 900),
        ("sum", " + ".join(["x"] * 1000)),
        ("and", "y = " + " and ".join(["x"] * 1000)),
        ("strings", "f(" + " ".join(["'x'"] * 1500) + ")"),
        ("conditional", "y = " + " if x else ".join(["x"] * 500)),
        ("nested", "y = " + "[" * 150 + "]" * 150),
    ],
)
def test_long_and_deep_code_is_lowered(name: str, body: str) -> None:
    one = lowered_alone(f"def f(x):\n    {body}\n")
    assert verify(one.ir.graph) == []
    assert one.positions.span(0).line == 2
    assert show(one.ir)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("brackets", "y = " + "(" * 3000 + "x" + ")" * 3000),
        ("sum", " + ".join(["x"] * 20_000)),
        ("chain", "x" + ".b()" * 5000),
        ("not", "y = " + "not " * 5000 + "x"),
        ("minus", "y = " + "-" * 5000 + "x"),
        ("lambda", "y = " + "lambda: " * 3000 + "x"),
        ("formatted", 'y = f"{' + "(" * 3000 + "x" + ")" * 3000 + '}"'),
        ("in call", "f(\n" + "+ x\n" * 5000 + ")"),
        ("elif", "if x: pass\n" + "    elif x: pass\n" * 20_000),
    ],
)
def test_hostile_code_is_refused_quickly(name: str, body: str) -> None:
    started = time.monotonic()
    with pytest.raises(UnreadableError):
        lowered_alone(f"def f(x):\n    {body}\n")
    assert time.monotonic() - started < 2


def test_finally_bodies_in_finally_bodies_are_given_up_on() -> None:
    lines = ["def f(x):"]
    for depth in range(40):
        lines += [" " * (depth + 1) + "try: x()", " " * (depth + 1) + "finally:"]
    with pytest.raises(UnreadableError, match="ways through it"):
        lowered_alone("\n".join([*lines, " " * 60 + "x()\n"]))


def test_finally_bodies_in_try_bodies_stay_linear() -> None:
    def blocks(count: int) -> int:
        lines = ["def f(x):"] + [" " * depth + "try:" for depth in range(1, count)] + [" " * count + "return x()"]
        for depth in range(count - 1, 0, -1):
            lines += [" " * depth + "finally:", " " * depth + " x(1)"]
        return len(lowered_alone("\n".join(lines) + "\n").ir.graph.blocks)

    assert blocks(41) - blocks(31) == blocks(31) - blocks(21)


def test_a_long_table_is_not_hostile() -> None:
    table = ",\n".join(f"('a.b+c', -{n}, x.y[{n}])" for n in range(1500))
    one = lowered_alone(f"def f(x):\n    return [\n{table}\n]\n")
    assert verify(one.ir.graph) == []


def test_a_syntax_error_says_where() -> None:
    with pytest.raises(UnreadableError) as caught:
        lowered_alone("x = 1\n\ndef f(x):\n    y = (1\n    z = 2 3\n", line=3)
    assert (caught.value.line, caught.value.message) == (5, "syntax error")


def lowered_alone(text: str, line: int = 1) -> Lowered:
    """Lower a file's function that the survey might refuse to read."""
    (facts,) = survey("example.py", "def f(x):\n    pass\n").functions
    return lower(replace(facts, line=line, end_line=text.count("\n")), text, "example.py")
