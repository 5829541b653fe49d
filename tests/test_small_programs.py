"""Every small program over load, store and suspend, run with a writer at each suspension, against the analysis.

The truth comes from running: `x` hands out values that remember how often the other task had written when they were
read, each `pause` lets the other task write once more, and a store of a value that is older than the last such write is
a lost update. A loop runs its body twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import cast

import pytest

from asynclint.flow import solver, staleness, windows
from asynclint.flow.cursor import Cursor
from asynclint.ir.graph import Graph
from asynclint.link.linker import Linker
from asynclint.link.models import load_models
from asynclint.link.program import Program
from asynclint.survey import survey
from asynclint.syntax.slices import split_lines

STATEMENTS = {
    "load": "n = self.x",
    "store": "self.x = n + 1",
    "suspend": "await pause()",
    "add": "self.x = self.x + 1",
    "torn": "self.x += await pause()",
    "late": "self.x = await pause() + self.x",
    "locked": "async with self.lock: n = self.x; await pause(); self.x = n + 1",
}
LENGTH = 3


class Old:
    """A value of `x`, and how often the other task had written when it was read."""

    def __init__(self, seen: int) -> None:
        self.seen = seen

    def __add__(self, other: int) -> Old:
        return self

    __radd__ = __add__


class Pause:
    """Let the other task run once."""

    def __await__(self) -> Generator[None, None, int]:
        yield
        return 1


class World:
    """The shared object. Under `lock` the other task, which takes it as well, cannot write."""

    def __init__(self) -> None:
        self.writes = 0
        self.locked = False
        self.lost = False
        self.lock = self

    @property
    def x(self) -> Old:
        return Old(self.writes)

    @x.setter
    def x(self, value: Old) -> None:
        self.lost = self.lost or value.seen != self.writes

    async def __aenter__(self) -> None:
        await Pause()
        self.locked = True

    async def __aexit__(self, *_: object) -> None:
        self.locked = False


def source(body: tuple[str, ...], loop: bool) -> str:
    """Return the program: a class whose method has this body, once or in a loop."""
    indent = "            " if loop else "        "
    lines = [f"{indent}{STATEMENTS[name]}" for name in body]
    head = ["        for _ in range(2):"] if loop else []
    return "\n".join(
        [
            "import asyncio", "class Shared:", "    def __init__(self):", "        self.x = 0",
            "        self.lock = asyncio.Lock()", "    async def work(self):", "        n = self.x", *head, *lines,
            "    async def rival(self):", "        async with self.lock:", "            self.x = self.x + 1", "",
        ]
    )  # fmt: skip


def loses(text: str) -> bool:
    """Run the program's own generated code with a writer at each suspension."""
    scope: dict[str, object] = {"pause": Pause}
    exec(compile(text, "small.py", "exec"), scope)
    work = cast("Callable[[World], Coroutine[None, None, None]]", vars(scope["Shared"])["work"])
    world = World()
    run = work(world)
    try:
        while True:
            run.send(None)
            world.writes += not world.locked
    except StopIteration:
        return world.lost


def reports(text: str) -> bool:
    """Tell whether the analysis sees a lost update in the method."""
    facts = survey("small.py", text)
    linker = Linker(Program([facts], load_models()), lambda _: split_lines(text))
    work = linker.program.modules["small.py"].functions["Shared.work"]
    return any(window.kind == "data" for window in linker.view(work).windows)


def programs(length: int) -> Iterator[str]:
    """Yield every program up to a length, straight and in a loop."""
    for size in range(1, length + 1):
        for body in itertools.product(STATEMENTS, repeat=size):
            for loop in (False, True):
                yield source(body, loop)


def wrong(length: int) -> list[str]:
    """Return the programs on which running and analysis disagree."""
    return [text for text in programs(length) if loses(text) != reports(text)]


def test_nothing_is_missed_and_nothing_is_extra() -> None:
    assert sum(1 for _ in programs(LENGTH)) == 2 * (7 + 7**2 + 7**3)
    assert wrong(LENGTH) == []


@pytest.mark.parametrize("fault", ["lock never released", "suspension forgotten", "every value fresh"])
def test_a_fault_in_the_analysis_is_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "lock never released":
        monkeypatch.setattr(Cursor, "release", lambda self, gone: None)
    elif fault == "suspension forgotten":
        monkeypatch.setattr(Cursor, "sleep", lambda self, at: None)
    else:
        monkeypatch.setattr(windows, "_torn", lambda *_: iter(()))
    assert wrong(2)


def test_a_solver_without_back_edges_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    forward = solver.ranks

    def solve(graph: Graph, domain: solver.Domain[object], entry: object) -> list[object | None]:
        facts: list[object | None] = [None] * len(graph.blocks)
        facts[graph.entry] = entry
        for number in sorted(range(len(graph.blocks)), key=forward(graph).__getitem__):
            before = facts[number]
            if before is None:
                continue
            outs, _ = domain.transfer(number, graph.blocks[number], before)
            for target, after in zip(graph.blocks[number].successors, outs, strict=True):
                known = facts[target]
                facts[target] = after if known is None else domain.join(known, after)
        return facts

    monkeypatch.setattr(staleness, "solve", solve)
    assert wrong(2)
