"""What has a life: state that somebody ends, or that runs or is open from the moment it is made.

To make such a thing twice, or to drop one, leaves it open, and nobody ends it. Of what is merely known (a text, an
answer, a record) a second one is as good as the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asynclint.ir.places import Path
from asynclint.link.program import Function
from asynclint.link.view import FunctionView
from asynclint.survey.facts import AttributeFacts

ENDING = re.compile(
    r"_*(async_)?a?(close|stop|shut_?down|disconnect|terminate|kill|quit|destroy|dispose|cancel|abort|unsubscribe|detach|"
    r"wait_closed|unload|tear_?down)(_\w+)?",
)
"""Methods that end what they are called on."""
OPENING = re.compile(
    r"\w*(connect|spawn|launch|listen|subscribe)|(async_)?open(_\w+)?|ensure_future|Popen|"
    r"\w*create_(background_)?(task|server|connection|unix_connection|subprocess\w*|pool|\w*endpoint)|start_(unix_)?server"
)
"""Functions that give what runs or is open."""
OPEN = re.compile(
    r"[A-Z]\w*(Client|Session|Connection|Server|Socket|Pool|Browser|Channel|Transport|Listener|Watcher|Executor)"
)
"""Classes whose objects are open, or run."""
TAKING = frozenset(("pop", "get", "popitem", "popleft"))


def has_life(view: FunctionView, path: Path) -> bool:
    """Tell whether what stands at a path is ended by somebody in sight, or is open by how it is made."""
    return is_ended(view, path) or is_opened(view.attribute(path))


def is_opened(facts: AttributeFacts | None) -> bool:
    """Tell by what an attribute is given whether that runs or is open."""
    if facts is None:
        return False
    made = [name.split("(")[0].rsplit(".", 1)[-1] for name in facts.constructors]
    return any(OPENING.fullmatch(name) or OPEN.fullmatch(name) for name in made)


def is_ended(view: FunctionView, path: Path) -> bool:
    """Tell whether somebody who has the object at hand ends it by a method of its own, or leaves it by `async with`."""
    names = [step for step in path.shape if step != "[]"]
    if not names:
        return False
    return any(_ends(function, names[-1]) for function in _near(view, path))


def _near(view: FunctionView, path: Path) -> tuple[Function, ...]:
    program = view.rivals.tasks.resolver.program
    if path.kind in ("self", "cls") and view.cls is not None:
        return program.members(view.cls)
    return program.modules[view.function.path].all_functions


def _ends(function: Function, name: str) -> bool:
    aliases = dict(function.facts.made)
    for site in function.facts.calls:
        base, _, method = site.callee.rpartition(".")
        if base and ENDING.fullmatch(method) and name in _stands_for(base, aliases):
            return True
    return any(name in re.findall(r"\w+", item.text.split("(")[0]) for item in function.facts.withs if item.is_async)


def _stands_for(base: str, aliases: dict[str, str]) -> Iterator[str]:
    """Yield the names of attributes that a dotted name may stand for, elements of them included."""
    yield base.rsplit(".", 1)[-1]
    meant = aliases.get(base, "")
    if meant.startswith("="):
        for one in meant[1:].split("|"):
            yield one.removesuffix("[]").rsplit(".", 1)[-1]
    elif meant.rpartition(".")[2] in TAKING:
        yield meant.rpartition(".")[0].rsplit(".", 1)[-1]
