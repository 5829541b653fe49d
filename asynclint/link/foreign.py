"""Writes to the attributes of other objects: `self.pool.conn = None`, `pool.conn = None`, `MANAGER.rows.clear()`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from asynclint.link.namesakes import Namesakes
from asynclint.link.program import Class, Function
from asynclint.link.resolve import Resolver
from asynclint.survey.facts import Place, Write


@dataclass(frozen=True, slots=True)
class Candidate:
    """A write whose place has an attribute, at `position` of its steps, on an object other than `self`."""

    function: Function
    write: Write
    position: int


Found = tuple[int, Function, Write]
"""A write as if it were one to `self`, with its number among those to the attribute."""


@dataclass
class Foreign:
    """Finds such writes by the attribute's name, and by the class of the object where that is known."""

    resolver: Resolver
    _owned: dict[str, dict[Class, list[Found]]] = field(default_factory=dict)
    _owners: dict[tuple[Function, Place, int], Class | None] = field(default_factory=dict)

    def prepare(self) -> None:
        """Build what is looked up over the whole program."""
        len(self._index)
        self._named.prepare()

    def writers(self, cls: Class, attribute: str) -> Iterator[tuple[Function, Write]]:
        """Yield the writes to an attribute of objects of a class family, as if they were written to `self`."""
        owned = self._by_owner(attribute)
        if owned:
            found = [one for member in self.resolver.program.family(cls) for one in owned.get(member, ())]
            yield from ((function, write) for _, function, write in sorted(found, key=lambda one: one[0]))

    def _by_owner(self, attribute: str) -> dict[Class, list[Found]]:
        known = self._owned.get(attribute)
        if known is None:
            known = self._owned[attribute] = {}
            for number, one in enumerate(self._index.get(attribute, ())):
                owner = self._owner(one)
                if owner is not None:
                    place = Place("self", "self", one.write.place.steps[one.position :])
                    known.setdefault(owner, []).append((number, one.function, one.write._replace(place=place)))
        return known

    @cached_property
    def _index(self) -> dict[str, list[Candidate]]:
        """The writes to attributes of other objects by the names of the attributes."""
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
            found = self._find(one.function, one.write.place, one.position)
            self._owners[key] = found or self._named.only(one.function, one.write.place, one.position)
        return self._owners[key]

    @cached_property
    def _named(self) -> Namesakes:
        return Namesakes(self.resolver)

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
