"""The survey is a sieve: whatever a lowered function reads or writes is in its facts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from asynclint.errors import UnreadableError
from asynclint.lower import lower
from asynclint.survey import survey
from benchmarks.containment import compare, missing

HERE = Path(__file__).parent
FIXTURES = sorted((HERE / "fixtures").rglob("*.py"))
LIBRARY = sorted(Path(asyncio.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", [*FIXTURES, *LIBRARY], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_facts_contain_what_the_lowered_function_does(path: Path) -> None:
    try:
        found = list(compare(path.name, path.read_text(encoding="utf-8")))
    except UnreadableError as error:
        if error.newer_syntax:
            pytest.skip(error.message)
        raise
    assert [f"{facts.name} lacks the {lacks}" for facts, lacking in found for lacks in lacking] == []


def test_every_kind_of_gap_is_noticed() -> None:
    full = "class A:\n    async def f(self):\n        for x in self.a: self.b = await g(x)\n"
    bare = "class A:\n    async def f(self):\n        pass\n"
    module = survey("a.py", bare)
    ir = lower(survey("a.py", full).functions[0], full, "a.py").ir
    assert missing(module.functions[0], ir, module) == [
        "binding of x",
        "call of g",
        "iteration over self.a",
        "read of self.a",
        "suspensions",
        "write of self.b",
    ]
