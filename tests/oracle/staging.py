"""A generated program made ready to run: compiled with its decisions, literals and state routed through the stage."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import cast

from tests.oracle.callers import PROGRAM
from tests.oracle.free import FreeBool, FreeItems, Unborn
from tests.oracle.freedom import ROUNDS
from tests.oracle.program import CONDITION, HELPER, Domain, Program
from tests.oracle.schedule import Chooser, Task
from tests.oracle.stage import Lock, Stage, Table, line_of_caller
from tests.oracle.terms import CONSTANTS, MISSING, Term
from tests.oracle.world import VICTIM

TESTS = (ast.If, ast.While, ast.IfExp, ast.Assert)


class _Instrument(ast.NodeTransformer):
    """Route decisions, numbered, and integer literals through the stage; mark statements that are reached."""

    def __init__(self, victim: str) -> None:
        self.count = 0
        self.marks = 0
        self._victim = victim

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Mark the statements of the victim and of helpers."""
        return self._marked(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Mark the statements of helpers."""
        return self._marked(node)

    def _marked(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        if node.name == self._victim or HELPER.fullmatch(node.name):
            for inner in ast.walk(node):
                for name in ("body", "orelse", "finalbody"):
                    block = getattr(inner, name, None)
                    if isinstance(block, list):
                        setattr(inner, name, [part for one in block for part in (self._mark(one), one)])
        self.generic_visit(node)
        for inner in node.body:
            if CONDITION.fullmatch(node.name) and isinstance(inner, ast.Return) and isinstance(inner.value, ast.BoolOp):
                inner.value = self._decision(inner.value)
        return node

    def _mark(self, node: ast.stmt) -> ast.stmt:
        self.marks += 1
        name = ast.Name("mark__", ast.Load())
        return ast.copy_location(ast.Expr(ast.Call(name, [ast.Constant(f"{self.marks}")], [])), node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if type(node.value) is int:
            return ast.copy_location(ast.Name(f"const{node.value}__", ast.Load()), node)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Let `is` tell terms apart as `==` does."""
        if not isinstance(node.comparators[0], ast.Constant):
            swap: dict[type[ast.cmpop], ast.cmpop] = {ast.Is: ast.Eq(), ast.IsNot: ast.NotEq()}
            node.ops = [swap.get(type(op), op) for op in node.ops]
        self.generic_visit(node)
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, TESTS):
            node.test = self._decision(node.test)
        elif isinstance(node, ast.comprehension):
            node.ifs = [self._decision(test) for test in node.ifs]
        return node

    def _decision(self, test: ast.expr) -> ast.expr:
        if isinstance(test, ast.BoolOp):
            test.values = [self._decision(value) for value in test.values]
            return test
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test.operand = self._decision(test.operand)
            return test
        if isinstance(test, ast.Constant):
            return test
        self.count += 1
        name = ast.copy_location(ast.Name("test__", ast.Load()), test)
        return ast.copy_location(ast.Call(name, [ast.Constant(self.count), test], []), test)


