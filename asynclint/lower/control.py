"""Lowering of branches and loops."""

from __future__ import annotations

import libcst as cst

from asynclint.lower.builder import Builder, Loop
from asynclint.lower.conditions import decide
from asynclint.lower.dispatch import evaluate, statement, suite
from asynclint.lower.displays import iterate, keep
from asynclint.lower.targets import assign


@statement(cst.If)
def if_statement(b: Builder, node: cst.If) -> None:
    """Lower `if`/`elif`/`else`."""
    after = b.block()
    arm: cst.If | cst.Else | None = node
    while isinstance(arm, cst.If):
        true = b.block()
        false = b.block() if arm.orelse is not None else after
        decide(b, arm.test, true, false, "if")
        b.start(true)
        suite(b, arm.body)
        b.jump(after)
        arm = arm.orelse
        if arm is not None:
            b.start(false)
    if arm is not None:
        suite(b, arm.body)
        b.jump(after)
    b.start(after)


@statement(cst.While)
def while_statement(b: Builder, node: cst.While) -> None:
    """Lower `while`/`else`."""
    head, body, after = b.block(), b.block(), b.block()
    exhausted = b.block() if node.orelse is not None else after
    b.jump(head)
    b.start(head)
    decide(b, node.test, body, exhausted, "while")
    _body(b, node.body, head, body, after)
    _orelse(b, node.orelse, exhausted, after)


@statement(cst.For)
def for_statement(b: Builder, node: cst.For) -> None:
    """Lower `for` and `async for`, with `else`."""
    iterable = keep(b, evaluate(b, node.iter), node.iter)
    head, body, after = b.block(), b.block(), b.block()
    exhausted = b.block() if node.orelse is not None else after
    b.jump(head)
    b.start(head)
    element = iterate(b, iterable, node.asynchronous is not None, node.iter)
    b.branch(body, exhausted)
    b.start(body)
    assign(b, node.target, element)
    inner = b.block()
    b.jump(inner)
    _body(b, node.body, head, inner, after)
    _orelse(b, node.orelse, exhausted, after)


def _body(b: Builder, body: cst.BaseSuite, head: int, block: int, after: int) -> None:
    b.frames.append(Loop(head, after))
    b.start(block)
    suite(b, body)
    b.jump(head)
    b.frames.pop()


def _orelse(b: Builder, orelse: cst.Else | None, exhausted: int, after: int) -> None:
    if orelse is not None:
        b.start(exhausted)
        suite(b, orelse.body)
        b.jump(after)
    b.start(after)
