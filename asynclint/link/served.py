"""What a client or server calls once for each request, on one object, told by its name or its parameters."""

from __future__ import annotations

from asynclint.link.models import Models
from asynclint.link.program import Function


def served(function: Function, models: Models) -> str:
    """Return the sentence that says that a function runs once for each request; empty where nothing says so."""
    facts = function.facts
    if not facts.is_async:
        return ""
    names = tuple(name for name, _ in facts.params)
    if names[-3:] == ("scope", "receive", "send"):
        return f"{function.name} is an ASGI application: it runs once for each request"
    if facts.kind != "method":
        return ""
    if names[1:] == ("request", "call_next"):
        return f"{function.name} is a middleware: it runs once for each request"
    if models.has("overlap.methods", function.short):
        return f"{function.name} runs once for each request, on an object that all share"
    return ""


def registered(function: Function, models: Models) -> str:
    """Return the decorator that lets a function run once for each request or event; empty where none does."""
    for name in function.facts.decorators:
        callee = name.split("(", 1)[0]
        last = callee.rsplit(".", 1)[-1]
        if models.has("overlap.decorators", last) and (
            "." in name or last not in ("on", "get", "task", "field", "callback")
        ):
            return callee
    return ""
