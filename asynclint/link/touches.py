"""Which functions can reach state, as far as they write or read anything whose path begins alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from asynclint.ir.places import Path
from asynclint.link.program import Class, Function
from asynclint.link.resolve import Resolver
from asynclint.link.spots import attribute_of, last_name
from asynclint.survey.facts import Write

Places = dict[str, list[int]]
"""The positions of functions in their file, by the first step of what they touch; by none where it has no steps."""
WHOLE = ""
TAKING = frozenset(("pop", "popitem", "clear", "popleft", "remove"))
"""Methods of containers that take something out."""


@dataclass(frozen=True, slots=True)
class _File:
    """The functions of a file by what they write, what they read, and what they hand to a call."""

    writing: Places
    reading: Places
    giving: Places


@dataclass(frozen=True)
class Touches:
    """Answers about the functions of a program, remembered by file."""

    resolver: Resolver
    _files: dict[str, _File] = field(default_factory=dict)

    def writers(self, function: Function, path: Path, spelled: str) -> Iterator[Function]:
        """Yield the functions that can reach a path, as far as they may write it, or hand it on as it is spelled."""
        program = self.resolver.program
        match path.kind:
            case "self" | "cls":
                return self.members_writing(program.class_of(function), path.shape, spelled)
            case "class":
                return self.members_writing(program.find_class(function.path, path.root), path.shape)
            case "global":
                _, _, where = path.root.partition(":")
                return self._writing(where or function.path, path.shape, "")
            case _:
                return self._around(function, path)

    def readers(self, function: Function, path: Path) -> Iterator[Function]:
        """Yield the functions that can reach a path, as far as they may read it."""
        program, first = self.resolver.program, path.shape[0] if path.shape else WHOLE
        match path.kind:
            case "self" | "cls":
                return self._members(program.class_of(function), lambda where: self._reading(where, first))
            case "class":
                cls = program.find_class(function.path, path.root)
                return self._members(cls, lambda where: self._reading(where, first))
            case "global":
                _, _, where = path.root.partition(":")
                return self._reading(where or function.path, first)
            case _:
                return self._around(function, path)

    def members_writing(self, cls: Class | None, shape: tuple[str, ...], spelled: str = "") -> Iterator[Function]:
        """Yield the functions of a class family that may write such a path, or hand it on as it is spelled."""
        return self._members(cls, lambda where: self._writing(where, shape, spelled))

    def _members(self, cls: Class | None, among: Callable[[str], Iterator[Function]]) -> Iterator[Function]:
        if cls is None:
            return
        program = self.resolver.program
        family = program.family(cls)
        for where in dict.fromkeys(member.path for member in family):
            yield from (function for function in among(where) if program.class_of(function) in family)

    def _writing(self, where: str, shape: tuple[str, ...], spelled: str) -> Iterator[Function]:
        """Yield the functions of a file that may write a path, part of it or what it leads to, or hand it on."""
        known = self._file(where)
        found = {*known.writing.get(shape[0] if shape else "[]", ()), *known.writing.get(WHOLE, ())}
        if spelled:
            found.update(known.giving.get(spelled, ()))
        functions = self.resolver.program.modules[where].all_functions
        return (functions[place] for place in sorted(found))

    def _reading(self, where: str, first: str) -> Iterator[Function]:
        """Yield the functions of a file that read what begins with a name."""
        known = self._file(where).reading
        functions = self.resolver.program.modules[where].all_functions
        return (functions[place] for place in sorted({*known.get(first, ()), *known.get(WHOLE, ())}))

    def _around(self, function: Function, path: Path) -> Iterator[Function]:
        """Yield the functions that can reach a closure variable, or an argument of a type."""
        program = self.resolver.program
        if path.kind == "closure":
            scope, _, _ = function.name.rpartition(".")
            for other in program.modules[function.path].all_functions:
                if other.name.startswith(f"{scope}."):
                    yield other
            return
        annotation = dict(function.facts.params).get(path.root, "")
        owner = self.resolver.named_class(function.path, annotation) if annotation else None
        if owner is not None:
            yield from program.members(owner)
        for other in program.modules[function.path].all_functions:
            if annotation and any(kind == annotation for _, kind in other.facts.params):
                yield other

    @cached_property
    def by_name(self) -> dict[str, tuple[Function, ...]]:
        """The functions that write anything, by the attribute names along its path, or the name that it has itself."""
        found: dict[str, dict[Function, None]] = defaultdict(dict)
        for function in self.resolver.program.functions():
            for write in function.facts.writes:
                for name in write.place.steps or (write.place.root,):
                    found[name][function] = None
        return {name: tuple(functions) for name, functions in found.items()}

    @cached_property
    def taken(self) -> frozenset[str]:
        """The last attribute names of all that somebody takes away, be it by handing it to who does."""
        taken: set[str] = set()
        takers: set[str] = set()
        for function in self.resolver.program.functions():
            for write in function.facts.writes:
                if _may_take(write):
                    taken.add(attribute_of(write.place))
                    if write.place.kind == "param":
                        takers.add(function.short)
        for function in self.resolver.program.functions():
            for site in function.facts.calls:
                if site.arguments and site.callee.rsplit(".", 1)[-1] in takers:
                    taken.update(map(last_name, site.arguments))
        return frozenset(taken)

    def _file(self, path: str) -> _File:
        known = self._files.get(path)
        if known is None:
            writing: Places = defaultdict(list)
            reading: Places = defaultdict(list)
            giving: Places = defaultdict(list)
            for place, function in enumerate(self.resolver.program.modules[path].all_functions):
                facts = function.facts
                for first in {write.place.steps[0] if write.place.steps else WHOLE for write in facts.writes}:
                    writing[first].append(place)
                for first in {load.steps[0] if load.steps else WHOLE for load in facts.loads}:
                    reading[first].append(place)
                for argument in {argument for site in facts.calls for argument in site.arguments}:
                    giving[argument].append(place)
            known = self._files[path] = _File(writing, reading, giving)
        return known


def _may_take(write: Write) -> bool:
    """Tell whether a write leaves nothing at some path."""
    match write.how:
        case "delete" | "delete item":
            return True
        case "store":
            return write.detail == "None"
        case _:
            return write.how == "mutate" and write.detail in TAKING
