"""The tree of one function with its places: which node stands where, and around it what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import libcst as cst

from asynclint.fixes.edits import RefusedError
from asynclint.source import Span
from asynclint.survey.facts import FunctionFacts
from asynclint.syntax.positions import SourceMap
from asynclint.syntax.slices import Slice, split_lines

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


@dataclass(frozen=True)
class Run:
    """Consecutive statements of one block, each on lines of its own; `first` and `last` are their indices."""

    block: cst.IndentedBlock
    first: int
    last: int

    @property
    def statements(self) -> list[cst.BaseStatement]:
        """The statements."""
        return list(self.block.body[self.first : self.last + 1])


@dataclass(frozen=True)
class Scene:
    """One function as libcst reads it."""

    facts: FunctionFacts
    node: cst.FunctionDef
    module: cst.Module
    piece: Slice
    parents: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)
    _children: dict[cst.CSTNode, list[cst.CSTNode]] = field(default_factory=dict)

    @cached_property
    def nodes(self) -> list[cst.CSTNode]:
        """All nodes of the function, the outer before the inner."""
        found: list[cst.CSTNode] = []
        pending: list[cst.CSTNode] = [self.node]
        while pending:
            node = pending.pop()
            found.append(node)
            children = self._within(node)
            for child in children:
                self.parents[child] = node
            pending.extend(reversed(children))
        return found

    def _within(self, node: cst.CSTNode) -> list[cst.CSTNode]:
        """Return the children of a node; libcst makes a copy of the node to tell them."""
        known = self._children.get(node)
        if known is None:
            known = self._children[node] = list(node.children)
        return known

    @cached_property
    def _places(self) -> tuple[SourceMap, dict[cst.CSTNode, int]]:
        return SourceMap(self.module, self.piece, self.nodes), {node: at for at, node in enumerate(self.nodes)}

    def span(self, node: cst.CSTNode) -> Span:
        """Return where a node stands in the file."""
        places, numbers = self._places
        return places.span(numbers[node])

    def code(self, node: cst.CSTNode) -> str:
        """Return the source of a node."""
        return self.module.code_for_node(node)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """Return the node around a node."""
        assert self.nodes
        return self.parents.get(node)

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield a node, then those around it, the innermost first."""
        current: cst.CSTNode | None = node
        while current is not None:
            yield current
            current = self.parent(current)

    def within(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield a node and all nodes in it, but for what functions and classes inside of it hold."""
        yield node
        for child in self._within(node):
            if isinstance(child, cst.FunctionDef | cst.ClassDef | cst.Lambda):
                yield child
            else:
                yield from self.within(child)

    def at(self, span: Span) -> cst.CSTNode:
        """Return the innermost statement or expression that covers a span."""
        best: cst.CSTNode | None = None
        for node in self.nodes:
            if isinstance(node, cst.BaseExpression | cst.BaseSmallStatement | cst.BaseStatement) and covers(
                self.span(node), span
            ):
                best = node
        if best is None:
            raise RefusedError("the place cannot be found in the function")
        return best

    def statement(self, node: cst.CSTNode) -> cst.BaseStatement:
        """Return the statement that a node is part of, which stands on lines of its own."""
        for one in self.around(node):
            if isinstance(one, cst.BaseStatement) and isinstance(self.parent(one), cst.IndentedBlock):
                return one
        raise RefusedError("the statement does not stand on a line of its own")

    def alone(self, node: cst.CSTNode) -> cst.SimpleStatementLine:
        """Return the line of a simple statement that shares it with no other."""
        line = self.statement(node)
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            raise RefusedError("the statement shares its line with another")
        return line

    @cached_property
    def names(self) -> set[str]:
        """All names that the function uses, those of attributes left out."""
        found: set[str] = set()
        for node in self.nodes:
            parent = self.parent(node)
            if isinstance(node, cst.Name) and not (isinstance(parent, cst.Attribute) and parent.attr is node):
                found.add(node.value)
        return found

    def whole(self, node: cst.BaseExpression) -> Span:
        """Return where an expression stands with the brackets around it."""
        span = self.span(node)
        if not node.lpar:
            return span
        first, last = self.span(node.lpar[0]), self.span(node.rpar[-1])
        return Span(first.line, first.column, last.end_line, last.end_column)

    def comments_above(self, statement: cst.BaseStatement) -> int:
        """Return how many lines of comment stand directly above a statement."""
        lines = (
            statement.leading_lines
            if isinstance(statement, cst.SimpleStatementLine | cst.BaseCompoundStatement)
            else ()
        )
        count = 0
        for line in reversed(lines):
            if line.comment is None:
                break
            count += 1
        return count

    def blocks(self, node: cst.CSTNode) -> Iterator[tuple[cst.IndentedBlock, int]]:
        """Yield the blocks that a node stands in, the innermost first, and the index of the statement in each."""
        inner = node
        for one in self.around(node):
            if isinstance(one, cst.IndentedBlock) and inner is not one:
                yield one, one.body.index(inner)
            if isinstance(one, cst.FunctionDef | cst.ClassDef) and one is not self.node:
                return
            inner = one

    def run(self, *nodes: cst.CSTNode) -> Run:
        """Return the shortest run of statements of one block that holds all nodes."""
        places = [{id(block): (block, index) for block, index in self.blocks(node)} for node in nodes]
        for key, (block, _) in places[0].items():
            if all(key in one for one in places):
                indices = [one[key][1] for one in places]
                return Run(block, min(indices), max(indices))
        raise RefusedError("the statements stand in no common block")

    @cached_property
    def unit(self) -> str:
        """One step of indentation, as the function's body has it."""
        if not isinstance(self.node.body, cst.IndentedBlock):
            raise RefusedError("the function is written on one line")
        lines = split_lines(self.piece.text)
        first = lines[self.span(self.node.body.body[0]).line - self.piece.first_line]
        inner = first[: len(first) - len(first.lstrip(" \t"))]
        outer = lines[0][: len(lines[0]) - len(lines[0].lstrip(" \t"))]
        return inner.removeprefix(outer) if inner.startswith(outer) and inner != outer else "    "

    @cached_property
    def lines_in_strings(self) -> set[int]:
        """Return the lines that begin inside a string, and must not be indented."""
        found: set[int] = set()
        for node in self.nodes:
            if isinstance(node, cst.SimpleString | cst.FormattedString | cst.TemplatedString):
                span = self.span(node)
                found.update(range(span.line + 1, span.end_line + 1))
        return found


def covers(outer: Span, inner: Span) -> bool:
    """Tell whether a span lies within another."""
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )
