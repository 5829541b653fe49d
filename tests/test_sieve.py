"""The sieve drops no function that a check would report."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from asynclint.findings import Confidence
from asynclint.link import events
from benchmarks.sieve import linked, shown, sifted, unsifted
from tests.oracle.writer import programs

HERE = Path(__file__).parent
LEAST: tuple[Confidence, ...] = ("medium", "high")
FIXTURES = sorted(path for path in (HERE / "fixtures").rglob("*.py") if path.parent.name != "lowering")


def generated(seed: int, count: int) -> dict[str, str]:
    """Return files with programs that the oracle writes."""
    return {f"p{number}.py": program.source for number, program in enumerate(islice(programs(seed=seed), count))}


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_is_lost_in_fixtures(path: Path) -> None:
    texts = {path.name: path.read_text(encoding="utf-8")}
    linker = linked(texts)
    every = unsifted(linker)
    assert every - sifted(linker) == set()
    for least in LEAST:
        assert shown(every, least) - sifted(linked(texts, least)) == set()


def test_nothing_is_lost_in_generated_programs() -> None:
    texts = generated(seed=5, count=600)
    linker = linked(texts)
    every = unsifted(linker)
    assert len(every) > 60
    assert every - sifted(linker) == set()
    for least in LEAST:
        told = shown(every, least)
        assert told
        assert told - sifted(linked(texts, least)) == set()


LAZY = "class {0}:\n    async def {1}(self):\n        if self.n is None:\n            self.n = await g()\n"
SPAWNED = LAZY.format("C", "fetch") + (
    "    def run(self):\n        for one in range(3):\n            asyncio.create_task(self.fetch())\n"
)


def test_what_cannot_come_to_the_confidence_is_dropped() -> None:
    texts = {"a.py": "import asyncio\n" + LAZY.format("A", "start") + LAZY.format("B", "get") + SPAWNED}
    found = {least: linked(texts, least).candidates("a.py") for least in ("low", *LEAST)}
    kept = {least: {one.name for one, needs in some if "window" in needs} for least, some in found.items()}
    assert kept == {"low": {"A.start", "B.get", "C.fetch"}, "medium": {"B.get", "C.fetch"}, "high": {"C.fetch"}}


def test_a_sieve_with_a_hole_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events._Spans, "span", lambda _, line: (line, line))
    linker = linked(generated(seed=5, count=600))
    assert unsifted(linker) - sifted(linker)


BEFORE = "class A:\n    async def f(self):\n"
NO_WINDOW = {
    "written before": "        self.n = 1\n        n = self.n\n        await g()\n",
    "read after": "        await g()\n        n = self.n\n        self.n = n + 1\n",
    "other names": "        n = self.m\n        await g()\n        self.n = n\n",
    "another object": "        n = self.a.n\n        await g()\n        self.b.n = n\n",
    "an argument": "        n = self.a.n\n        await g()\n        put(self.n)\ndef put(a):\n    a.n = 1\n",
    "in one call": "        self.put(1)\n        await g()\n    def put(self, n):\n        self.n = self.n + n\n",
}


@pytest.mark.parametrize("body", NO_WINDOW.values(), ids=NO_WINDOW)
def test_what_cannot_have_a_window_is_dropped(body: str) -> None:
    linker = linked({"a.py": BEFORE + body})
    kept = [function.name for function, needs in linker.candidates("a.py") if "window" in needs]
    assert kept == []


WINDOW = {
    "an argument": "        n = len(self.rows)\n        await g()\n        put(self.rows)\n"
    "def put(rows):\n    rows.append(1)\n",
    "a local": "        rows = self.rows\n        if not rows:\n            await g()\n            rows.append(1)\n",
    "a property": "        if not self.size:\n            await g()\n            self.n = 1\n"
    "    @property\n    def size(self):\n        return self.n\n",
}


@pytest.mark.parametrize("body", WINDOW.values(), ids=WINDOW)
def test_what_may_have_a_window_is_kept(body: str) -> None:
    linker = linked({"a.py": BEFORE + body})
    assert [function.name for function, needs in linker.candidates("a.py") if "window" in needs] == ["A.f"]


SET = "        self.busy = True\n"
NO_MARK = {
    "set last": "        await g()\n" + SET + "        self.busy = False\n",
    "never taken back": SET + "        await g()\n        print(self.busy)\n",
    "nobody asks": SET + "        await g()\n        self.busy = False\n",
    "another flag": SET + "        await g()\n        self.idle = False\n        print(self.busy)\n",
    "only taken": "        self.keys.discard(1)\n        await g()\n        self.keys.discard(2)\n"
    "        print(self.keys)\n",
}


@pytest.mark.parametrize("body", NO_MARK.values(), ids=NO_MARK)
def test_what_leaves_no_mark_is_dropped(body: str) -> None:
    linker = linked({"a.py": BEFORE + body})
    kept = [function.name for function, needs in linker.candidates("a.py") if "mark" in needs]
    assert kept == []


def test_a_mark_that_a_failure_leaves_is_kept() -> None:
    linker = linked({"a.py": BEFORE + f"        if self.busy:\n            return\n{NO_MARK['nobody asks']}"})
    assert [function.name for function, needs in linker.candidates("a.py") if "mark" in needs] == ["A.f"]
