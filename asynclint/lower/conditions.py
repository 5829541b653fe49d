"""Lowering of what decides: tests, short circuits, comparisons, conditional expressions, walrus."""

from __future__ import annotations

import libcst as cst

from asynclint.ir.ops import Compute, Move, Test, TestKind, Var
from asynclint.lower.builder import Builder
from asynclint.lower.dispatch import evaluate, expression
from asynclint.lower.keys import NO_NAMES, key_of
from asynclint.lower.operators import COMPARISON
from asynclint.lower.targets import store_name

_ALWAYS = {"True": True, "False": False, "1": True, "0": False}


def decide(b: Builder, node: cst.BaseExpression, true: int, false: int, kind: TestKind) -> None:
    """Lower an expression in test position: control goes to `true` or `false`."""
    match node:
        case cst.BooleanOperation():
            middle = b.block()
            if isinstance(node.operator, cst.And):
                decide(b, node.left, middle, false, kind)
            else:
                decide(b, node.left, true, middle, kind)
            b.start(middle)
            decide(b, node.right, true, false, kind)
        case cst.UnaryOperation(operator=cst.Not()):
            decide(b, node.expression, false, true, kind)
        case cst.Comparison(comparisons=[_, _, *_]):
            _decide_chain(b, node, true, false, kind)
        case cst.Name(value=text) | cst.Integer(value=text) if text in _ALWAYS:
            b.jump(true if _ALWAYS[text] else false)
        case _:
            value = evaluate(b, node)
            branch_on(b, value, kind, node, true, false)


def branch_on(b: Builder, value: Var, kind: TestKind, node: cst.CSTNode, true: int, false: int) -> None:
    """End the block with a branch on a value."""
    b.ops.append(Test(value, kind, b.at(node)))
    b.branch(true, false)


def _decide_chain(b: Builder, node: cst.Comparison, true: int, false: int, kind: TestKind) -> None:
    left_node = node.left
    left = evaluate(b, left_node)
    last = len(node.comparisons) - 1
    for number, target in enumerate(node.comparisons):
        right = evaluate(b, target.comparator)
        value = _compare(b, left, left_node, target, right, node)
        following = true if number == last else b.block()
        branch_on(b, value, kind, node, following, false)
        if number < last:
            b.start(following)
        left, left_node = right, target.comparator


def _compare(
    b: Builder, left: Var, left_node: cst.BaseExpression, target: cst.ComparisonTarget, right: Var, node: cst.CSTNode
) -> Var:
    kind = COMPARISON.get(type(target.operator), "?")
    text, names = key_of(b, left_node) if kind in ("in", "not in") else ("", NO_NAMES)
    into = b.temp()
    b.ops.append(Compute(into, kind, (left, right), b.at(node), text, names))
    return into


@expression(cst.Comparison)
def comparison(b: Builder, node: cst.Comparison) -> Var:
    """Lower a comparison where its value is wanted; a chain stops at the first that is false."""
    if len(node.comparisons) == 1:
        target = node.comparisons[0]
        left = evaluate(b, node.left)
        return _compare(b, left, node.left, target, evaluate(b, target.comparator), node)
    into = b.temp()
    after = b.block()
    left_node = node.left
    left = evaluate(b, left_node)
    for number, target in enumerate(node.comparisons):
        right = evaluate(b, target.comparator)
        value = _compare(b, left, left_node, target, right, node)
        b.ops.append(Move(into, value, b.at(node)))
        if number < len(node.comparisons) - 1:
            following = b.block()
            branch_on(b, value, "and", node, following, after)
            b.start(following)
        left, left_node = right, target.comparator
    b.jump(after)
    b.start(after)
    return into


@expression(cst.BooleanOperation)
def boolean(b: Builder, node: cst.BooleanOperation) -> Var:
    """Lower `a or b` where its value is wanted."""
    into = b.temp()
    after, right = b.block(), b.block()
    left = evaluate(b, node.left)
    b.ops.append(Move(into, left, b.at(node.left)))
    if isinstance(node.operator, cst.And):
        branch_on(b, left, "and", node.left, right, after)
    else:
        branch_on(b, left, "or", node.left, after, right)
    b.start(right)
    value = evaluate(b, node.right)
    b.ops.append(Move(into, value, b.at(node.right)))
    b.jump(after)
    b.start(after)
    return into


@expression(cst.IfExp)
def conditional(b: Builder, node: cst.IfExp) -> Var:
    """Lower `a if c else b`."""
    into = b.temp()
    true, false, after = b.block(), b.block(), b.block()
    decide(b, node.test, true, false, "ifexp")
    for block, branch in ((true, node.body), (false, node.orelse)):
        b.start(block)
        value = evaluate(b, branch)
        b.ops.append(Move(into, value, b.at(branch)))
        b.jump(after)
    b.start(after)
    return into


@expression(cst.NamedExpr)
def walrus(b: Builder, node: cst.NamedExpr) -> Var:
    """Lower `(x := e)`, which binds in the function even inside a comprehension."""
    value = evaluate(b, node.value)
    if isinstance(node.target, cst.Name):
        store_name(b, node.target, value, outside=True)
        if node.target.value in b.locals:
            return node.target.value
    return value
