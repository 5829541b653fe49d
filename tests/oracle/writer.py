"""Seeded random bodies from the grammar."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.oracle.frame import frame
from tests.oracle.grammar import FLAVOURS, LONG_RIVALS, PATTERNS, Flavour
from tests.oracle.outline import outlined
from tests.oracle.program import Program
from tests.oracle.starting import startable, started

DEPTH = 3


class Writer:
    """One body in the making; `level` says which compound statements it may use."""

    def __init__(self, dice: random.Random, flavour: Flavour, level: str) -> None:
        self.dice = dice
        self.flavour = flavour
        self.level = level
        self.awaits = 0
        self.loops = 0
        self.pathed = False
        self.budget = dice.choice((2, 3, 4, 5, 6))
        self.most = dice.choice((1, 2, 2, 2, 3))

    def fill(self, template: str, depth: int = 0) -> str:
        """Fill the holes of a template, left to right."""
        parts: list[str] = []
        rest = template
        while "{" in rest:
            before, _, rest = rest.partition("{")
            hole, _, rest = rest.partition("}")
            parts += [before, self.hole(hole, depth)]
        filled = "".join([*parts, rest])
        return filled.replace("<", "{").replace(">", "}") if template.count("f'") else filled

    def hole(self, name: str, depth: int) -> str:
        """Write something for one hole."""
        match name:
            case "P":
                return self.flavour.paths[not self.pathed and self.dice.random() < 0.1]
            case "Q":
                return self.flavour.paths[1]
            case "L" | "M":
                return self.dice.choice("nnm")
            case "K":
                return "n"
            case "R":
                return self.read()
            case "T":
                return self.fill(self.flavour.free, depth)
            case "F":
                return self.fill(self.flavour.fresh, depth)
            case "C":
                return self.fill(self.dice.choice(self.flavour.conditions), depth)
        values = self.flavour.values if depth < 2 else ("{L}", "10")
        return self.fill(self.dice.choice(values), depth + 1)

    def read(self) -> str:
        """Write a read of the path that cannot raise."""
        path = self.flavour.paths[0]
        return "self.d.get(key)" if "[" in path else path

    def pattern(self) -> list[str]:
        """Write a pattern, with statements put in at random places."""
        self.pathed = True
        lines = self.fill(self.dice.choice(PATTERNS)).splitlines()
        self.pathed = False
        self.awaits = sum(line.count("await ") for line in lines)
        for _ in range(self.dice.choice((0, 1, 1, 2))):
            at = self.dice.randrange(len(lines) + 1)
            depth = _depth(lines, at)
            self.loops = sum("while" in line or "for " in line for line in lines)
            self.most = 3
            lines[at:at] = ["    " * depth + line for line in self.simple()]
            self.loops = 0
        return lines

    def simple(self) -> list[str]:
        """Write one simple statement; suspensions are few, since the interleavings are many."""
        while True:
            line = self.fill(self.dice.choice(self.flavour.simple))
            awaits = line.count("await ") << self.loops
            if self.awaits + awaits <= self.most:
                self.awaits += awaits
                return [line]

    def pause(self) -> list[str]:
        """Write a suspension, if there may be one more."""
        if self.awaits + (1 << self.loops) > self.most:
            return []
        self.awaits += 1 << self.loops
        return ["await pause()"]

    def block(self, depth: int, size: int) -> list[str]:
        """Write some statements."""
        lines: list[str] = []
        for _ in range(max(1, min(size, self.budget)) if size else 0):
            self.budget -= 1
            compound = depth < DEPTH and self.budget > 0 and self.level != "line" and self.dice.random() < 0.4
            lines += self.compound(depth + 1) if compound else self.simple()
        return lines

    def inner(self, depth: int) -> list[str]:
        """Write an indented block of one to three statements."""
        return indented(self.block(depth, self.dice.choice((1, 1, 2, 2, 3))))

    def compound(self, depth: int) -> list[str]:
        """Write one compound statement."""
        return self.dice.choice(COMPOUNDS[self.level])(self, depth)

    def branch(self, depth: int) -> list[str]:
        """Write an `if`, with or without `else`."""
        lines = [f"if {self.hole('C', 0)}:", *self.inner(depth)]
        return [*lines, "else:", *self.inner(depth)] if self.dice.random() < 0.25 else lines

    def leave(self, depth: int) -> list[str]:
        """Write an early return."""
        return [f"if {self.hole('C', 0)}:", *indented([*(self.simple() if self.dice.random() < 0.2 else []), "return"])]

    def loop(self, depth: int) -> list[str]:
        """Write a `for` over up to two free items, perhaps left early."""
        if self.loops:
            return self.branch(depth)
        self.loops += 1
        body = self.block(depth, self.dice.choice((1, 2, 2, 3)))
        if self.dice.random() < 0.3:
            at = self.dice.randrange(len(body) + 1)
            if at == len(body) or not body[at].startswith((" ", "else", "except", "finally")):
                condition = self.dice.choice(("item", self.hole("C", 0)))
                body[at:at] = [f"if {condition}:", f"    {self.dice.choice(('break', 'continue'))}"]
        self.loops -= 1
        return ["for item in items:", *indented(body)]

    def wait(self, depth: int) -> list[str]:
        """Write a `while` on state that gives way in each round."""
        tests = [test for test in self.flavour.conditions if "flip" not in test and ("{P}" in test or "self.d" in test)]
        self.loops += 1
        body = self.block(depth, self.dice.choice((0, 0, 1, 2)))
        self.loops -= 1
        body = [*body, "await pause()"] if self.dice.random() < 0.5 else ["await pause()", *body]
        return [f"while {self.fill(self.dice.choice(tests))}:", *indented(body)]

    def guard(self, depth: int) -> list[str]:
        """Write an `async with`, mostly of the right lock."""
        lock = "lock" if self.dice.random() < 0.85 else "other"
        return [f"async with self.{lock}:", *self.inner(depth)]

    def held(self, depth: int) -> list[str]:
        """Write acquire and release by hand."""
        return ["await self.lock.acquire()", "try:", *self.inner(depth), "finally:", "    self.lock.release()"]

    def attempt(self, depth: int) -> list[str]:
        """Write a `try`, with `except` or `finally`."""
        ends = (
            "except Exception:",
            "finally:",
            "except KeyError:" if "self.d" in self.flavour.paths[0] else "finally:",
        )
        lines = ["try:", *indented([*self.block(depth, 1), *self.pause(), *self.block(depth, 1)])]
        return [*lines, self.dice.choice(ends), *self.inner(depth)]

    def busy(self, depth: int) -> list[str]:
        """Write a section under a busy flag."""
        body = self.block(depth, self.dice.choice((2, 3)))
        return ["if self.busy:", "    return", "self.busy = True", *body, "self.busy = False"]


Compound = Callable[[Writer, int], "list[str]"]
CONTROL: tuple[Compound, ...] = (Writer.branch, Writer.branch, Writer.leave, Writer.loop)
COMPOUNDS: dict[str, tuple[Compound, ...]] = {
    "line": (),
    "pattern": (),
    "control": CONTROL,
    "wait": (*CONTROL, Writer.wait, Writer.wait),
    "lock": (Writer.branch, Writer.leave, Writer.guard, Writer.guard, Writer.held),
    "try": (*CONTROL, Writer.attempt, Writer.attempt, Writer.attempt),
    "busy": (Writer.branch, Writer.busy, Writer.busy),
}
PLAIN = (*COMPOUNDS, "pattern", "pattern", "pattern")
LEVELS = (*PLAIN, *("helper",) * 4, "start")


def _depth(lines: list[str], at: int) -> int:
    """Return how deep a statement may stand that is put in before a line."""
    if at == len(lines):
        return 0
    after = (len(lines[at]) - len(lines[at].lstrip())) // 4
    if not lines[at].lstrip().startswith(("else", "except", "finally")):
        return after
    return after + 1


def indented(lines: list[str]) -> list[str]:
    """Indent lines by one step."""
    return [f"    {line}" for line in lines]


def _rival(writer: Writer, body: str) -> str:
    template = writer.dice.choice(writer.flavour.rivals)
    if template and writer.dice.random() < 0.15:
        template = writer.dice.choice(LONG_RIVALS)
    rival = writer.fill(template)
    if rival and "self.lock" in body and writer.dice.random() < 0.8:
        return "\n".join(["async with self.lock:", *indented(rival.splitlines())])
    return rival


def programs(
    seed: int, flavours: tuple[str, ...] = tuple(FLAVOURS), levels: tuple[str, ...] = LEVELS
) -> Iterator[Program]:
    """Make different programs without end, flavours and levels by turns, always the same ones for a seed."""
    dice = random.Random(seed)
    seen: set[str] = set()
    shapes = [(flavour, level) for level in levels for flavour in flavours]
    while True:
        for flavour, level in shapes:
            program = _program(dice, flavour, level)
            if "await" in program.source and program.source not in seen:
                seen.add(program.source)
                yield program


def _program(dice: random.Random, flavour: str, level: str) -> Program:
    if level == "helper":
        return outlined(dice, _program(dice, flavour, dice.choice(PLAIN)))
    if level == "start":
        plain = dice.choice(("line", "control", "pattern"))
        while not startable(program := _program(dice, flavour, plain)):
            continue
        return started(dice, program)
    writer = Writer(dice, FLAVOURS[flavour], level)
    body = "\n".join(writer.pattern() if level == "pattern" else writer.block(0, 6))
    return frame(body, _rival(writer, body), f"{level} {flavour}")
