"""Whether one task has an object to itself, or one run of a function comes at a time, as far as anybody can tell."""

from __future__ import annotations

import re
from typing import Protocol

from asynclint.checks.command_line import is_command_line
from asynclint.link.program import Class, Function, Program
from asynclint.link.rivals import Rivals
from asynclint.link.roots import ENTERING, Root
from asynclint.link.witness import TASKS

UNIT_OF_WORK = re.compile(
    r"\w*(Request|Response|Interaction|Context|Message|Transaction|Cursor|Iterator|Query|Search|Command|Exchange|Upload|"
    r"Download|Invocation|WebSocket|Stream(er)?|File)(Async)?"
)
"""Names of classes whose objects belong to one piece of work, which one task does."""
CONVERSATION = re.compile(
    r"\w*(Connection|Transport|Protocol|Link|Channel|Pipeline|PubSub|Thread|Signaling|Handshake)|(Async)?(Session|Conn)|"
    r"\w*(Buffered|Stream|Chunk|Message|Frame|Packet)(Reader|Writer)",
)
"""Names of classes whose objects hold one end of a conversation, which mostly one task leads."""
ALONE = (CONVERSATION, UNIT_OF_WORK)
CALLED = frozenset(("public", "asked", "many", "callback"))
"""Roots whose callers do not wait for each other, as far as anybody knows."""
BEGINS = re.compile(
    r"_*(async_)?(start|set_?up|init|launch|begin|a?enter|boot|connect|open|run|login|listen|serve)(_|ialize|$)"
)
"""Names of methods with which the use of an object begins: who has made it calls them, once."""


class Seen(Protocol):
    """A function among those of its program, as far as the survey knows it."""

    @property
    def function(self) -> Function:
        """The function."""
        ...

    @property
    def rivals(self) -> Rivals:
        """Who else writes what it writes."""
        ...

    @property
    def cls(self) -> Class | None:
        """The class whose `self` it uses."""
        ...


def is_alone(seen: Seen) -> bool:
    """Tell by the name of its class that mostly one task has an object: one end of a conversation, a piece of work."""
    return _is_of(seen, CONVERSATION) or _is_of(seen, UNIT_OF_WORK)


def is_unit_of_work(view: Seen) -> bool:
    """Tell by the name of its class that an object belongs to one piece of work."""
    return _is_of(view, UNIT_OF_WORK)


def _is_of(view: Seen, names: re.Pattern[str]) -> bool:
    """Tell whether the class or one that it is made of has such a name, or is a protocol of asyncio."""
    if view.function.facts.cls is None or view.cls is None:
        return False
    return is_class_of(view.rivals.tasks.resolver.program, view.cls, names)


def is_class_of(program: Program, cls: Class, names: re.Pattern[str]) -> bool:
    """Tell whether a class or a base of it has such a name, or is a protocol of asyncio where that is one."""
    if names.fullmatch(cls.name.rsplit(".", 1)[-1]):
        return True
    for one in program.ancestors(cls):
        for base in one.facts.bases:
            last = base.rsplit(".", 1)[-1]
            # What is called a protocol is mostly one of `typing`.
            if last.endswith("Protocol"):
                if names is CONVERSATION and program.qualified(one.path, base).startswith("asyncio."):
                    return True
            elif names.fullmatch(last):
                return True
    return False


def is_kept_apart(view: Seen, other: Function) -> bool:
    """Tell whether there is one run at a time: that of a command line, or one that somebody lets in by a lock."""
    if is_command_line(view.rivals.tasks.resolver.program, view.function.path):
        return True
    return other is view.function and comes_in_turn(view)


def comes_in_turn(view: Seen) -> bool:
    """Tell whether somebody calls the function under a lock, and all others in sight do so or have made the object.

    Who wrote the lock expected several tasks there, and let them in one by one.
    """
    tasks, locks = view.rivals.tasks, view.rivals.callers
    locked = False
    for caller, site in tasks.callers(view.function):
        held = bool(locks.at(caller, site.line))
        if not held and caller.short not in ENTERING and not tasks.is_on_new(caller, site):
            return False
        locked = locked or held
    return locked


def is_met_in_use(view: Seen, other: Function) -> bool:
    """Tell whether a function is gone through while the object is in use, by methods that anybody may call at any time.

    Not what only begins that use, nor what a task of its own goes through, a command line, or one run at a time.
    """
    if is_alone(view) or in_background(view) or is_kept_apart(view, other):
        return False
    roots = view.rivals.tasks.roots(other)
    program = view.rivals.tasks.resolver.program
    near = (root for root in roots if root.multiplicity in CALLED and (root.reach == "own" or holds_it(program, root)))
    return any(not root.function.short.startswith("_") and not BEGINS.match(root.function.short) for root in near)


def in_background(view: Seen) -> bool:
    """Tell whether the function runs by itself, and not because somebody with the object in hand calls it."""
    roots = view.rivals.tasks.roots(view.function)
    return any(root.multiplicity in (*TASKS, "asked") and not root.within for root in roots)


def holds_it(program: Program, root: Root) -> bool:
    """Tell whether the object of a root has the one in question, and is not by the name of its class for one task."""
    cls = program.class_of(root.function)
    return root.near and cls is not None and not any(is_class_of(program, cls, names) for names in ALONE)
