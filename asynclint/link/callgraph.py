"""Who calls a function, over the whole program, and whether its users may call it too."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from asynclint.link.program import Class, Function, speaks_of
from asynclint.link.resolve import Resolver
from asynclint.survey.facts import CallSite

Call = tuple[Function, CallSite]
MAX_SITES = 3000
"""Calls by one name above which only those in the class family and module are looked at."""


@dataclass
class CallGraph:
    """Answers about callers, remembered.

    A call that the resolver does not know is nobody's, and what tests and examples do says nothing about the program.
    """

    resolver: Resolver
    _callers: dict[Function, tuple[Call, ...]] = field(default_factory=dict)

    @cached_property
    def _by_name(self) -> dict[str, list[Call]]:
        index: dict[str, list[Call]] = defaultdict(list)
        for caller in self.resolver.program.functions():
            for site in caller.facts.calls:
                index[site.callee.rsplit(".", 1)[-1]].append((caller, site))
        return index

    def sites(self, function: Function) -> list[Call]:
        """Return the calls by the name of a function that could mean it."""
        found = self._by_name.get(function.short, [])
        if len(found) > MAX_SITES:
            near = self._neighbours(function)
            found = [call for call in found if call[0].path in near]
        return found

    def named(self, name: str) -> list[Call]:
        """Return the calls whose callee ends in a name."""
        return self._by_name.get(name, [])

    def callers(self, function: Function) -> tuple[Call, ...]:
        """Return the calls of a function."""
        known = self._callers.get(function)
        if known is None:
            targets = self.resolver.targets
            known = self._callers[function] = tuple(
                (caller, site)
                for caller, site in self.sites(function)
                if caller is not function
                and (function in targets(caller, site.callee) or self._in_base(function, caller, site))
                and speaks_of(caller.path, function.path)
            )
        return known

    def _in_base(self, function: Function, caller: Function, site: CallSite) -> bool:
        """Tell whether a base class calls the method on itself, which may have more overrides than are listed."""
        if site.callee != f"self.{function.short}" or function.facts.cls is None or caller.facts.cls is None:
            return False
        program = self.resolver.program
        own, base = program.class_of(function), program.class_of(caller)
        return own is not None and base is not own and base in program.ancestors(own)

    def unresolved(self, function: Function) -> bool:
        """Tell whether a call by the name of a function has no known meaning."""
        return any(not self.resolver.targets(caller, site.callee) for caller, site in self.sites(function))

    def _neighbours(self, function: Function) -> frozenset[str]:
        cls = self.resolver.program.class_of(function)
        family = self.resolver.program.family(cls) if cls is not None else ()
        return frozenset((function.path, *(member.path for member in family)))

    def exported(self, function: Function) -> bool:
        """Tell whether users of the project are given the function, or the class that it is a method of."""
        program = self.resolver.program
        cls = program.class_of(function)
        if cls is None:
            return (function.path, function.name) in self._exports or not self._in_package(function.path)
        return any(self._is_exported(one) for one in (cls, *program.descendants(cls)))

    def _is_exported(self, cls: Class) -> bool:
        return (cls.path, cls.name) in self._exports or not self._in_package(cls.path)

    def _in_package(self, path: str) -> bool:
        folder = path.rpartition("/")[0]
        return f"{folder}/__init__.py" in self.resolver.program.modules

    @cached_property
    def _exports(self) -> frozenset[tuple[str, str]]:
        """Return what the `__init__.py` files define or import, as pairs of file and name."""
        program = self.resolver.program
        found: set[tuple[str, str]] = set()
        for path, module in program.modules.items():
            if not path.endswith("__init__.py"):
                continue
            found.update((path, name) for name in (*module.classes, *module.functions))
            for name, origin in module.facts.imports:
                if name.startswith("*"):
                    found.update(self._starred(path, origin))
                elif (located := program.locate(path, name)) is not None:
                    found.add((located[0].path, located[1]))
        return frozenset(found)

    def _starred(self, path: str, origin: str) -> set[tuple[str, str]]:
        module = self.resolver.program.imported(path, origin)
        return {(module.path, name) for name in (*module.classes, *module.functions)} if module is not None else set()
