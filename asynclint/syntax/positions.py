"""Where syntax nodes stand in their file, computed only when somebody asks."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence

import libcst as cst
from libcst.metadata import CodeRange, PositionProvider

from asynclint.source import Span
from asynclint.syntax.deep import with_deep_stack
from asynclint.syntax.slices import Slice

Tree = tuple[cst.Module, Sequence[cst.CSTNode]]


class SourceMap:
    """The syntax nodes of one lowered function by number; `Op.at` is such a number, `size` how many there are.

    The tree takes some two hundred times the memory of its text. `drop` gives it up; `again` makes it anew for whoever
    asks after that, as few do, and it is given up again at once. Measured places are kept, four numbers a node.
    """

    __slots__ = ("_again", "_piece", "_places", "_texts", "_tree", "size")

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
        self._places: array[int] | None = None
        self._texts: dict[int, str] = {}
        self.size = len(nodes)

    def drop(self) -> None:
        """Give up the tree, if it can be made again."""
        if self._again is not None:
            self._tree = None

    def _made(self) -> Tree:
        if self._tree is not None:
            return self._tree
        assert self._again is not None
        return self._again()

    def span(self, at: int) -> Span:
        """Return where node number `at` stands in the file; lines and columns count from 1."""
        if self._places is None:
            module, nodes = self._made()
            self._places = _places(with_deep_stack(lambda: _measured(module)), nodes)
        line, column, end_line, end_column = self._places[4 * at : 4 * at + 4]
        return Span(line + self._piece.offset, column + 1, end_line + self._piece.offset, end_column + 1)

    def text(self, at: int) -> str:
        """Return the source of node number `at`."""
        known = self._texts.get(at)
        if known is None:
            module, nodes = self._made()
            known = self._texts[at] = with_deep_stack(lambda: module.code_for_node(nodes[at]))
        return known


class _Measuring(PositionProvider):
    """The positions of one tree without a `MetadataWrapper`, which would also visit every node to no end."""

    def measured(self, module: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
        """Return where the nodes of a module stand."""
        self._computed = {}
        self._gen_impl(module)
        return self._computed


def _measured(module: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
    try:
        return _Measuring().measured(module)
    except KeyError:
        # What libcst raises when it cleans up after a `RecursionError`.
        raise RecursionError from None


def _places(ranges: Mapping[cst.CSTNode, CodeRange], nodes: Sequence[cst.CSTNode]) -> array[int]:
    """Return first line and column, last line and column of each node, one after the other."""
    places: array[int] = array("I")
    for node in nodes:
        first = last = ranges[node]
        if isinstance(node, cst.Tuple) and node.lpar:
            # An empty tuple is nothing but its parentheses, which libcst leaves out.
            first, last = ranges[node.lpar[0]], ranges[node.rpar[-1]]
        places.extend((first.start.line, first.start.column, last.end.line, last.end.column))
    return places
