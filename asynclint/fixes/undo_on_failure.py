"""Take it back where it fails: `except BaseException:`, undo, `raise`; what goes well goes as it did."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.edits import Fix, RefusedError
from asynclint.fixes.exits import ends_by_leaving, leavings, twins
from asynclint.fixes.leak import Leak, bound_in, first_values, is_plain, line_text, pauses, puts_back
from asynclint.fixes.lines import Lines
from asynclint.fixes.moving import is_pure, names_in
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Scene
from asynclint.fixes.site import Site
from asynclint.fixes.spare_key import tolerant

BACK = {"acquire": "release", "acquire_nowait": "release", "clear": "set"}
"""Methods, and those that undo them."""
ALL = frozenset(("BaseException", "CancelledError"))


@remedy("ARC107", "ARC206", rank=50)
def undo_on_failure(site: Site) -> Fix:
    """Catch everything around what can fail, or in the handler that is there already, undo, and raise again."""
    leak = Leak(site)
    undo = _undo(leak)
    fix = _in_handler(leak) or _in_longer(leak) or _around(leak, undo)
    return Fix("unsafe", f"{leak.repair} on every failure, then raise again", (fix.edit(),))


# What undoes it


def _undo(leak: Leak) -> str:
    """Return the statement that undoes what was set: the one that does so where nothing fails, or the opposite."""
    scene, reset, text = leak.site.scene, leak.reset, ""
    if reset is not None and is_plain(scene, reset) and puts_back(leak, reset):
        text = tolerant(leak.site, reset.body[0]) or line_text(scene, reset)
    statement = leak.set.body[0]
    if not text and isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        text = _taken_out(leak, statement) or _unset(leak, statement)
    elif not text:
        text = opposite(scene, statement)
    if not text:
        raise RefusedError("what would undo it cannot be told")
    return text


def _taken_out(leak: Leak, statement: cst.Assign) -> str:
    """Return the call that takes out an entry, if the function takes it out where nothing fails: `rows.pop(key)`."""
    scene, target, reset = leak.site.scene, statement.targets[0].target, leak.reset
    if reset is None or not isinstance(target, cst.Subscript) or len(target.slice) != 1:
        return ""
    container, key = scene.code(target.value).strip(), scene.code(target.slice[0]).strip()
    calls = [one for one in scene.within(reset) if isinstance(one, cst.Call) and len(one.args) == 2]
    pops = [one for one in calls if scene.code(one.func).strip() == f"{container}.pop"]
    if is_pure(target) and any(scene.code(one.args[0].value).strip() == key for one in pops):
        return f"{container}.pop({key}, None)"
    return ""


def _unset(leak: Leak, statement: cst.Assign) -> str:
    """Return the assignment of what the state is when it is not set: False for True, or the None that others write."""
    site = leak.site
    target = site.scene.code(statement.targets[0].target).strip()
    first = first_values(site) - {site.scene.code(statement.value).strip()}
    if len(first) == 1:
        return f"{target} = {first.pop()}"
    if site.scene.code(statement.value).strip() == "True":
        return f"{target} = False"
    if not site.state.steps or "[]" in site.state.steps:
        return ""
    cls = site.document.class_of(site.function)
    family = {one.name for one in site.document.family(cls)} if cls is not None else set()
    for one in site.document.facts.functions:
        if one.cls in family or cls is None:
            for write in site.state.writes(one):
                if write.how == "store" and write.detail == "None" and len(write.place.steps) == len(site.state.steps):
                    return f"{target} = None"
    return ""


def opposite(scene: Scene, statement: cst.BaseSmallStatement) -> str:
    """Return the statement that undoes a count or a call; empty where there is none."""
    if isinstance(statement, cst.AugAssign):
        return _counted_back(scene, statement)
    return _called_back(scene, statement.value) if isinstance(statement, cst.Expr) else ""


def _counted_back(scene: Scene, statement: cst.AugAssign) -> str:
    opposite = {cst.AddAssign: "-=", cst.SubtractAssign: "+="}.get(type(statement.operator))
    if opposite is None or not is_pure(statement.value):
        return ""
    return f"{scene.code(statement.target).strip()} {opposite} {scene.code(statement.value).strip()}"


def _called_back(scene: Scene, value: cst.BaseExpression) -> str:
    """Return the call that undoes a call: `release` for `acquire`, `set` for `clear`, `discard` for `add`."""
    call = value.expression if isinstance(value, cst.Await) else value
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return ""
    method, receiver = call.func.attr.value, scene.code(call.func.value).strip()
    if method in BACK and not call.args:
        return f"{receiver}.{BACK[method]}()"
    if method == "add" and len(call.args) == 1 and is_pure(call.args[0].value):
        return f"{receiver}.discard({scene.code(call.args[0].value).strip()})"
    return ""


# Where there is a handler that undoes it, and lets something past


def _in_handler(leak: Leak) -> Lines | None:
    """Let the handler that undoes it catch everything, or add one; None where no handler does so."""
    scene, reset = leak.site.scene, leak.reset
    around = list(scene.around(reset)) if reset is not None else []
    handler = next((one for one in around if isinstance(one, cst.ExceptHandler)), None)
    owner = scene.parent(handler) if handler is not None else None
    if reset is None or handler is None or not isinstance(owner, cst.Try):
        return None
    if leak.failed not in list(scene.within(owner.body)):
        return None
    for one in owner.handlers:
        if one.type is None or names_in(scene, one.type) & ALL:
            raise RefusedError("a cancellation is caught already, and dealt with otherwise")
    if not is_plain(scene, reset):
        raise RefusedError("the line that takes it back does more than that")
    lines = Lines(leak.site.document, scene)
    if _only_undoes(scene, handler) and scene.code(handler.type or handler).strip() == "Exception":
        _widen(leak, lines, handler)
        return lines
    outer = leak.site.document.indentation(scene.span(handler).line)
    lines.put_undoing(scene.span(owner.handlers[-1].body.body[-1]).end_line + 1, outer, line_text(scene, reset))
    return lines


def _widen(leak: Leak, lines: Lines, handler: cst.ExceptHandler) -> None:
    """Let a handler of `Exception` catch everything."""
    scene = leak.site.scene
    if handler.type is not None and scene.code(handler.type).strip() == "Exception":
        span = scene.span(handler.type)
        old = lines.moved(span.line, span.line, 0)[0]
        lines.put(span.line, f"{old[: span.column - 1]}BaseException{old[span.end_column - 1 :]}")
        lines.drop(span.line, span.line)
    elif handler.type is not None and not names_in(scene, handler.type) & ALL:
        raise RefusedError("the handler that takes it back is for some errors only")


def _in_longer(leak: Leak) -> Lines | None:
    """Let a `try` whose one handler undoes it go on to the end of what can fail; None where there is no such."""
    scene, reset = leak.site.scene, leak.reset
    handler = next((one for one in scene.around(reset) if isinstance(one, cst.ExceptHandler)), None) if reset else None
    owner = scene.parent(handler) if handler is not None else None
    if handler is None or not isinstance(owner, cst.Try):
        return None
    run = scene.run(owner, leak.failed)
    behind = list(run.block.body[run.first + 1 :])
    if run.statements[0] is not owner or not behind:
        raise RefusedError("what can fail stands before the `try` that takes it back")
    _drop_quiet_end(scene, behind)
    if len(owner.handlers) > 1 or owner.orelse or owner.finalbody or not _only_undoes(scene, handler):
        raise RefusedError("the `try` that takes it back does more than that")
    if names_in(scene, handler.body) & bound_in(scene, behind) or next(leavings(scene, behind[:-1]), None) is not None:
        raise RefusedError("what follows the `try` that takes it back leaves, or makes what it uses")
    lines = Lines(leak.site.document, scene)
    start, first, end = scene.span(handler).line, scene.span(behind[0]).line, scene.span(behind[-1]).end_line
    lines.put(start, *lines.moved(first - scene.comments_above(behind[0]), end, 1))
    lines.drop(first - scene.comments_above(behind[0]), end)
    _widen(leak, lines, handler)
    return lines


def _only_undoes(scene: Scene, handler: cst.ExceptHandler) -> bool:
    """Tell whether a handler undoes, gives way to nobody, and raises again what it caught."""
    body = handler.body.body
    final = body[-1] if body else None
    again = {"raise"}
    if handler.name is not None:
        again.add(f"raise {scene.code(handler.name.name).strip()}")
    ends = isinstance(final, cst.SimpleStatementLine) and scene.code(final.body[-1]).strip() in again
    return ends and all(isinstance(one, cst.BaseStatement) and is_plain(scene, one) for one in body[:-1])


# Where there is none


def _around(leak: Leak, undo: str) -> Lines:
    """Put a `try` around what can fail, from behind the line that sets the mark."""
    scene = leak.site.scene
    statement = cst.parse_statement(undo)
    again = not isinstance(statement, cst.SimpleStatementLine) or not isinstance(statement.body[0], cst.Assign)
    body = _body(leak, again)
    if not pauses(scene, body):
        raise RefusedError("nothing that can fail stands in the block of what it is set in")
    bound = bound_in(scene, body)
    if names_in(scene, statement) & bound:
        raise RefusedError("what takes it back uses what is only made in between")
    if again and leak.reset is not None and twins(scene, body, line_text(scene, leak.reset)):
        raise RefusedError("it is taken back in between as well")
    _refuse_answered(leak, body)
    lines = Lines(leak.site.document, scene)
    first = scene.span(body[0]).line - scene.comments_above(body[0])
    end = scene.span(body[-1]).end_line
    outer = leak.site.document.indentation(scene.span(body[0]).line)
    lines.put(first, f"{outer}try:")
    lines.indent(first, end)
    lines.put_undoing(end + 1, outer, undo)
    return lines


def _body(leak: Leak, again: bool) -> list[cst.BaseStatement]:
    """Return the statements that can fail, from behind the line that sets the mark to before it is taken back.

    `again`: to undo it twice would be wrong.
    """
    scene = leak.site.scene
    run = scene.run(leak.set, leak.failed, *([leak.reset] if leak.reset is not None else []))
    statements = run.statements
    otherwise = _otherwise(leak, statements[0])
    if otherwise is not None:
        return list(otherwise.body)
    if statements[0] is not leak.set and not _at_the_end(leak, statements[0]):
        raise RefusedError("it is set in another block than what can fail")
    behind = statements[1:]
    if leak.reset is None:
        behind = list(run.block.body[run.first + 1 :])
    elif leak.reset in list(scene.within(behind[-1])):
        held = behind.pop()
        if isinstance(held, cst.With) and held.asynchronous and leak.reset in held.body.body and not again:
            behind.append(held)  # waiting for it may fail, and what is set back twice is set back
        elif leak.failed in list(scene.within(held)):
            raise RefusedError("what can fail and what takes it back stand in one statement")
    _drop_quiet_end(scene, behind)
    if not behind:
        raise RefusedError("nothing stands between setting it and taking it back")
    return behind


def _refuse_answered(leak: Leak, body: list[cst.BaseStatement]) -> None:
    """Refuse where a handler says already what a failure makes of the state."""
    scene = leak.site.scene
    handlers = [node for one in body for node in scene.within(one) if isinstance(node, cst.ExceptHandler)]
    spans = [scene.span(one) for one in handlers]
    for write in leak.site.state.writes(leak.site.function) if leak.site.finding.state else ():
        if any(span.line <= write.line <= span.end_line for span in spans):
            raise RefusedError("a handler in between sets it to something else")


def _otherwise(leak: Leak, outer: cst.BaseStatement) -> cst.IndentedBlock | None:
    """Return the `else` of a `try` that ends by setting the mark, if that is where it can fail."""
    scene = leak.site.scene
    if not isinstance(outer, cst.Try) or outer.orelse is None or leak.set is not outer.body.body[-1]:
        return None
    block = outer.orelse.body
    return block if isinstance(block, cst.IndentedBlock) and leak.failed in list(scene.within(block)) else None


def _drop_quiet_end(scene: Scene, statements: list[cst.BaseStatement]) -> None:
    """Take away the last statements as long as nothing in them can fail."""
    while statements and not pauses(scene, statements[-1:]):
        statements.pop()


def _at_the_end(leak: Leak, outer: cst.BaseStatement) -> bool:
    """Tell whether a mark is set last in a `with`, or in a `try` behind which nobody comes without having set it."""
    scene = leak.site.scene
    block, index = next(scene.blocks(leak.set))
    if isinstance(outer, cst.Try):
        passed = outer.orelse is not None or not all(map(ends_by_leaving, outer.handlers))
        return not passed and outer.body is block and index == len(block.body) - 1
    return isinstance(outer, cst.With) and outer.body is block and index == len(block.body) - 1
