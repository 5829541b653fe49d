"""Which tasks a function keeps in a local and waits for before it gives way for anything else."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from asynclint.survey.visiting import parts

WAITING = frozenset(("gather", "wait", "wait_for", "shield", "as_completed"))
"""Names of what gives way until what it is given is over."""
_TRIES = (ast.Try, ast.TryStar) if sys.version_info >= (3, 11) else (ast.Try,)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_APART = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_PAUSES = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom)
_NO_JOINS: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class _Joins:
    """What is found out of one function: the lines of the calls, and 1 for those that are over within their turn."""

    started: frozenset[str]
    dropped: frozenset[str]
    found: dict[int, int] = field(default_factory=dict)
    _pausing: dict[ast.AST, list[ast.AST]] = field(default_factory=dict)
    _waiting: dict[tuple[ast.stmt, str], bool] = field(default_factory=dict)
    _any: dict[ast.stmt, bool] = field(default_factory=dict)

    def block(self, body: Sequence[ast.stmt]) -> None:
        """Look for what is started in a block and waited for further on in it."""
        for place, statement in enumerate(body):
            if self._pauses(statement) or _leaves(statement):
                for inner in _blocks(statement):
                    self.block(inner)
                continue
            for name, call, alone in _starts(statement):
                if self._is_waited(body[place + 1 :], name):
                    self.found[call.lineno] = int(alone)

    def _is_waited(self, body: Sequence[ast.stmt], name: str) -> bool:
        """Tell whether statements wait for a task before they do for anything but others like it, and are not left."""
        for statement in body:
            if self._pauses(statement):
                if self._waits(statement, name):
                    return True
                if not self._waits_for_any(statement):
                    return False
            elif _leaves(statement) and not _is_without(statement, name):
                return False
        return False

    def _pauses(self, node: ast.AST) -> list[ast.AST]:
        """Return where a statement or expression gives way, what it defines left out."""
        known = self._pausing.get(node)
        if known is None:
            found = (one for one in _within(node) if isinstance(one, _PAUSES) or getattr(one, "is_async", False))
            known = self._pausing[node] = list(found)
        return known

    def _waits_for_any(self, statement: ast.stmt) -> bool:
        known = self._any.get(statement)
        if known is None:
            known = self._any[statement] = any(self._waits(statement, other) for other in self.started)
        return known

    def _waits(self, statement: ast.stmt, name: str) -> bool:
        """Tell whether a statement waits for a task: answered once, or each level of nesting would ask all again."""
        known = self._waiting.get((statement, name))
        if known is None:
            known = self._waiting[statement, name] = self._comes_to(statement, name)
        return known

    def _comes_to(self, statement: ast.stmt, name: str) -> bool:
        match statement:
            case ast.Expr(value=value) | ast.Assign(value=value) | ast.Return(value=ast.expr() as value):
                awaits = [one for one in self._pauses(value) if isinstance(one, _PAUSES)]
                return len(awaits) == 1 and isinstance(awaits[0], ast.Await) and self._takes(awaits[0].value, name)
            case ast.If(test=ast.Name(id=tested), body=body) if tested == name:
                return self._is_waited(body, name)
            case ast.For(target=ast.Name(id=each), iter=source, body=body):
                return self._takes(source, name) and self._is_waited(body, each)
            case ast.With(body=body):
                return self._is_waited(body, name)
            case _ if isinstance(statement, _TRIES):
                return self._is_waited(statement.body, name)
        return False

    def _takes(self, value: ast.expr, name: str) -> bool:
        """Tell whether what is awaited is a task, or is over when that is."""
        match value:
            case ast.Name(id=known) | ast.Starred(value=ast.Name(id=known)):
                return known == name
            case ast.Call(func=func, args=args, keywords=keywords) if _last(func) in WAITING:
                if _last(func) == "wait" and (keywords or len(args) > 1):
                    return False  # it may come back with some of them
                if _last(func) == "shield" and name not in self.dropped:
                    return False  # a cancellation leaves the task to itself
                return any(self._takes(one, name) for one in args)
        return False


def joins_of(node: ast.AST) -> tuple[tuple[int, int], ...]:
    """Return the lines of the calls whose results a coroutine waits for before it gives way for anything else.

    With 1 for each that is over before the turn of the loop around it is, and 0 for those of which there are several.
    """
    if not isinstance(node, ast.AsyncFunctionDef):
        return _NO_JOINS
    started = frozenset(name for one in _statements(node.body) for name, _, _ in _starts(one, False))
    if not started:
        return _NO_JOINS
    inside = [one for statement in node.body for one in _within(statement)]
    joins = _Joins(started, frozenset(_dropped(inside, started)))
    joins.block(node.body)
    return tuple(sorted(joins.found.items()))


def _starts(statement: ast.stmt, deep: bool = True) -> Iterator[tuple[str, ast.Call, bool]]:
    """Yield the locals that are given the results of calls, or lists of them, with the calls."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
            yield name, call, True
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            yield from ((name, call, isinstance(value, ast.Call)) for call in _listed(value))
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append" | "add"), args=[ast.Call() as call]
            )
        ):
            yield name, call, False
        case _ if deep:
            for inner in _blocks(statement):
                for one in inner:
                    yield from ((name, call, False) for name, call, _ in _starts(one))


def _listed(value: ast.expr) -> list[ast.Call]:
    match value:
        case ast.Call():
            return [value]
        case ast.ListComp(elt=ast.Call() as call) | ast.SetComp(elt=ast.Call() as call):
            return [call]
        case ast.List(elts=elements) | ast.Set(elts=elements) | ast.Tuple(elts=elements):
            return [one for one in elements if isinstance(one, ast.Call)]
    return []


def _dropped(inside: list[ast.AST], started: frozenset[str]) -> Iterator[str]:
    """Yield the tasks that are awaited below the line in which they are cancelled."""
    for one in inside:
        match one:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="cancel")) if name in started:
                if any(
                    isinstance(other, ast.Await)
                    and other.lineno > one.lineno
                    and isinstance(other.value, ast.Name)
                    and other.value.id == name
                    for other in inside
                ):
                    yield name


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a statement, those of what it defines left out."""
    if isinstance(statement, _APART):
        return
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a block and of those in it, those of what it defines left out."""
    for statement in body:
        yield statement
        for block in _blocks(statement):
            yield from _statements(block)


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what is below it, the outer before the inner, what runs at another time left out."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        if not isinstance(one, _APART):
            pending.extend(reversed(parts(one)))


def _leaves(statement: ast.stmt, looped: bool = False) -> bool:
    """Tell whether a statement may leave the block in which it stands other than by an exception."""
    if isinstance(statement, ast.Return) or (isinstance(statement, ast.Break | ast.Continue) and not looped):
        return True
    inner = looped or isinstance(statement, _LOOPS)
    return any(_leaves(one, inner) for block in _blocks(statement) for one in block)


def _is_without(statement: ast.stmt, name: str) -> bool:
    """Tell whether a statement is the way of who has started nothing: `if not tasks: return`."""
    match statement:
        case ast.If(test=ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=tested)), orelse=[]):
            return tested == name
    return False


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
