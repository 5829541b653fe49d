"""What a failure leaves behind, in the tree: the line that sets it, what fails, and the line that takes it back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from asynclint.findings import Step
from asynclint.fixes.edits import RefusedError
from asynclint.fixes.moving import is_pure
from asynclint.fixes.reach import last
from asynclint.fixes.regions import gives_way
from asynclint.fixes.scene import Scene
from asynclint.fixes.site import Site

NOTHING = frozenset(("None", "False", "True", "0", "''", '""', "[]", "{}", "()", "set()", "dict()", "list()"))
"""Values that say that nothing is going on."""
CONSTANT = re.compile(r"None|True|False|-?\d+|[A-Z]\w*\.\w+|'[^'\\]*'|\"[^\"\\]*\"|\[\]|\{\}|set\(\)")


@dataclass(frozen=True)
class Leak:
    """A mark or lock, as the finding about it says."""

    site: Site

    @cached_property
    def set(self) -> cst.SimpleStatementLine:
        """The line that sets the mark or takes the lock."""
        return self.site.scene.alone(self.site.scene.at(self.site.finding.span))

    @cached_property
    def failed(self) -> cst.CSTNode:
        """The suspension or the `raise` that leaves with it set."""
        behind = [one for one in self.site.finding.trace[1:] if one.role in ("suspend", "check") and self._own(one)]
        if not behind:
            raise RefusedError("what fails stands in another function")
        return self.site.scene.at(behind[0].span)

    @cached_property
    def reset(self) -> cst.SimpleStatementLine | None:
        """The line that takes it back where nothing fails, if there is one: itself, or by a call of what does."""
        told = [one for one in self.site.finding.trace[1:] if one.role in ("write", "release")]
        if not told:
            return None
        scene = self.site.scene
        block, index = next(scene.blocks(self.set))
        if self._own(told[0]):
            line = scene.alone(scene.at(told[0].span))
            text, behind = line_text(scene, line), block.body[index + 1 :]
            same = [one for one in behind if isinstance(one, cst.SimpleStatementLine) and line_text(scene, one) == text]
            return same[-1] if same else line
        for statement in block.body[index + 1 :]:
            for node in scene.within(statement):
                if isinstance(node, cst.SimpleStatementLine) and _calls(node, last(told[0].function)):
                    return node
        return None

    @property
    def name(self) -> str:
        """The mark or the lock, as the finding names it."""
        return self.site.finding.state or self.site.finding.primitive or ""

    @property
    def repair(self) -> str:
        """What is to be done about it, in words."""
        return f"release `{self.name}`" if self.site.finding.code == "ARC206" else f"take `{self.name}` back"

    def _own(self, step: Step) -> bool:
        finding = self.site.finding
        return (step.path, step.function) == (finding.path, finding.function)


def puts_back(leak: Leak, line: cst.SimpleStatementLine) -> bool:
    """Tell whether a line brings the state back to nothing or to what it began with, not on to what comes next."""
    statement = line.body[0]
    if not isinstance(statement, cst.Assign):
        return True
    site = leak.site
    value = site.scene.code(statement.value).strip()
    known = first_values(site) if site.finding.state else set()
    return value in known if known else value in NOTHING


def first_values(site: Site) -> set[str]:
    """Return the constants that the constructors of the state's class assign to it, as source."""
    cls = site.document.class_of(site.function)
    names = {f"{one.name}.__init__" for one in (site.document.above(cls) if cls is not None else ())}
    found: set[str] = set()
    for one in site.document.facts.functions:
        if one.name in names and one.params:
            scene = site.document.scene(one)
            own = f"{one.params[0][0]}.{'.'.join(site.state.steps)}"
            for node in scene.nodes:
                if isinstance(node, cst.Assign) and any(scene.code(to.target).strip() == own for to in node.targets):
                    found.add(scene.code(node.value).strip())
    return {value for value in found if CONSTANT.fullmatch(value)}


def _calls(line: cst.SimpleStatementLine, name: str) -> bool:
    """Tell whether a line is a call of a function with a name, and nothing else."""
    only = line.body[0]
    called = only.value.func if isinstance(only, cst.Expr) and isinstance(only.value, cst.Call) else None
    if isinstance(called, cst.Attribute):
        called = called.attr
    return len(line.body) == 1 and isinstance(called, cst.Name) and called.value == name


def is_plain(scene: Scene, line: cst.BaseStatement) -> bool:
    """Tell whether a statement is one assignment, deletion or call that neither gives way nor leaves."""
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return False
    only = line.body[0]
    if any(gives_way(node) for node in scene.within(line)):
        return False
    if isinstance(only, cst.Assign):
        return len(only.targets) == 1 and is_pure(only.value)
    if isinstance(only, cst.AugAssign):
        return is_pure(only.value)
    return isinstance(only, cst.Del) or (isinstance(only, cst.Expr) and isinstance(only.value, cst.Call))


def pauses(scene: Scene, nodes: Iterable[cst.CSTNode]) -> bool:
    """Tell whether something in nodes gives way, or raises."""
    return any(gives_way(one) or isinstance(one, cst.Raise) for node in nodes for one in scene.within(node))


def line_text(scene: Scene, line: cst.SimpleStatementLine) -> str:
    """Return the statement of a line without what stands around it."""
    return scene.code(line.body[0].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)).strip()


def bound_in(scene: Scene, statements: Iterable[cst.CSTNode]) -> set[str]:
    """Return the local names that statements bind."""
    found: set[str] = set()
    for statement in statements:
        for node in scene.within(statement):
            target: cst.CSTNode | None = None
            if isinstance(
                node, cst.AssignTarget | cst.AugAssign | cst.AnnAssign | cst.For | cst.NamedExpr | cst.CompFor
            ):
                target = node.target
            elif isinstance(node, cst.AsName | cst.FunctionDef | cst.ClassDef | cst.MatchAs):
                target = node.name
            if target is not None:
                found.update(_names(target))
    return found


def _names(target: cst.CSTNode) -> Iterator[str]:
    if isinstance(target, cst.Name):
        yield target.value
    elif isinstance(target, cst.Tuple | cst.List | cst.Element | cst.StarredElement):
        for child in target.children:
            yield from _names(child)
