"""What a task in sight shows: that others run meanwhile who use the object as well, or only that it has a user."""

from __future__ import annotations

import re
from dataclasses import dataclass

from asynclint.link.life import ENDS
from asynclint.link.order import Order
from asynclint.link.program import Class, Function, Program
from asynclint.link.roots import Root
from asynclint.link.tasks import Tasks

BRIEF = re.compile(r"_*(async_|do_|on_)?(re)?(start|set_?up|init|launch|begin|prepare)|.*(connect|open)")
"""Names of what only begins something that lasts."""
TASKS = frozenset(("many", "task", "polled", "callback"))


@dataclass(frozen=True, slots=True)
class Side:
    """One of two runs: the function, the root at which the run begins, and all roots of the function."""

    function: Function
    root: Root
    roots: tuple[Root, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """Answers about pairs of runs of which one is a task."""

    tasks: Tasks
    order: Order

    def shows(self, one: Side, two: Side, of_object: bool, owner: Class | None) -> bool:
        """Tell whether a task, by which two runs overlap, is seen to meet the other run, and on one object."""
        if self._is_by_name(one) or self._is_by_name(two):
            return False
        if _is_end(one.root) or _is_end(two.root):
            return False
        if not of_object:
            return True
        if self._is_its_body(one.root, two) or self._is_its_body(two.root, one):
            return False
        if self._is_alone(one, two, owner) or self._is_alone(two, one, owner):
            return False
        return not self._is_of_strangers(one, two)

    def _is_by_name(self, side: Side) -> bool:
        """Tell whether a run begins where it does only by the name of a function that in truth is a step of a task.

        What a task does that begins the life of its object, such as to connect, its users leave to that task.
        """
        root = side.root
        if root.function is side.function and root.multiplicity == "public":
            return any(other.multiplicity in TASKS and not other.within for other in side.roots)
        if root.multiplicity != "once":
            return False
        return any(other.near and self.order.is_begin(other) for other in self.tasks.roots(root.function))

    def _is_alone(self, side: Side, other: Side, owner: Class | None) -> bool:
        """Tell whether one run is a task, and who has that task is not seen to make the other on the same object."""
        task, root = side.root, other.root
        if task.multiplicity not in TASKS or root.multiplicity in TASKS:
            return False
        if root.reach in ("part", "near") and self.order.comes_first(other.function, root, task, owner):
            return True  # only what starts the task leads there, with an object that it has just got
        return self._is_strangers(task, root, (side.function, other.function))

    def _is_its_body(self, task: Root, side: Side) -> bool:
        """Tell whether who has some object at hand leads to a function only by calling the body of the task itself.

        That leaves out the task: nothing says that it is the object of one that has it. What only begins something is
        called again and again.
        """
        root, short = side.root, task.function.short
        if task.multiplicity != "task" or root.near or self._is_same(side.function, task.function):
            return False
        if BRIEF.match(short) or ENDS.match(short):
            return False
        seen, pending = {side.function}, [side.function]
        while pending:
            current = pending.pop()
            if current is root.function:
                return False
            if not self._is_same(current, task.function):
                above = {caller for caller, _ in self.tasks.callers(current)} - seen
                seen |= above
                pending.extend(above)
        return True

    def _is_same(self, one: Function, two: Function) -> bool:
        """Tell whether two functions are one method to whoever calls it: one fills in the other, or both a third."""
        program = self.tasks.resolver.program
        first, second = program.class_of(one), program.class_of(two)
        if one is two or first is None or second is None or one.short != two.short:
            return one is two
        return second in program.family(first)

    def _is_strangers(self, task: Root, root: Root, ends: tuple[Function, Function]) -> bool:
        """Tell whether it is a task of another class, or of none, than both what it works with and the other run.

        That such a task works with an object says nothing of who else calls methods of it. An object that has made
        the one whose task it is has given itself.
        """
        program = self.tasks.resolver.program
        theirs = program.class_of(task.function)
        for function in (*ends, root.function):
            own = program.class_of(function)
            if own is None or theirs in program.family(own) or (theirs is not None and _makes(program, own, theirs)):
                return False
        return True

    def _is_of_strangers(self, one: Side, two: Side) -> bool:
        """Tell whether only its users call a method of another class: neither a task nor the first class leads there.

        That a task works with an object says nothing of who else has it.
        """
        program = self.tasks.resolver.program
        own, theirs = program.class_of(one.function), program.class_of(two.function)
        if own is None or theirs is None or theirs in program.family(own) or two.root.multiplicity in TASKS:
            return False
        return program.class_of(two.root.function) not in program.family(own)


def _is_end(task: Root) -> bool:
    """Tell by the names of a task and of all who start it whether it is a step of how the life of an object ends.

    Who still uses that then does not use it much longer.
    """
    ends = ENDS.match(task.function.short) is not None
    return ends and task.multiplicity == "task" and all(ENDS.match(start.spawner.short) for start in task.starts)


def _makes(program: Program, maker: Class, made: Class) -> bool:
    """Tell whether an attribute of a class is an object of another class that it makes."""
    return any(
        program.find_class(maker.path, name) is made
        for _, facts in maker.facts.attributes
        for name in facts.constructors
    )
