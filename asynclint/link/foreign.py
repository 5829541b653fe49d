"""Writes to the attributes of other objects: `self.pool.conn = None`, `pool.conn = None`, `MANAGER.rows.clear()`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from asynclint.link.program import Class, Function
from asynclint.link.resolve import Resolver
from asynclint.survey.facts import Place, Write


@dataclass(frozen=True, slots=True)
class Candidate:
    """A write whose place has an attribute, at `position` of its steps, on an object other than `self`."""

    function: Function
    write: Write
    position: int


@dataclass(slots=True)
class Foreign:
    """Finds such writes by the attribute's name, and by the class of the object where that is known."""

    resolver: Resolver
    _index: dict[str, list[Candidate]] | None = None
    _owners: dict[tuple[Function, Place, int], Class | None] = field(default_factory=dict)

    def writers(self, cls: Class, attribute: str) -> Iterator[tuple[Function, Write]]:
        """Yield the writes to an attribute of objects of a class family, as if they were written to `self`."""
        if self._index is None:
            self._index = self._build()
        family = self.resolver.program.family(cls)
        for one in self._index.get(attribute, ()):
            if self._owner(one) in family:
                place = Place("self", "self", one.write.place.steps[one.position :])
                yield one.function, replace(one.write, place=place)

    def _build(self) -> dict[str, list[Candidate]]:
        index: dict[str, list[Candidate]] = defaultdict(list)
        for function in self.resolver.program.functions():
            for write in function.facts.writes:
                first = 0 if write.place.kind == "param" else 1
                for position in range(first, len(write.place.steps)):
                    if write.place.steps[position] != "[]":
                        index[write.place.steps[position]].append(Candidate(function, write, position))
        return index

    def _owner(self, one: Candidate) -> Class | None:
        key = (one.function, one.write.place, one.position)
        if key not in self._owners:
            self._owners[key] = self._find(one.function, one.write.place, one.position)
        return self._owners[key]

    def _find(self, function: Function, place: Place, position: int) -> Class | None:
        before = list(place.steps[:position])
        if "[]" in before:
            return None
        program = self.resolver.program
        match place.kind:
            case "self" | "cls":
                own = program.class_of(function)
                return self.resolver.type_of(own, before) if own is not None else None
            case "param":
                annotation = dict(function.facts.params).get(place.root, "")
                named = self.resolver.named_class(function.path, annotation) if annotation else None
                return self.resolver.type_of(named, before) if named is not None else None
            case "global":
                return self.resolver.instance(function.path, before)
            case _:
                return None