class Staged:
    """A program made ready to run: its class, with the state routed through the stage."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.stage = Stage(program.raising)
        self.kind = program.state[0][1] if program.state else "any"
        self.methods = {method.name: method for method in program.methods}
        names: dict[str, object] = self.stage.outside()
        names |= {f"const{number}__": term for number, term in enumerate(CONSTANTS)}
        instrument = _Instrument(program.victim)
        parsed = ast.parse(program.source)
        self.stored = frozenset(path for path, _ in program.state if f"self.{path}" in _stored(parsed))
        self.stage.forgiving = _forgiving(parsed)
        tree = ast.fix_missing_locations(instrument.visit(parsed))
        self.branches = instrument.count
        self.marks = instrument.marks
        exec(compile(tree, PROGRAM, "exec"), names)  # the text is our own, generated
        shared = cast("type[object]", names["Shared"])
        self.owner = cast("type[object]", type("Probe", (shared,), dict(self._attributes())))
        self._sudden = frozenset(name for name in self.methods if not iscoroutinefunction(getattr(shared, name)))

    def _attributes(self) -> dict[str, object]:
        attributes: dict[str, object] = {"__init__": lambda probe: None}
        for path, _ in self.program.state:
            name = path.partition("[")[0]
            attributes[name] = Table(self.stage, name) if "[" in path else _attribute(self.stage, name)
        return attributes

    def state(self, chooser: Chooser) -> dict[str, object]:
        """Make the first values of the state, chosen when somebody looks."""
        return {
            key_path(path): Unborn(partial(_value, domain, chooser, ("first", number)))
            for number, (path, domain) in enumerate(self.program.state)
        }

    def arguments(
        self, name: str, number: int, chooser: Chooser, rounds: int = ROUNDS, blind: bool = False
    ) -> tuple[object, ...]:
        """Choose the arguments with which a task runs a method; who is `blind` cannot tell that one is never false."""
        params = self.methods[name].params
        falsy: Domain = "count" if self.kind == "count" else "slot"
        known = [(param, falsy if blind and domain in ("any", "fresh") else domain) for param, domain in params]
        return tuple(_value(domain, chooser, (param, self.kind, number), rounds) for param, domain in known)

    def start(self, name: str, probe: object, arguments: tuple[object, ...]) -> object:
        """Call a method."""
        return cast("Callable[..., object]", getattr(probe, name))(*arguments)

    def task(self, name: str, number: int, chooser: Chooser, probe: object) -> Task:
        """Make a task of a method, with arguments that are chosen when it begins."""
        return Task(lambda: self.start(name, probe, self.arguments(name, number, chooser)), sudden=name in self._sudden)

    def probe(self, contended: Callable[[], bool]) -> object:
        """Make an object with locks that nobody holds."""
        probe = self.owner()
        for name in self.program.locks:
            setattr(probe, name, Lock(self.stage, contended))
        return probe


def _stored(tree: ast.Module) -> set[str]:
    """Return the places that somebody writes once the object is made, and those that a method of a dictionary may."""
    stored = set[str]()
    functions = [one for owner in tree.body if isinstance(owner, ast.ClassDef) for one in owner.body]
    later = [one for one in functions if isinstance(one, ast.stmt) and getattr(one, "name", "") != "__init__"]
    for node in (node for one in later for node in ast.walk(one)):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                stored.add(ast.unparse(node))
            case ast.Call(ast.Attribute(owner, "pop" | "setdefault"), [key, *_]):
                stored.add(f"{ast.unparse(owner)}[{ast.unparse(key)}]")
    return stored


def _forgiving(tree: ast.Module) -> frozenset[int]:
    """Return the lines of `try` blocks whose handler catches a key that is not there."""
    lines = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and node.handlers:
            lines.update(range(node.body[0].lineno, (node.body[-1].end_lineno or 0) + 1))
    return frozenset(lines)


def key_path(path: str) -> str:
    """Return the path that a key written as in the source has when it runs."""
    return path.replace("[key]", "[k]").replace("['", "[").replace("']", "]")


def _attribute(stage: Stage, name: str) -> property:
    # Where others read and write is never asked.
    def read(probe: object) -> object:
        world = stage.world
        return world.read(name, line_of_caller() if world.actor == VICTIM else ())

    def write(probe: object, value: object) -> None:
        world = stage.world
        world.write(name, value, line_of_caller() if world.actor == VICTIM else ())

    return property(read, write)


def _value(domain: Domain, chooser: Chooser, parts: tuple[str | int, ...], rounds: int = ROUNDS) -> object:
    match domain:
        case "bool":
            return FreeBool(chooser)
        case "flag":
            return bool(chooser.choose(2))
        case "items":
            return FreeItems(chooser, rounds)
        case "key":
            return "k"
        case "any" | "fresh":
            return Term(*parts)
        case "alike":
            return (Term(*parts), Term("first", 0), CONSTANTS[0] if "count" in parts else None)[chooser.choose(3)]
        case "count":
            return CONSTANTS[0] if chooser.choose(2) else Term(*parts)
        case "slot":
            return None if chooser.choose(2) else Term(*parts)
        case "absent":
            return MISSING if chooser.choose(2) else Term(*parts)
