"""The sieve drops no function that a check would report."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from asynclint.link import sieve
from benchmarks.sieve import linked, sifted, unsifted
from tests.oracle.writer import programs

HERE = Path(__file__).parent
FIXTURES = sorted(path for path in (HERE / "fixtures").rglob("*.py") if path.parent.name != "lowering")


def generated(seed: int, count: int) -> dict[str, str]:
    """Return files with programs that the oracle writes."""
    return {f"p{number}.py": program.source for number, program in enumerate(islice(programs(seed=seed), count))}


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_is_lost_in_fixtures(path: Path) -> None:
    linker = linked({path.name: path.read_text(encoding="utf-8")})
    assert unsifted(linker) - sifted(linker) == set()


def test_nothing_is_lost_in_generated_programs() -> None:
    linker = linked(generated(seed=5, count=600))
    every = unsifted(linker)
    assert len(every) > 60
    assert every - sifted(linker) == set()


def test_a_sieve_with_a_hole_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieve, "_bounds", lambda spans: (lambda line: line, lambda line: line))
    linker = linked(generated(seed=5, count=600))
    assert unsifted(linker) - sifted(linker)


BEFORE = "class A:\n    async def f(self):\n"
NO_WINDOW = {
    "written before": "        self.n = 1\n        n = self.n\n        await g()\n",
    "read after": "        await g()\n        n = self.n\n        self.n = n + 1\n",
    "other names": "        n = self.m\n        await g()\n        self.n = n\n",
    "in one call": "        self.put(1)\n        await g()\n    def put(self, n):\n        self.n = self.n + n\n",
}


@pytest.mark.parametrize("body", NO_WINDOW.values(), ids=NO_WINDOW)
def test_what_cannot_have_a_window_is_dropped(body: str) -> None:
    linker = linked({"a.py": BEFORE + body})
    kept = [function.name for function, needs in linker.candidates("a.py") if "window" in needs]
    assert kept == []
