"""Lowering of `try` and `with`: handlers, and what runs on every way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import libcst as cst

from asynclint.ir.ops import Compute, Enter, Exit, Forget, Suspend, Test, Var
from asynclint.lower.builder import NOTHING_CAUGHT, Builder, Caught, Cleanup
from asynclint.lower.dispatch import evaluate, statement, suite
from asynclint.lower.displays import keep
from asynclint.lower.keys import dotted
from asynclint.lower.targets import assign, store_name

_Handlers = Sequence[cst.ExceptHandler | cst.ExceptStarHandler]
_ITEM_ERRORS = frozenset(("KeyError", "IndexError", "LookupError"))
_CATCH_ALL = frozenset(("Exception", "BaseException"))


@statement(cst.With)
def with_statement(b: Builder, node: cst.With) -> None:
    """Lower `with` and `async with`: each item is entered while the earlier ones are held."""
    _with(b, node, 0)


def _with(b: Builder, node: cst.With, number: int) -> None:
    if number == len(node.items):
        suite(b, node.body)
        return
    item = node.items[number]
    is_async = node.asynchronous is not None
    context = keep(b, evaluate(b, item.item), item.item)
    at = b.at(item.item)
    entered = _enter(b, context, is_async, at)

    def leave() -> None:
        b.ops.append(Exit(context, is_async, at))
        if is_async:
            b.ops.append(Suspend("async exit", context, None, at))

    outer, caught = b.handler, b.caught
    escape, after = b.block(), b.block()
    b.frames.append(Cleanup(leave, outer, shared=False))
    b.handler, (b.caught, missing) = escape, _passed_on(b, item.item, after)
    b.step()
    if item.asname is not None:
        assign(b, item.asname.name, entered)
    _with(b, node, number + 1)
    b.frames.pop()
    b.handler, b.caught = outer, caught
    b.step()
    leave()
    b.jump(after)
    b.start(escape)
    leave()
    _go_on_raising(b, item.item, after)
    for block, goal in missing:
        b.start(block)
        leave()
        b.jump(goal)
    b.start(after)


def _enter(b: Builder, context: Var, is_async: bool, at: int) -> Var:
    entered = b.temp()
    b.ops.append(Enter(entered, context, is_async, at))
    if not is_async:
        return entered
    outcome = b.temp()
    b.ops.append(Suspend("async with", context, outcome, at))
    return outcome


def _go_on_raising(b: Builder, context: cst.BaseExpression, after: int) -> None:
    text = _suppressed(context)
    if text:
        exception = _exception(b, context)
        b.ops.append(Test(exception, "except", len(b.nodes) - 1, text))
        b.branch(after, b.handler)
    else:
        b.jump(b.handler)


def _suppressed(context: cst.BaseExpression) -> str:
    """Return the types of the errors that a `with` item swallows, by name; none for most."""
    if isinstance(context, cst.Call) and dotted(context.func) in ("suppress", "contextlib.suppress"):
        return ", ".join(_type_text(arg.value) for arg in context.args)
    return ""


def _passed_on(b: Builder, context: cst.BaseExpression, after: int) -> tuple[Caught, list[tuple[int, int]]]:
    """Return where what is missing inside a `with` item leads: blocks that leave the item, each with what follows it.

    What the item swallows goes on behind it, all else in the clause outside.
    """
    names = set(_suppressed(context).split(", "))
    if names & _CATCH_ALL:
        return NOTHING_CAUGHT, []
    item = after if names & _ITEM_ERRORS else b.caught.item
    attribute = after if "AttributeError" in names else b.caught.attribute
    blocks = {goal: b.block() for goal in (item, attribute) if goal is not None}
    inside = Caught(None if item is None else blocks[item], None if attribute is None else blocks[attribute])
    return inside, [(block, goal) for goal, block in blocks.items()]


@statement(cst.Try, cst.TryStar)
def try_statement(b: Builder, node: cst.Try | cst.TryStar) -> None:
    """Lower `try`: a `finally` body runs on each way out, lowered once for each continuation."""
    if node.finalbody is None:
        after = b.block()
        _try(b, node, after)
        b.start(after)
        return
    body = node.finalbody.body
    outer, caught = b.handler, b.caught
    escape, normal, first = b.block(), b.block(), b.block()
    b.frames.append(Cleanup(lambda: suite(b, body), outer, shared=True))
    b.handler, b.caught = escape, NOTHING_CAUGHT
    _guard(b, escape, first)
    b.jump(first)
    b.start(first)
    _try(b, node, normal)
    b.frames.pop()
    b.handler, b.caught = outer, caught
    after = b.block()
    b.start(normal)
    suite(b, body)
    b.jump(after)
    b.start(escape)
    suite(b, body)
    b.jump(outer)
    b.start(after)


def _guard(b: Builder, handler: int, first: int) -> None:
    b.guarded.append((handler, first))
    b.pinned.update((handler, first))


def _try(b: Builder, node: cst.Try | cst.TryStar, done: int) -> None:
    handler, caught = b.handler, b.caught
    handlers: _Handlers = node.handlers
    clauses = [b.block() for _ in handlers]
    if clauses:
        dispatch, first = b.block(), b.block()
        _guard(b, dispatch, first)
        b.handler = dispatch
        b.caught = _catches(handlers, clauses, caught)
        b.jump(first)
        b.start(first)
    suite(b, node.body)
    b.handler, b.caught = handler, caught
    if node.orelse is not None:
        b.step()
        suite(b, node.orelse.body)
    b.jump(done)
    if clauses:
        b.start(dispatch)
        exception = _exception(b, handlers[0])
        following = _dispatch(b, handlers, clauses, exception, isinstance(node, cst.TryStar), done)
        for clause, block, then in zip(handlers, clauses, following, strict=True):
            b.start(block)
            _clause(b, clause, exception)
            b.jump(then)


def _dispatch(
    b: Builder, handlers: _Handlers, clauses: list[int], exception: Var, is_star: bool, done: int
) -> list[int]:
    """Lower the choice of a clause; return where control goes behind each."""
    following: list[int] = []
    for clause, block in zip(handlers, clauses, strict=True):
        text = _type_text(clause.type) if clause.type is not None else ""
        if text in ("", "BaseException"):
            b.jump(block)
            b.dead()
            following.append(done)
            continue
        b.ops.append(Test(exception, "except", b.at(clause.type or clause), text))
        other = b.block()
        b.branch(block, other)
        b.start(other)
        following.append(other if is_star else done)
    if is_star:
        # What no `except*` clause took is raised again after those that ran.
        b.ops.append(Test(exception, "except", len(b.nodes) - 1))
        b.branch(done, b.handler)
    else:
        b.jump(b.handler)
    return following


def _clause(b: Builder, clause: cst.ExceptHandler | cst.ExceptStarHandler, exception: Var) -> None:
    name = clause.name.name if clause.name is not None else None
    if isinstance(name, cst.Name):
        store_name(b, name, exception)
    suite(b, clause.body)
    if isinstance(name, cst.Name) and not b.scope_of(name.value).startswith("%"):
        b.ops.append(Forget(name.value, b.at(name)))


def _exception(b: Builder, node: cst.CSTNode) -> Var:
    into = b.temp()
    b.ops.append(Compute(into, "exception", (), b.at(node)))
    return into


def _type_text(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Tuple):
        return ", ".join(_type_text(element.value) for element in node.elements)
    return dotted(node) or "?"


def _catches(handlers: _Handlers, clauses: list[int], outer: Caught) -> Caught:
    found = outer
    for clause, block in zip(reversed(handlers), reversed(clauses), strict=True):
        names = set(_type_text(clause.type).split(", ")) if clause.type is not None else {"BaseException"}
        if names & _CATCH_ALL:
            found = NOTHING_CAUGHT
        if names & _ITEM_ERRORS:
            found = replace(found, item=block)
        if "AttributeError" in names:
            found = replace(found, attribute=block)
    return found
