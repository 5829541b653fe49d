"""Programs that a grammar made: any statement and expression that Python has, around state, awaits and locks."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

NAMES = ("a", "b", "key", "item", "self", "cls", "lock", "items", "task", "T", "_", "__", "other")
ATTRIBUTES = ("x", "y", "d", "items", "lock", "task", "busy", "other", "x", "x", "d")
CALLS = (
    "asyncio.create_task", "asyncio.gather", "asyncio.sleep", "asyncio.Lock", "asyncio.Queue", "len", "list", "dict",
    "super", "getattr", "setattr", "self.helper", "self.work", "self.other.work", "type(self)", "functools.partial",
    "asyncio.wait_for", "asyncio.shield", "anyio.Lock", "cls", "next", "isinstance", "loop.call_soon", "print",
)  # fmt: skip
METHODS = (
    "append", "pop", "get", "setdefault", "clear", "update", "acquire", "release", "put", "get_nowait", "close",
    "cancel", "set_result", "wait", "set", "items", "values", "remove", "done", "popleft", "discard", "submit",
)  # fmt: skip
OPERATORS = ("+", "-", "*", "@", "/", "%", "**", "//", "|", "&", "^", "<<", ">>", "and", "or", "==", "is", "is not",
             "in", "not in", "<", ">=", "!=")  # fmt: skip
DECORATORS = ("@property", "@staticmethod", "@classmethod", "@functools.wraps(f)", "@contextlib.asynccontextmanager",
              "@app.get('/')", "@x.setter", "@dataclass", "@functools.cached_property", "@lru_cache")  # fmt: skip


def grown(dice: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """Yield programs."""
    for _ in range(count):
        yield "grown", _Grower(dice).program()


class _Grower:
    """One program in the making; `depth` keeps it small, `left` how many statements there may still be."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.left = dice.choice((10, 20, 40, 80))

    def one(self, *choices: str) -> str:
        return self.dice.choice(choices)

    def pick(self, *choices: Callable[[], str]) -> str:
        return self.dice.choice(choices)()

    def likely(self, share: float) -> bool:
        return self.dice.random() < share

    def program(self) -> str:
        head = "import asyncio, anyio, functools, contextlib\nfrom dataclasses import dataclass\n"
        parts = [self.owner(0) if self.likely(0.6) else self.function(0) for _ in range(self.dice.choice((1, 1, 2, 3)))]
        return head + "".join(f"{line}\n" for part in parts for line in part)

    def owner(self, depth: int) -> list[str]:
        """Write a class."""
        name, base = (
            self.one("A", "B", "C", "D"),
            self.one("", "", "(A)", "(B)", "(C, metaclass=M)", "[T](A)", "(A, B)"),
        )
        body = [line for _ in range(self.dice.choice((2, 3, 4, 6))) for line in self.function(depth + 1)]
        head = [self.one("x = 0", "items = []", "x: int = 0", "lock = asyncio.Lock()", "__slots__ = ('x',)", "pass")]
        decorators = [self.dice.choice(DECORATORS)] if self.likely(0.1) else []
        return [*decorators, f"class {name}{base}:", *_indented([*head, *body])]

    def function(self, depth: int) -> list[str]:
        """Write a function or a method."""
        kind = self.one("def", "async def", "async def", "async def")
        name = self.one("work", "helper", "run", "start", "close", "__init__", "__aenter__", "x", "rival", "on_message")
        params = self.one("self", "self", "self, key", "self, *items, key=None, **b", "cls, /, a, *, b=1", "", "a, b")
        sort = self.one("", "", "", "[T]", "[*T, **P]")
        returns = self.one("", "", " -> int", " -> 'A'")
        decorators = [self.dice.choice(DECORATORS)] if self.likely(0.15) else []
        head = [self.one("global a", "'''Text.'''", "nonlocal_ = 1")] if self.likely(0.1) else []
        return [*decorators, f"{kind} {name}{sort}({params}){returns}:", *_indented([*head, *self.block(depth + 1)])]

    def block(self, depth: int) -> list[str]:
        lines = [line for _ in range(self.dice.choice((1, 2, 3, 5))) for line in self.statement(depth)]
        return [*self.update(), *lines] if self.likely(0.3) else lines or ["pass"]

    def update(self) -> list[str]:
        """Write an update that gives way in its middle: what checks look for."""
        path, waits = f"self.{self.dice.choice(ATTRIBUTES)}", f"await {self.call(1)}"
        lines = self.one(
            f"a = {path}|{waits}|{path} = {self.expression(1)} + a",
            f"if {path} is None:|    {waits}|    {path} = {self.expression(1)}",
            f"if key not in {path}:|    {path}[key] = {waits}",
            f"{path} += {waits}",
            f"for a in {path}:|    {waits}",
            f"await {path}.close()|{path} = None",
            f"{path} = True|{waits}|{path} = False",
            f"asyncio.create_task(self.{self.one('work', 'run', 'rival', 'helper')}())",
        )
        return lines.split("|")

    def statement(self, depth: int) -> list[str]:
        self.left -= 1
        if self.left < 0:
            return []
        if depth < 6 and self.likely(0.35):
            return self.compound(depth)
        e, t = self.expression, self.target
        return [
            self.pick(
                lambda: f"{t()} = {e(2)}", lambda: f"{t()} = {e(2)}", lambda: f"{t()} = {t()} = {e(2)}",
                lambda: f"{self.place()} {self.one('+', '-', '|', '*', '//')}= {e(2)}",
                lambda: f"{t()}, {t()} = {e(1)}, {e(2)}", lambda: f"{t()}, *{t()} = {e(2)}",
                lambda: f"{self.place()}: int = {e(1)}", lambda: f"await {e(1)}", lambda: f"await {self.call(2)}",
                lambda: self.call(2), lambda: f"del {self.place()}", lambda: f"return {e(2)}", lambda: "return",
                lambda: f"yield {e(1)}", lambda: f"raise {e(1)} from {e(1)}", lambda: "raise", lambda: "pass",
                lambda: f"assert {e(1)}, {e(1)}", lambda: self.one("break", "continue", "pass"),
                lambda: f"global {self.one('a', 'b')}", lambda: f"nonlocal {self.one('a', 'b')}",
                lambda: f"import {self.one('os', 'a.b as c')}", lambda: f"type T{self.one('', '[V]')} = {e(1)}"
)
        ]  # fmt: skip

    def compound(self, depth: int) -> list[str]:
        e = self.expression
        body = _indented(self.block(depth + 1))
        more = _indented(self.block(depth + 1))
        match self.dice.randrange(9):
            case 0 | 1:
                return [f"if {e(2)}:", *body, *(["else:", *more] if self.likely(0.3) else [])]
            case 2:
                return [f"while {e(2)}:", *body, *(["else:", *more] if self.likely(0.2) else [])]
            case 3:
                kind = self.one("for", "async for")
                return [f"{kind} {self.target()} in {e(1)}:", *body, *(["else:", *more] if self.likely(0.2) else [])]
            case 4 | 5:
                kind, where = self.one("with", "async with", "async with"), self.one("self.lock", "lock", e(1), e(1))
                extra = self.one("", "", f" as {self.target()}", f" as {self.target()}, {e(1)}")
                return [f"{kind} {where}{extra}:", *body]
            case 6:
                end = self.one(
                    "except", "except KeyError", f"except ({e(0)}, B) as error", "finally", "except* ValueError"
                )
                return [
                    "try:",
                    *body,
                    f"{end}:",
                    *more,
                    *(["finally:", *more] if end[0] == "e" and self.likely(0.3) else []),
                ]
            case 7:
                pattern = self.one("[a, *b]", "{'k': a, **b}", "A(x=1) | B()", "str() as a", "(1 | 2)", "_", "self.x")
                guard = self.one("", f" if {e(1)}")
                return [f"match {e(1)}:", *_indented([f"case {pattern}{guard}:", *body, "case _:", *more])]
        return self.function(depth) if self.likely(0.8) else self.owner(depth)

    def place(self) -> str:
        """Write something that can be assigned to, state mostly."""
        base = self.one(
            "self", "self", "self", "self", "self", "cls", "a", "self.other", "super()", self.dice.choice(NAMES)
        )
        path = f"{base}.{self.dice.choice(ATTRIBUTES)}"
        key = self.one("key", "key", "0", "1:2", ":", "a, b", "'k'", "-1", "self.x", "*a")
        return f"{path}[{key}]" if self.likely(0.3) else path

    def target(self) -> str:
        return self.place() if self.likely(0.5) else self.one("a", "b", "key", "item", "task")

    def call(self, depth: int) -> str:
        arguments = ", ".join(self.argument(depth - 1) for _ in range(self.dice.choice((0, 1, 1, 2))))
        callee = self.dice.choice(CALLS) if self.likely(0.5) else f"{self.place()}.{self.dice.choice(METHODS)}"
        return f"{callee}({arguments})"

    def argument(self, depth: int) -> str:
        value = self.expression(depth)
        return self.one(value, value, value, f"*{self.place()}", f"key={value}", f"**{self.place()}")

    def expression(self, depth: int) -> str:
        if depth <= 0 or self.likely(0.3):
            return self.one(
                self.place(), self.place(), self.dice.choice(NAMES), "None", "1", "'k'", "()", "[]", "{}", "..."
            )

        def e() -> str:
            return self.expression(depth - 1)

        return self.pick(
            lambda: self.call(depth), lambda: self.call(depth), lambda: f"(await {self.call(depth)})",
            lambda: f"(await {e()})", lambda: f"({e()} {self.dice.choice(OPERATORS)} {e()})", lambda: f"(not {e()})",
            lambda: f"({e()} if {e()} else {e()})", lambda: f"(a := {e()})", lambda: f"[{e()}, *{self.place()}]",
            lambda: f"{{{e()}: {e()}, **{self.place()}}}", lambda: f"({e()}, {e()})", lambda: f"(lambda a, *b: {e()})",
            lambda: f"[{e()} {self.one('for', 'async for')} a in {e()} if {e()}]", lambda: f"{{{e()} for a in {e()}}}",
            lambda: f"({e()} for a, b in {e()} for item in a)", lambda: f"f'{{{self.place()}!r:>{{a}}}} {{a}}'",
            lambda: f"({e()} < {e()} <= {e()})", lambda: f"{self.place()}.{self.dice.choice(ATTRIBUTES)}",
            lambda: f"(yield {e()})", lambda: f"-{self.place()}", lambda: f"{self.place()}[{e()}]"
)  # fmt: skip


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
