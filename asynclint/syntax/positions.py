"""Where syntax nodes stand in their file, computed only when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from asynclint.source import Span
from asynclint.syntax.deep import with_deep_stack
from asynclint.syntax.slices import Slice

Tree = tuple[cst.Module, Sequence[cst.CSTNode]]


class SourceMap:
    """The syntax nodes of one lowered function by number; `Op.at` is such a number, `size` how many there are.

    The tree takes some two hundred times the memory of its text. `drop` gives it up; `again` makes it anew for whoever
    asks after that, as few do.
    """

    __slots__ = ("_again", "_piece", "_ranges", "_tree", "size")

    def __init__(
        self,
        module: cst.Module,
        piece: Slice,
        nodes: Sequence[cst.CSTNode],
        again: Callable[[], Tree] | None = None,
    ) -> None:
        self._tree: Tree | None = (module, nodes)
        self._again = again
        self._piece = piece
        self._ranges: Mapping[cst.CSTNode, CodeRange] | None = None
        self.size = len(nodes)

    @property
    def nodes(self) -> Sequence[cst.CSTNode]:
        """The nodes in order."""
        return self._made()[1]

    def drop(self) -> None:
        """Give up the tree, if it can be made again."""
        if self._again is not None:
            self._tree = self._ranges = None

    def _made(self) -> Tree:
        if self._tree is None:
            assert self._again is not None
            self._tree = self._again()
        return self._tree

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
        module, nodes = self._made()
        return with_deep_stack(lambda: module.code_for_node(nodes[at]))

    def _measure(self) -> Mapping[cst.CSTNode, CodeRange]:
        wrapper = MetadataWrapper(self._made()[0], unsafe_skip_copy=True)
        try:
            ranges: Mapping[cst.CSTNode, CodeRange] = wrapper.resolve(PositionProvider)
        except KeyError:
            # What libcst raises when it cleans up after a `RecursionError`.
            raise RecursionError from None
        return ranges
