"""Lowering of simple statements: assignments, `return`, `raise`, `assert`, `del`, imports."""

from __future__ import annotations

import libcst as cst

from asynclint.ir.ops import Compute, Const, Forget, Move, Raise, Return, StoreAttr, TestKind
from asynclint.ir.places import CLOSURE, MODULE
from asynclint.lower.builder import RETURN, RETURN_VALUE, Builder, Loop
from asynclint.lower.conditions import decide
from asynclint.lower.dispatch import evaluate, execute, statement
from asynclint.lower.names import imported_name
from asynclint.lower.targets import assign, assign_elements, augment, delete, same_shape
from asynclint.lower.unwind import shared_on_the_way, unwind


@statement(cst.SimpleStatementLine)
def line(b: Builder, node: cst.SimpleStatementLine) -> None:
    """Lower the statements of one line."""
    for small in node.body:
        execute(b, small)


@statement(cst.Expr)
def expression_statement(b: Builder, node: cst.Expr) -> None:
    """Lower an expression whose value is dropped; docstrings and `...` are nothing."""
    if not isinstance(node.value, (cst.SimpleString, cst.Ellipsis)):
        evaluate(b, node.value)


@statement(cst.Assign)
def assignment(b: Builder, node: cst.Assign) -> None:
    """Lower `a = b = e`: the value first, then the targets from left to right."""
    first = node.targets[0].target
    if len(node.targets) == 1 and same_shape(first, node.value):
        assert isinstance(first, (cst.Tuple, cst.List)) and isinstance(node.value, (cst.Tuple, cst.List))
        assign_elements(b, first.elements, node.value.elements)
        return
    if len(node.targets) == 1 and _where_missing(b, first, node.value):
        return
    value = evaluate(b, node.value)
    for target in node.targets:
        assign(b, target.target, value)


def _where_missing(b: Builder, target: cst.BaseAssignTargetExpression, value: cst.BaseExpression) -> bool:
    """Lower `a = a or e`, `a = a if c else e` or `a = e if c else a` as what it does: `a` is left as it is, or set."""
    kind: TestKind = "ifexp"
    match value:
        case cst.BooleanOperation(left=test, operator=cst.Or(), right=made) if test.deep_equals(target):
            kind, keeps = "or", True
        case cst.IfExp(test=test, body=body, orelse=made) if body.deep_equals(target):
            keeps = True
        case cst.IfExp(test=test, body=made, orelse=orelse) if orelse.deep_equals(target):
            keeps = False
        case _:
            return False
    after, missing = b.block(), b.block()
    decide(b, test, after if keeps else missing, missing if keeps else after, kind)
    b.start(missing)
    assign(b, target, evaluate(b, made))
    b.jump(after)
    b.start(after)
    return True


@statement(cst.AnnAssign)
def annotated_assignment(b: Builder, node: cst.AnnAssign) -> None:
    """Lower `a: T = e`; without a value it does nothing."""
    if node.value is not None:
        assign(b, node.target, evaluate(b, node.value))


@statement(cst.AugAssign)
def augmented_assignment(b: Builder, node: cst.AugAssign) -> None:
    """Lower `a += e`."""
    augment(b, node)


@statement(cst.Return)
def return_statement(b: Builder, node: cst.Return) -> None:
    """Lower `return e`: the value, then the cleanups innermost first, then the end."""
    value = evaluate(b, node.value) if node.value is not None else None
    if b.frames and shared_on_the_way(b):
        at = b.at(node.value or node)
        b.ops.append(Const(RETURN_VALUE, "None", at) if value is None else Move(RETURN_VALUE, value, at))
        value = RETURN_VALUE
    if unwind(b, 0, RETURN):
        b.ops.append(Return(value, b.at(node)))
        b.jump(Builder.EXIT)
    b.dead()


@statement(cst.Break)
def break_statement(b: Builder, node: cst.Break) -> None:
    """Lower `break`."""
    depth, loop = _loop(b)
    if loop is not None and unwind(b, depth, loop.after):
        b.jump(loop.after)
    b.dead()


@statement(cst.Continue)
def continue_statement(b: Builder, node: cst.Continue) -> None:
    """Lower `continue`."""
    depth, loop = _loop(b)
    if loop is not None and unwind(b, depth, loop.head):
        b.jump(loop.head)
    b.dead()


def _loop(b: Builder) -> tuple[int, Loop | None]:
    for number in range(len(b.frames) - 1, -1, -1):
        frame = b.frames[number]
        if isinstance(frame, Loop):
            return number + 1, frame
    return 0, None


@statement(cst.Raise)
def raise_statement(b: Builder, node: cst.Raise) -> None:
    """Lower `raise e from c`."""
    value = evaluate(b, node.exc) if node.exc is not None else None
    if node.cause is not None:
        evaluate(b, node.cause.item)
    b.ops.append(Raise(value, b.at(node)))
    b.dead()


@statement(cst.Assert)
def assert_statement(b: Builder, node: cst.Assert) -> None:
    """Lower `assert c, m`: the message is evaluated only where the test fails."""
    passed, failed = b.block(), b.block()
    decide(b, node.test, passed, failed, "assert")
    b.start(failed)
    value = evaluate(b, node.msg) if node.msg is not None else None
    b.ops.append(Raise(value, b.at(node)))
    b.start(passed)


@statement(cst.Del)
def delete_statement(b: Builder, node: cst.Del) -> None:
    """Lower `del a, b`."""
    delete(b, node.target)


@statement(cst.Import)
def import_statement(b: Builder, node: cst.Import) -> None:
    """Lower `import a`: the name becomes something unknown."""
    for alias in node.names:
        _unknown(b, imported_name(alias), alias)


@statement(cst.ImportFrom)
def import_from(b: Builder, node: cst.ImportFrom) -> None:
    """Lower `from a import b`."""
    if not isinstance(node.names, cst.ImportStar):
        for alias in node.names:
            _unknown(b, imported_name(alias), alias)


@statement(cst.TypeAlias)
def type_alias(b: Builder, node: cst.TypeAlias) -> None:
    """Lower `type X = ...`, whose value is evaluated only when somebody asks for it."""
    _unknown(b, node.name.value, node)


def _unknown(b: Builder, name: str, node: cst.CSTNode) -> None:
    variable = b.scope_of(name)
    if variable in (MODULE, CLOSURE):
        into = b.temp()
        b.ops.append(Compute(into, "import", (), b.at(node)))
        b.ops.append(StoreAttr(variable, name, into, b.at(node)))
    else:
        b.ops.append(Forget(variable, b.at(node)))


@statement(cst.Pass, cst.Global, cst.Nonlocal)
def nothing(b: Builder, node: cst.CSTNode) -> None:
    """Lower what does nothing when it runs."""
