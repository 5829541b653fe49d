"""The top level of a file: what it imports, and where a line can be added."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from asynclint.fixes.document import Document
from asynclint.fixes.edits import Edit, RefusedError
from asynclint.survey.reading import parse

LIBRARIES = ("asyncio", "anyio", "trio")
OTHERS = ("twisted", "curio")
"""Libraries with loops of their own."""


@dataclass(frozen=True)
class Top:
    """The statements of a module as the standard library reads them."""

    document: Document
    tree: ast.Module

    def imported(self, origin: str) -> str:
        """Return the name under which the module imports a module or an object of one, empty if it does not."""
        for node in self.tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == origin and (alias.asname or "." not in origin):
                        return alias.asname or alias.name
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    if f"{node.module}.{alias.name}" == origin:
                        return alias.asname or alias.name
        return ""

    @property
    def library(self) -> str:
        """The library whose locks the module would use."""
        roots = {origin.partition(".")[0] for _, origin in self.document.facts.imports}
        known = next((library for library in LIBRARIES if library in roots), "")
        other = next((library for library in OTHERS if library in roots), "")
        if other and not known:
            raise RefusedError(f"the file runs on {other}, where the locks of asyncio do not work")
        return known or LIBRARIES[0]

    def constructor(self, kind: str) -> tuple[str, tuple[Edit, ...]]:
        """Return how to spell `asyncio.Lock` or the like, and the import that it needs."""
        library = self.library
        name = self.imported(f"{library}.{kind}")
        if name:
            return name, ()
        module = self.imported(library)
        if module:
            return f"{module}.{kind}", ()
        if library in {name for name, _ in self.document.facts.globals}:
            raise RefusedError(f"the name {library} means something else here")
        return f"{library}.{kind}", (self.importing(f"import {library}"),)

    def importing(self, statement: str) -> Edit:
        """Return the edit that adds an import in front of the first."""
        before = [node for node in self.tree.body if not _comes_first(node)]
        imports = [node for node in before if isinstance(node, ast.Import | ast.ImportFrom)]
        place = next(iter([*imports, *before]), None)
        if place is None:
            raise RefusedError("the file holds nothing to put an import in front of")
        line = min([place.lineno, *(one.lineno for one in getattr(place, "decorator_list", ()))])
        at = self.document.offset(line)
        return Edit(at, at, statement + self.document.newline)

    def assignment(self, body: list[ast.stmt], name: str) -> ast.stmt | None:
        """Return the statement of a body that assigns a name, if there is one."""
        for node in body:
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return node
        return None

    def class_node(self, line: int) -> ast.ClassDef:
        """Return the class that is defined at a line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef) and node.lineno == line:
                return node
        raise RefusedError("the class cannot be found in the file")

    def after(self, node: ast.stmt, text: str) -> Edit:
        """Return the edit that puts a line after a statement, indented as that is."""
        last = self._with_docstring(node)
        if self.document.indentation(node.lineno) != self.document.lines[node.lineno - 1][: node.col_offset]:
            raise RefusedError("there is no line of its own to add a lock after")
        return insert_after(self.document, last, self.document.indentation(node.lineno) + text)

    def _with_docstring(self, node: ast.stmt) -> int:
        """Return the last line of a statement, or of the string that follows and describes it."""
        for body in (one.body for one in ast.walk(self.tree) if isinstance(one, ast.Module | ast.ClassDef)):
            if node in body[:-1]:
                following = body[body.index(node) + 1]
                if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                    node = following
                break
        return node.end_lineno or node.lineno


def top_of(document: Document) -> Top:
    """Read the top level of a file."""
    return Top(document, parse(document.source.text))


def insert_after(document: Document, line: int, text: str) -> Edit:
    """Return the edit that adds a line of text after a line."""
    at = document.offset(line + 1)
    complete = document.lines[line - 1].endswith(("\n", "\r"))
    new = text + document.newline if complete else document.newline + text
    return Edit(at, at, new)


def _comes_first(node: ast.stmt) -> bool:
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return future or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
