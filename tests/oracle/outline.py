"""Generated methods with parts of them moved into helpers: the same updates, across calls and properties."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from tests.oracle.program import Program

LOCALS = ("a", "items", "key", "m", "n", "v")
LEAVING = (ast.Return, ast.Break, ast.Continue)
PASSIVE = (ast.Await, ast.NamedExpr, ast.GeneratorExp, ast.ListComp)
Place = tuple[ast.AST, str, int | None]
"""Where an expression stands: its parent, the field, and the place in a list."""


class Outliner:
    """One class whose method loses parts to helpers."""

    def __init__(self, dice: random.Random, source: str, victim: str) -> None:
        self.dice = dice
        self.tree = ast.parse(source)
        owner = self.tree.body[0]
        assert isinstance(owner, ast.ClassDef)
        self.owner = owner
        self.functions: list[ast.AsyncFunctionDef | ast.FunctionDef] = []
        self.made = 0
        self.turn_to(victim)

    def turn_to(self, name: str) -> None:
        """Take parts of another method from now on."""
        kinds = ast.AsyncFunctionDef | ast.FunctionDef
        self.functions = [one for one in self.owner.body if isinstance(one, kinds) and one.name == name]

    def helper(
        self, kind: str, params: Iterable[str], body: list[ast.stmt], is_async: bool, decorator: str = ""
    ) -> str:
        """Add a helper to the class and return its name."""
        self.made += 1
        name = f"_{kind}{self.made}"
        head = f"{'async ' if is_async else ''}def {name}({', '.join(('self', *params))}): pass"
        function = ast.parse(head).body[0]
        assert isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef)
        function.body = body
        function.decorator_list = [ast.Name(decorator)] if decorator else []
        self.owner.body.append(function)
        if isinstance(function, ast.AsyncFunctionDef):
            self.functions.append(function)
        return name

    def blocks(self) -> Iterator[list[ast.stmt]]:
        """Yield the statement lists of the method and of its async helpers."""
        for function in self.functions:
            for node in ast.walk(function):
                for field in ("body", "orelse", "finalbody"):
                    block = getattr(node, field, None)
                    if isinstance(block, list) and block:
                        yield block

    def expressions(self) -> Iterator[tuple[Place, ast.expr]]:
        """Yield the expressions of the method and of its async helpers, each with where it stands."""
        for function in self.functions:
            for node in ast.walk(function):
                for field, value in ast.iter_fields(node):
                    for number, one in enumerate(value if isinstance(value, list) else [value]):
                        if isinstance(one, ast.expr) and node is not function:
                            yield (node, field, number if isinstance(value, list) else None), one

    def pick(self, fits: Callable[[Place, ast.expr], bool]) -> tuple[Place, ast.expr] | None:
        """Choose an expression."""
        found = [(place, one) for place, one in self.expressions() if fits(place, one)]
        return self.dice.choice(found) if found else None

    def part(self) -> None:
        """Move some statements, with what they take and what they set."""
        slices = [
            (block, start, end)
            for block in self.blocks()
            for start in range(len(block))
            for end in range(start + 1, min(start + 4, len(block) + 1))
            if _movable(block[start:end])
        ]
        if not slices:
            return
        block, start, end = self.dice.choice(slices)
        moved = block[start:end]
        taken, results = _names(moved, ast.expr_context), _names(moved, ast.Store)
        is_async = _has(moved, (ast.Await, ast.AsyncWith))
        given = ", ".join(results)
        name = self.helper("part", taken, [*moved, *ast.parse(f"return {given}").body] if given else moved, is_async)
        call = f"{f'{given} = ' if given else ''}{'await ' if is_async else ''}self.{name}({', '.join(taken)})"
        block[start:end] = ast.parse(call).body

    def test(self) -> None:
        """Move a condition into a sync helper, or a property if it takes nothing."""
        found = self.pick(
            lambda place, one: place[1] == "test" and "self" in ast.unparse(one) and not _has([one], PASSIVE)
        )
        if found is not None:
            self._ask(*found, "test", self.dice.random() < 0.5)

    def get(self) -> None:
        """Move a read of state into a property, a sync helper, or an awaited helper that never gives way."""
        found = self.pick(lambda place, one: _reads(one) and not isinstance(place[0], ast.AugAssign))
        if found is not None:
            self._ask(*found, "get", self.dice.random() < 0.5)

    def _ask(self, place: Place, one: ast.expr, kind: str, prefer: bool) -> None:
        taken = _names([one], ast.expr_context)
        as_property = not taken and prefer
        waits = not as_property and kind == "get" and self.dice.random() < 0.3
        name = self.helper(kind, taken, [ast.Return(one)], waits, "property" if as_property else "")
        if waits:
            self.functions.pop()
        call = f"self.{name}" if as_property else f"self.{name}({', '.join(taken)})"
        _put(place, ast.parse(f"await {call}" if waits else call, mode="eval").body)

    def put(self) -> None:
        """Move a store of state into a sync helper."""
        stores = [
            (block, number)
            for block in self.blocks()
            for number, one in enumerate(block)
            if isinstance(one, ast.Assign) and len(one.targets) == 1 and _is_state(one.targets[0])
        ]
        if not stores:
            return
        block, number = self.dice.choice(stores)
        store = block[number]
        assert isinstance(store, ast.Assign)
        taken = _names(store.targets, ast.expr_context)
        value, store.value = store.value, ast.Name("value")
        name = self.helper("put", (*taken, "value"), [store], False)
        block[number] = ast.parse(f"self.{name}({', '.join((*taken, ast.unparse(value)))})").body[0]

    def rest(self) -> None:
        """Move a suspension into a helper."""
        found = self.pick(lambda place, one: ast.unparse(one) in ("await pause()", "await fetch()"))
        if found is not None:
            place, one = found
            body: list[ast.stmt] = [ast.Return(one)] if "fetch" in ast.unparse(one) else [ast.Expr(one)]
            name = self.helper("rest", (), body, True)
            self.functions.pop()
            _put(place, ast.parse(f"await self.{name}()", mode="eval").body)

    def idle(self) -> None:
        """Await a helper that never gives way."""
        block = self.dice.choice(list(self.blocks()))
        name = self.helper("idle", (), ast.parse("return make()").body, True)
        self.functions.pop()
        block.insert(self.dice.randrange(len(block) + 1), ast.parse(f"await self.{name}()").body[0])


MOVES = (
    Outliner.part, Outliner.part, Outliner.part, Outliner.test, Outliner.test, Outliner.get, Outliner.put,
    Outliner.put, Outliner.rest, Outliner.idle,
)  # fmt: skip


RIVAL_MOVES = (Outliner.part, Outliner.put, Outliner.test)


def outlined(dice: random.Random, program: Program) -> Program:
    """Return a program with one to three parts of its method moved into helpers, and perhaps parts of its rival."""
    outliner = Outliner(dice, program.source, program.victim)
    for _ in range(dice.choice((1, 1, 2, 3))):
        dice.choice(MOVES)(outliner)
    if dice.random() < 0.3:
        outliner.turn_to("rival")
        dice.choice(RIVAL_MOVES)(outliner)
    source = ast.unparse(ast.fix_missing_locations(outliner.tree)) + "\n"
    return replace(program, source=source, shape=f"helper {program.shape.split()[-1]}")


def _movable(moved: list[ast.stmt]) -> bool:
    if _has(moved, LEAVING) or all(isinstance(one, ast.Pass) for one in moved):
        return False
    names = {node.id for one in moved for node in ast.walk(one) if isinstance(node, ast.Name)}
    return "item" not in names or any(isinstance(one, ast.For) for one in moved)


def _has(nodes: Iterable[ast.AST], kinds: tuple[type[ast.AST], ...]) -> bool:
    return any(isinstance(node, kinds) for one in nodes for node in ast.walk(one))


def _names(nodes: Iterable[ast.AST], context: type[ast.expr_context]) -> tuple[str, ...]:
    found = [node for one in nodes for node in ast.walk(one) if isinstance(node, ast.Name)]
    return tuple(name for name in LOCALS if any(node.id == name and isinstance(node.ctx, context) for node in found))


def _is_state(node: ast.expr) -> bool:
    return ast.unparse(node) in ("self.x", "self.y", "self.d[key]", "self.d['b']")


def _reads(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Load) and _is_state(node)
    return ast.unparse(node).startswith("self.d.get(") or ast.unparse(node) in ("key in self.d", "key not in self.d")


def _put(place: Place, one: ast.expr) -> None:
    parent, field, number = place
    if number is None:
        setattr(parent, field, one)
    else:
        getattr(parent, field)[number] = one
