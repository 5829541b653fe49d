"""What a framework runs by itself, told by decorators, parameters, names and bases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from asynclint.link.hooks import Hooked
from asynclint.link.program import Class, Function
from asynclint.link.resolve import Resolver
from asynclint.link.roots import Root
from asynclint.link.served import registered, served
from asynclint.link.turns import Turns


@dataclass
class Frameworks:
    """Answers about the functions of one program."""

    resolver: Resolver

    @cached_property
    def hooked(self) -> Hooked:
        """Return who knows what is called on objects of a framework's classes."""
        return Hooked(self.resolver.program)

    def root(self, function: Function, owner: Class | None) -> Root | None:
        """Return the root that a function is to a framework, on an object of a class; None where none is seen."""
        if self._is_command(function) or self._is_handler_of_actor(function):
            return Root(function, "serial", "")
        background = self._in_background(function)
        if background:
            return Root(function, "task", f"@{background} runs {function.name} as a task of its own")
        request = served(function, self.resolver.program.models)
        if request:
            return Root(function, "many", request)
        decorated = registered(function, self.resolver.program.models)
        if decorated:
            return Root(
                function,
                "many",
                f"{function.name} is registered by @{decorated}: it runs once for each request or event",
            )
        return self.hooked.root(function, owner)

    def _is_handler_of_actor(self, function: Function) -> bool:
        """Tell whether it is a handler of an actor, or of an object that lets one message through at a time."""
        program = self.resolver.program
        cls = program.class_of(function) if registered(function, program.models) else None
        if cls is None:
            return False
        names = (name for one in program.ancestors(cls) for name in (one.name, *one.facts.bases))
        return program.models.serial_class(names) or Turns(self.resolver).taken(cls)

    def _in_background(self, function: Function) -> str:
        """Return the decorator that makes a background task of a function, empty where none does."""
        models = self.resolver.program.models
        names = (name.split("(", 1)[0] for name in function.facts.decorators)
        return next((name for name in names if models.has("overlap.background", ".".join(name.split(".")[-2:]))), "")

    def _is_command(self, function: Function) -> bool:
        """Tell whether a function is a command of a command line program, which runs one of them and ends."""
        if not any(name.split("(", 1)[0].endswith(("command", "callback")) for name in function.facts.decorators):
            return False
        imported = self.resolver.program.modules[function.path].imports.values()
        return any(self.resolver.program.models.has("serial.commands", origin.split(".")[0]) for origin in imported)
