"""Which class has an attribute by a name, where nothing says what the object is that has it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from asynclint.link.program import Class, Function, is_aside
from asynclint.link.resolve import Resolver
from asynclint.survey.facts import Place

TELLING = re.compile(r"_*[a-z0-9]+_[a-z0-9_]*")
"""Names of more than one word: objects of other packages seldom have an attribute by such a name as well."""


@dataclass
class Namesakes:
    """Answers about attributes by their names."""

    resolver: Resolver

    def prepare(self) -> None:
        """Build what is looked up over the whole program."""
        len(self._only)

    def only(self, function: Function, place: Place, position: int) -> Class | None:
        """Return the class that alone has an attribute by the name at a position of a place.

        None where something says of what class the object is: it is none of the project, or has no such attribute.
        """
        name = place.steps[position]
        if not TELLING.fullmatch(name) or self._is_told(function, place, position):
            return None
        return self._only.get(name)

    def _is_told(self, function: Function, place: Place, position: int) -> bool:
        """Tell whether an annotation or constructor says of what class the object is that has an attribute."""
        before = list(place.steps[:position])
        if "[]" in before:
            return True
        program = self.resolver.program
        match place.kind:
            case "param":
                annotation = dict(function.facts.params).get(place.root, "")
                named = self.resolver.named_class(function.path, annotation) if annotation else None
                return bool(annotation) and (not before or (named is not None and not self._is_open(named, before)))
            case "self":
                own = program.class_of(function)
                return own is None or not before or not self._is_open(own, before)
            case _:
                return True

    def _is_open(self, cls: Class, attributes: list[str]) -> bool:
        """Tell whether nothing says of what class `a.b` of an object of a class is."""
        holder = self.resolver.type_of(cls, attributes[:-1])
        facts = self.resolver.program.attribute(holder, attributes[-1]) if holder is not None else None
        if facts is None:
            return holder is None
        return not facts.annotation and not facts.constructors - {"None"}

    @cached_property
    def _only(self) -> dict[str, Class]:
        """The classes by the names of attributes that no other class has, but for those that it is derived from."""
        program = self.resolver.program
        found: dict[str, list[Class]] = defaultdict(list)
        for module in program.modules.values():
            if not is_aside(module.path):
                for cls in module.classes.values():
                    for name, _ in cls.facts.attributes:
                        found[name].append(cls)
        return {name: having[0] for name, having in found.items() if len(having) == 1}
