"""Programs that say themselves who runs when: a method of the object starts the others, once or again and again."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace

from tests.oracle.program import Program

Crowds = tuple[tuple[str, ...], ...]
ALONE: Crowds = ((),)
BESIDE: Crowds = (("rival",), ("rival", "rival"))
ONCE: Crowds = (("rival",),)
TWICE: Crowds = (("work",), ("rival",), ("work", "rival"))


@dataclass(frozen=True, slots=True)
class Order:
    """A method that starts the victim (`{W}`), and the rival (`{R}`) or not, and who can run beside the victim then.

    `own`: nobody else calls the rival.
    """

    text: str
    crowds: Crowds
    own: bool


TASK = "self.task = asyncio.create_task({W})"
ORDERS = (
    Order(f"def start({{p}}):\n    {TASK}", BESIDE, False),
    Order(f"async def start({{p}}):\n    await pause()\n    {TASK}", BESIDE, False),
    Order(f"def restart({{p}}):\n    self.task.cancel()\n    {TASK}", BESIDE, False),
    Order(f"async def start({{p}}):\n    await {{R}}\n    {TASK}", ALONE, True),
    Order(f"def start({{p}}):\n    {TASK}\n    self.other_task = asyncio.create_task({{R}})", ONCE, True),
    Order(f"async def start({{p}}):\n    {TASK}\n    await pause()\n    await {{R}}", ONCE, True),
    Order(
        "async def run({p}):\n    async with asyncio.TaskGroup() as group:\n"
        "        group.create_task({W})\n        group.create_task({R})",
        ONCE,
        True,
    ),
    Order("async def run({p}):\n    await asyncio.gather({W}, {R})", ONCE, True),
    Order("async def run({p}):\n    for _ in range(3):\n        asyncio.create_task({W})", TWICE, False),
    Order("async def run({p}):\n    await asyncio.gather({W}, {W})", TWICE, False),
    Order("async def run({p}):\n    await asyncio.gather(*({W} for _ in range(3)))", TWICE, False),
)


HANDED: Crowds = (*BESIDE, ("work",))
OUTSIDE = (
    Order("await {W}\nawait {R}", ALONE, False),
    Order("await {R}\nawait {W}", ALONE, False),
    Order("for _ in range(3):\n    await {W}", ALONE, False),
    Order("await asyncio.gather({W}, {R})", ONCE, False),
    Order("task = asyncio.create_task({R})\nawait {W}\nawait task", HANDED, False),
    Order(
        "async with asyncio.TaskGroup() as group:\n    group.create_task({W})\n    group.create_task({R})",
        ONCE,
        False,
    ),
    Order("await asyncio.gather({W}, {W})", TWICE, False),
    Order("await asyncio.gather(*({W} for _ in range(3)))", TWICE, False),
)
"""What a function does with an object that it makes, and keeps to itself unless it hands its methods to tasks."""


def startable(program: Program) -> bool:
    """Tell whether a program has a rival, and no other key beside the one that is passed, which may be the same."""
    return len(program.methods) > 1 and not ("d['b']" in program.source and "key" in program.source)


def started(dice: random.Random, program: Program) -> Program:
    """Return a program with one more method, which starts the victim."""
    if dice.random() < 0.4:
        return _started_outside(dice, program)
    order = dice.choice(ORDERS)
    calls = {one.name: f"self.{one.name}({', '.join(name for name, _ in one.params)})" for one in program.methods}
    names = dict.fromkeys(name for method in program.methods for name, _ in method.params)
    text = order.text.replace("{W}", calls["work"]).replace("{R}", calls["rival"])
    text = text.replace("{p}", ", ".join(("self", *names)))
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    source = f"{program.source}\n{lines}".replace("    def rival(", "    async def rival(")
    private = ("work", "rival") if order.own else ("work",)
    source = re.sub(rf"\b({'|'.join(private)})\b", r"_\1", source)
    called = {name: f"_{name}" if name in private else name for name in calls}
    return replace(
        program,
        source=source,
        methods=tuple(replace(one, name=called[one.name]) for one in program.methods),
        crowds=tuple(tuple(called[name] for name in crowd) for crowd in order.crowds),
        public=False,
        victim=called["work"],
        shape=f"start {program.shape.split()[-1]}",
    )


def _started_outside(dice: random.Random, program: Program) -> Program:
    """Return a program with a function that makes the one object, keeps it, and runs its methods in some order."""
    order = dice.choice(OUTSIDE)
    calls = {one.name: f"shared.{one.name}({', '.join(name for name, _ in one.params)})" for one in program.methods}
    names = dict.fromkeys(name for method in program.methods for name, _ in method.params)
    text = order.text.replace("{W}", calls["work"]).replace("{R}", calls["rival"])
    lines = "".join(f"    {line}\n" for line in ("shared = Shared()", *text.splitlines()))
    source = f"{program.source}\n\nasync def main({', '.join(names)}):\n{lines}"
    return replace(
        program,
        source=source.replace("    def rival(", "    async def rival("),
        crowds=order.crowds,
        public=False,
        contended=order.crowds != ALONE,
        kept=order.crowds == ALONE,
        shape=f"outside {program.shape.split()[-1]}",
    )
