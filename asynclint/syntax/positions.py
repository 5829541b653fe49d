"""Where syntax nodes stand in their file, computed only when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from asynclint.source import Span
from asynclint.syntax.deep import with_deep_stack
from asynclint.syntax.slices import Slice


class SourceMap:
    """The syntax nodes of one lowered function by number; `Op.at` is such a number."""

    __slots__ = ("_module", "_piece", "_ranges", "nodes")

    def __init__(self, module: cst.Module, piece: Slice, nodes: Sequence[cst.CSTNode]) -> None:
        self._module = module
        self._piece = piece
        self._ranges: Mapping[cst.CSTNode, CodeRange] | None = None
        self.nodes = nodes

    def span(self, at: int) -> Span:
        """Return where node number `at` stands in the file; lines and columns count from 1."""
        if self._ranges is None:
            self._ranges = with_deep_stack(self._measure)
        node = self.nodes[at]
        first = last = self._ranges[node]
        if isinstance(node, cst.Tuple) and node.lpar:
            # An empty tuple is nothing but its parentheses, which libcst leaves out.
            first, last = self._ranges[node.lpar[0]], self._ranges[node.rpar[-1]]
        offset = self._piece.offset
        return Span(
            first.start.line + offset, first.start.column + 1, last.end.line + offset, last.end.column + 1
        )  # fmt: skip

    def text(self, at: int) -> str:
        """Return the source of node number `at`."""
        return with_deep_stack(lambda: self._module.code_for_node(self.nodes[at]))

    def _measure(self) -> Mapping[cst.CSTNode, CodeRange]:
        wrapper = MetadataWrapper(self._module, unsafe_skip_copy=True)
        try:
            ranges: Mapping[cst.CSTNode, CodeRange] = wrapper.resolve(PositionProvider)
        except KeyError:
            # What libcst raises when it cleans up after a `RecursionError`.
            raise RecursionError from None
        return ranges
