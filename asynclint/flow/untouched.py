"""Whether a task may write anything on its way from one op to another: asked of many pairs of ops of one graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from asynclint.flow.writes import WRITING
from asynclint.ir.graph import Graph


@dataclass(frozen=True)
class Untouched:
    """Answers about the ways of one graph; sets of blocks are bit masks, worked out when somebody asks."""

    graph: Graph

    def either_way(self, one: int, two: int) -> bool:
        """Tell whether nothing is written between two ops, whichever of them comes first."""
        return self.between(one, two) and self.between(two, one)

    def between(self, start: int, goal: int) -> bool:
        """Tell whether nothing at all is written on any way from one op to another."""
        (first, begin), (last, end) = self._places[start], self._places[goal]
        if first == last and begin <= end:
            return not any(begin < place < end for place in self._writes[first])
        if not self._ahead[first] >> last & 1:
            return True
        if any(place > begin for place in self._writes[first]) or any(place < end for place in self._writes[last]):
            return False
        return not self._ahead[first] & self._behind[last] & self._writing

    @cached_property
    def _places(self) -> dict[int, tuple[int, int]]:
        blocks = list(enumerate(self.graph.blocks))[::-1]  # of an op that stands in several places the first one
        return {op.at: (number, place) for number, block in blocks for place, op in list(enumerate(block.ops))[::-1]}

    @cached_property
    def _writes(self) -> list[tuple[int, ...]]:
        """For each block the places of what writes."""
        return [
            tuple(place for place, op in enumerate(block.ops) if op.__class__ in WRITING) for block in self.graph.blocks
        ]

    @cached_property
    def _writing(self) -> int:
        return sum(1 << number for number, places in enumerate(self._writes) if places)

    @cached_property
    def _ahead(self) -> list[int]:
        """For each block those that can follow it, itself only if it can follow itself."""
        return _closed(self.graph.edges, range(len(self.graph.blocks))[::-1])

    @cached_property
    def _behind(self) -> list[int]:
        """For each block those that it can follow."""
        sources: list[list[int]] = [[] for _ in self.graph.blocks]
        for number, ways in enumerate(self.graph.edges):
            for way in ways:
                sources[way].append(number)
        return _closed(sources, range(len(sources)))


def _closed(ways: Sequence[Sequence[int]], order: Sequence[int]) -> list[int]:
    """Return for each block the mask of all that is come to from it; in a good order most is known when it is asked."""
    masks = [0] * len(ways)
    changed = True
    while changed:
        changed = False
        for number in order:
            mask = masks[number]
            for way in ways[number]:
                mask |= 1 << way | masks[way]
            if mask != masks[number]:
                masks[number], changed = mask, True
    return masks
