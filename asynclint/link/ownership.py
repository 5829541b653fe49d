"""Whose object it is: classes whose objects belong to one request, one iteration, or the one call that makes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from asynclint.link.program import Class, Function, Program
from asynclint.survey.facts import CallSite

MANY = 8
"""Places that make an object of a class from which on most of them speak for all."""
Maker = tuple[Function | None, CallSite]


@dataclass(slots=True)
class Ownership:
    """Answers about owners, remembered."""

    program: Program
    _known: dict[Class, bool] = field(default_factory=dict)
    _index: dict[str, list[Maker]] | None = None
    _handed: set[str] = field(default_factory=set)

    def per_call(self, cls: Class | None) -> bool:
        """Tell whether objects of a class belong to one request or iteration, or to the call that makes them."""
        if cls is None:
            return False
        known = self._known.get(cls)
        if known is None:
            known = self._known[cls] = self._by_framework(cls) or self._by_makers(cls)
        return known

    def _by_framework(self, cls: Class) -> bool:
        for owner in self.program.ancestors(cls):
            names = [owner.name.rsplit(".", 1)[-1], *(base.rsplit(".", 1)[-1] for base in owner.facts.bases)]
            if any(self.program.models.has("overlap.per_call", name) for name in names):
                return True
            if "__anext__" in owner.facts.methods:
                return True
        return False

    def _by_makers(self, cls: Class) -> bool:
        """Tell whether each place that makes an object of the class, and there is one, keeps it to itself.

        Where many do, one in four may hand it on: the class is meant to be used so.
        """
        made = given = 0
        for each in (cls, *self.program.descendants(cls)):
            for maker, site in self._made(each):
                if maker is None:
                    return False
                made += 1
                given += not _kept(self.program, maker, site)
            if each.name.rsplit(".", 1)[-1] in self._handed:
                return False
        return made > 0 and (given == 0 or (made >= MANY and made >= 4 * given))

    def is_single(self, cls: Class) -> bool:
        """Tell whether one call alone, of those in sight, makes an object of a class or of one that is derived."""
        return sum(len(self._made(each)) for each in (cls, *self.program.descendants(cls))) == 1

    def is_made(self, cls: Class) -> bool:
        """Tell whether somebody in sight makes an object of just this class, or hands the class to who may."""
        return bool(self._made(cls)) or cls.name.rsplit(".", 1)[-1] in self._handed

    def _made(self, cls: Class) -> list[Maker]:
        """Return the calls that make an object of just this class."""
        makers = self._makers().get(cls.name.rsplit(".", 1)[-1], ())
        return [
            (maker, site)
            for maker, site in makers
            if maker is None or self.program.find_class(maker.path, site.callee) is cls
        ]

    def _makers(self) -> dict[str, list[Maker]]:
        """Return all calls by a name that a class has, and note the classes that are handed over themselves."""
        if self._index is None:
            names = {
                cls.name.rsplit(".", 1)[-1]
                for module in self.program.modules.values()
                for cls in module.classes.values()
            }
            index: dict[str, list[Maker]] = defaultdict(list)
            for maker, site in self._sites():
                short = site.callee.rsplit(".", 1)[-1]
                if short in names:
                    index[short].append((maker, site))
                self._handed.update(names.intersection(site.arguments))
            self._index = index
        return self._index

    def _sites(self) -> Iterator[Maker]:
        for module in self.program.modules.values():
            yield from ((None, site) for site in module.facts.top_level_calls)
            for function in module.all_functions:
                yield from ((function, site) for site in function.facts.calls)


def _kept(program: Program, maker: Function, site: CallSite) -> bool:
    """Tell whether what a call makes stays a local of the function, used through its attributes alone."""
    for name, line in maker.facts.owned:
        if line == site.line:
            nested = program.modules[maker.path].all_functions
            return not any(one.facts.parent == maker.name and name in one.facts.free for one in nested)
    used = f"{site.callee}()."
    return any(call.line == site.line and call.callee.startswith(used) for call in maker.facts.calls)
