"""Ways out of a run of statements: what leaves it early, and what is taken back just before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from asynclint.fixes.edits import RefusedError
from asynclint.fixes.lines import Lines
from asynclint.fixes.scene import Scene

Leaving = cst.Return | cst.Break | cst.Continue
LOOPS = (cst.For, cst.While)


def leavings(scene: Scene, statements: Sequence[cst.BaseStatement]) -> Iterator[Leaving]:
    """Yield the statements that leave a run of statements otherwise than by its end or by a failure."""
    for statement in statements:
        for node in scene.within(statement):
            if isinstance(node, cst.Return):
                yield node
            elif isinstance(node, cst.Break | cst.Continue):
                loop = next((one for one in scene.around(node) if isinstance(one, LOOPS)), None)
                if loop is None or all(loop not in list(scene.within(one)) for one in statements):
                    yield node


def twins(scene: Scene, statements: Sequence[cst.BaseStatement], text: str) -> list[cst.CSTNode]:
    """Return the simple statements in a run that read like a text."""
    nodes = (node for statement in statements for node in scene.within(statement))
    return [node for node in nodes if isinstance(node, cst.BaseSmallStatement) and scene.code(node).strip() == text]


def following(scene: Scene, node: cst.CSTNode) -> cst.BaseStatement | None:
    """Return the statement after the line of a node, in its block."""
    line = scene.alone(node)
    block, index = next(scene.blocks(line))
    return block.body[index + 1] if index + 1 < len(block.body) else None


def leaves(statement: cst.BaseStatement | None) -> bool:
    """Tell whether a statement does nothing but leave."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    return isinstance(statement.body[0], cst.Return | cst.Break | cst.Continue | cst.Raise)


def ends_by_leaving(owner: cst.If | cst.ExceptHandler) -> bool:
    """Tell whether the last thing that is done where a test holds, or an error is caught, is to leave."""
    final = owner.body.body[-1] if owner.body.body else None
    return isinstance(final, cst.BaseStatement) and leaves(final)


def drop_before_leaving(scene: Scene, lines: Lines, node: cst.CSTNode, ready: cst.Try | cst.TryStar | None) -> bool:
    """Take out a statement that stands before one that leaves, and the handler that would be left with `raise` alone.

    `ready` is a `try` that is given a `finally`, and so can be without handlers. False where nothing can be taken out.
    """
    line, after = scene.alone(node), following(scene, node)
    if not leaves(after):
        return False
    span = scene.span(line)
    handler = _raising(scene, line, after)
    owner = scene.parent(handler) if handler is not None else None
    if handler is not None and isinstance(owner, cst.Try) and handler is owner.handlers[-1]:
        if len(owner.handlers) == 1 and owner is not ready and owner.finalbody is None:
            unwrap(scene, lines, owner)
        span = scene.span(handler)
        lines.drop_code(span.line, _last(scene, handler))
        return True
    lines.drop_code(span.line, span.end_line)
    return True


def unwrap(scene: Scene, lines: Lines, owner: cst.Try) -> None:
    """Take out the `try` of a body that stands alone from now on."""
    if owner.orelse is not None:
        raise RefusedError("the `try` has an `else`")
    line, first = scene.span(owner).line, scene.span(owner.body.body[0]).line
    if line == first:
        raise RefusedError("the `try` is written on one line")
    lines.drop_code(line, line)
    lines.indent(line + 1, _last(scene, owner.body), -1)


def _last(scene: Scene, node: cst.CSTNode) -> int:
    return max(scene.span(one).end_line for one in scene.within(node) if isinstance(one, cst.BaseSmallStatement))


def _raising(scene: Scene, line: cst.SimpleStatementLine, after: cst.BaseStatement | None) -> cst.ExceptHandler | None:
    """Return the handler that does nothing but what a line does, and then raise again."""
    block = scene.parent(line)
    handler = scene.parent(block) if isinstance(block, cst.IndentedBlock) and len(block.body) == 2 else None
    again = isinstance(after, cst.SimpleStatementLine) and scene.code(after.body[0]).strip() == "raise"
    return handler if again and isinstance(handler, cst.ExceptHandler) else None
