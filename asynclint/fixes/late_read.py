"""Read the state after the await: the line that reads it moves down to the one that writes."""

from __future__ import annotations

import libcst as cst

from asynclint.findings import Applicability
from asynclint.fixes.edits import Edit, Fix, RefusedError, UnlikeError
from asynclint.fixes.moving import disturbed, is_pure, names_in, states_in
from asynclint.fixes.registry import remedy
from asynclint.fixes.scene import Run
from asynclint.fixes.site import Site


@remedy("ARC101", rank=20)
def late_read(site: Site) -> Fix:
    """Move `n = self.n` behind the suspension, where nothing in between needs it."""
    scene, document = site.scene, site.document
    line = scene.alone(scene.at(site.step("read").span))
    target, value = _assignment(line.body[0])
    write = scene.statement(scene.at(site.finding.span))
    run = scene.run(line, write)
    statements = run.statements
    if statements[0] is not line or len(statements) < 2:
        raise RefusedError("the reading does not stand in the same block before the write")
    last = statements[-1]
    if not isinstance(last, cst.SimpleStatementLine) or any(isinstance(one, cst.Await) for one in scene.within(last)):
        raise RefusedError("something is awaited after the place where it would be read")
    _refuse_uses(site, run, target, value)
    first, end = scene.span(line), scene.span(statements[-2])
    between = (first.end_line + 1, end.end_line)
    states = states_in(site, iter(scene.within(value)))
    is_other = disturbed(site, states, between) or _written(site, between) or _is_missed(site, run, target)
    applicability: Applicability = "unsafe" if is_other else "safe"
    start = document.offset(first.line - scene.comments_above(line))
    text = document.source.text[start : document.offset(first.end_line + 1)]
    at = document.offset(scene.span(last).line - len(last.leading_lines))
    return Fix(
        applicability,
        f"read `{site.state.text}` after the await",
        (Edit(start, start + len(text), ""), Edit(at, at, text)),
    )


def _assignment(statement: cst.BaseSmallStatement) -> tuple[str, cst.BaseExpression]:
    """Return the local that a statement assigns, and the value, which must be no more than a look at state."""
    target: cst.BaseExpression | None = None
    value: cst.BaseExpression | None = None
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0].target, statement.value
    elif isinstance(statement, cst.AnnAssign):
        target, value = statement.target, statement.value
    if not isinstance(target, cst.Name) or value is None:
        raise UnlikeError("the reading is no assignment to a local variable")
    if not is_pure(value):
        raise RefusedError("the line that reads the state does more than that")
    return target.value, value


def _refuse_uses(site: Site, run: Run, target: str, value: cst.BaseExpression) -> None:
    """Refuse where what is in between needs the value, or changes what it is made of."""
    needed = names_in(site.scene, value)
    for statement in run.statements[1:-1]:
        if target in names_in(site.scene, statement):
            raise RefusedError(f"`{target}` is needed before the write")
        for node in site.scene.within(statement):
            names = names_in(site.scene, node) if isinstance(node, cst.AssignTarget | cst.AugAssign | cst.For) else ()
            if needed.intersection(names) - {site.state.root}:
                raise RefusedError("what the value is made of changes in between")
            if isinstance(node, cst.Return | cst.Raise | cst.Break | cst.Continue) and target in site.function.free:
                raise RefusedError(f"`{target}` is needed elsewhere")


def _is_missed(site: Site, run: Run, target: str) -> bool:
    """Tell whether the function may go on after a failure in between, and ask there for what was not read yet."""
    scene = site.scene
    ways_on = cst.Try | cst.TryStar | cst.With
    if not any(isinstance(one, ways_on) for one in scene.around(run.statements[0])):
        return False
    named = (node for node in scene.nodes if isinstance(node, cst.Name) and node.value == target)
    inside = {id(node) for statement in run.statements for node in scene.within(statement)}
    return any(id(node) not in inside for node in named)


def _written(site: Site, lines: tuple[int, int]) -> bool:
    return any(lines[0] <= write.line <= lines[1] for write in site.state.writes(site.function))
