"""Methods of which what others derive from their class says what they do."""

from __future__ import annotations

from asynclint.link.program import Function
from asynclint.survey.facts import FunctionFacts

ABSTRACT_DECORATORS = frozenset(("abstractmethod", "abc.abstractmethod", "overload", "typing.overload"))


def is_abstract(function: Function) -> bool:
    """Tell whether a method only stands for its overrides."""
    return any(name in ABSTRACT_DECORATORS for name in function.facts.decorators)


def is_hook(facts: FunctionFacts) -> bool:
    """Tell whether a coroutine has an empty body: users override it, so nobody knows what it waits for."""
    empty = all(call.callee == "NotImplementedError" for call in facts.calls)
    return empty and not facts.loads and not facts.writes and facts.cls is not None
