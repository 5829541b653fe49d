"""Positions of a tree that was given up: the same, and the tree is not kept a second time."""

from __future__ import annotations

import gc
import weakref

import libcst as cst

from asynclint.syntax.positions import SourceMap, Tree
from asynclint.syntax.slices import cut, parse, split_lines

LINES = split_lines("async def f(self):\n    await self.g(1)\n")


class Nodes(list[cst.CSTNode]):
    """The nodes of a tree, of which one can ask whether somebody keeps them."""


class Made:
    """Makes the tree of a function, and counts how often."""

    def __init__(self) -> None:
        self.times = 0
        self.last: weakref.ref[Nodes] | None = None

    def tree(self) -> Tree:
        module = parse(cut(LINES, 1, 2, 0, "f.py"))
        nodes = Nodes([module, *module.children])
        self.times += 1
        self.last = weakref.ref(nodes)
        return module, nodes


def test_a_tree_that_was_given_up_is_made_again_once_for_all_places_and_not_kept() -> None:
    made = Made()
    module, nodes = made.tree()
    kept = SourceMap(module, cut(LINES, 1, 2, 0, "f.py"), nodes, made.tree)
    wanted = [kept.span(at) for at in range(kept.size)]
    dropped = SourceMap(module, cut(LINES, 1, 2, 0, "f.py"), nodes, made.tree)
    dropped.drop()
    assert [dropped.span(at) for at in range(dropped.size)] == wanted
    assert made.times == 2
    assert dropped.text(1) == kept.text(1)
    gc.collect()
    assert made.last is not None
    assert made.last() is None
