"""Where syntax nodes stand in their file, computed only when somebody asks."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import libcst as cst
from libcst.metadata import PositionProvider
from libcst.metadata.position_provider import PositionProvidingCodegenState

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


Range = tuple[int, int, int, int]
"""First line and column, last line and column."""


class _Measuring(PositionProvidingCodegenState):
    """Writes a tree out to see where its nodes come to stand, as `PositionProvider` does it.

    Without a `MetadataWrapper`, which would also visit every node to no end, and without an object for each position.
    """

    def __init__(self, module: cst.Module) -> None:
        super().__init__(module.default_indent, module.default_newline, PositionProvider())
        self.ranges: dict[int, Range] = {}
        self._begun: list[tuple[int, int]] = []

    def add_token(self, value: str) -> None:
        """Go on behind a token; the text itself is not needed."""
        if "\n" in value or "\r" in value:
            self._update_position(value)
        else:
            self.column += len(value)

    def add_indent_tokens(self) -> None:
        """Go on behind the indentation."""
        self.column += sum(map(len, self.indent_tokens))

    def before_codegen(self, node: cst.CSTNode) -> None:
        """Note where a node begins."""
        self._begun.append((self.line, self.column))

    def after_codegen(self, node: cst.CSTNode) -> None:
        """Note where a node ends, unless it has said itself what of it counts."""
        begun = self._begun.pop()
        self.ranges.setdefault(id(node), (*begun, self.line, self.column))

    def record_syntactic_position(  # type: ignore[override]  # a generator costs more than what it does
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Syntactic:
        """Note from where to where a node counts."""
        return _Syntactic(self, node, start_node, end_node)


class _Syntactic(AbstractContextManager[None]):
    """What is written meanwhile counts as the node, or what stands from one node in it to another."""

    __slots__ = ("_begun", "_first", "_last", "_node", "_state")

    def __init__(
        self, state: _Measuring, node: cst.CSTNode, first: cst.CSTNode | None, last: cst.CSTNode | None
    ) -> None:
        self._state, self._node, self._first, self._last = state, node, first, last
        self._begun = (state.line, state.column)

    def __exit__(self, *_: object) -> None:
        state, ranges = self._state, self._state.ranges
        begun = self._begun if self._first is None else ranges[id(self._first)][:2]
        ended = (state.line, state.column) if self._last is None else ranges[id(self._last)][2:]
        ranges[id(self._node)] = (*begun, *ended)


def _measured(module: cst.Module) -> Callable[[cst.CSTNode], Range]:
    state = _Measuring(module)
    try:
        module._codegen(state)
    except KeyError:
        # What comes of cleaning up after a `RecursionError`.
        raise RecursionError from None
    return lambda node: state.ranges[id(node)]


def _places(range_of: Callable[[cst.CSTNode], Range], nodes: Sequence[cst.CSTNode]) -> array[int]:
    """Return first line and column, last line and column of each node, one after the other."""
    places: array[int] = array("I")
    for node in nodes:
        first = last = node
        if isinstance(node, cst.Tuple) and node.lpar:
            # An empty tuple is nothing but its parentheses, which libcst leaves out.
            first, last = node.lpar[0], node.rpar[-1]
        places.extend((*range_of(first)[:2], *range_of(last)[2:]))
    return places
