"""What a name means in a function: a parameter, an alias, a closure variable, a global, a class."""

from __future__ import annotations

from collections.abc import Mapping

from asynclint.ir.places import CLOSURE, MODULE
from asynclint.survey.scope import ITEM, LONGEST, OF, Chain, Scope, extend

_ROUNDS = 8
_MOST_PLACES = 24

FlatPlace = tuple[str, ...]
"""Kind, root and steps in one tuple, possibly with `OF` marks at its end."""


class ModuleNames:
    """What the names of a module are: plain variables, classes, imports."""

    __slots__ = ("_bare", "classes", "imports", "modules", "starred", "variables")

    def __init__(self, module: Scope, classes: set[str], imports: dict[str, str], declared: set[str]) -> None:
        self._bare: dict[str, tuple[FlatPlace, ...]] = {}
        self.classes = classes
        self.imports = imports
        self.modules = module.modules
        self.starred = any(name.startswith("*") for name in imports)
        defined = {node.name for node in module.pending}
        self.variables = (module.bound - imports.keys() - defined) | declared

    def root(self, name: str) -> tuple[FlatPlace, ...]:
        """Return the place that a name of the module is the root of."""
        if name in self.classes or (name in self.imports and _capitalised(name)):
            return (("class", name),)
        if name in self.variables or name in self.imports or self.starred:
            return (("global", MODULE, name),)
        return ()

    def bare(self, name: str) -> tuple[FlatPlace, ...]:
        """Return the place read by the mere name; none for a module, a class, a function, a builtin."""
        found = self._bare.get(name)
        if found is None:
            is_module = name in self.modules and name not in self.variables
            found = () if is_module else tuple(place for place in self.root(name) if place[0] == "global")
            self._bare[name] = found
        return found


def _capitalised(name: str) -> bool:
    return name.lstrip("_")[:1].isupper() and not name.isupper()


class FunctionNames:
    """What the names in one function denote, each looked up once; `outer` is the enclosing function's."""

    __slots__ = ("_aliases", "_cache", "_module", "_outer", "local", "params", "scope")

    def __init__(self, scope: Scope, params: frozenset[str], module: ModuleNames, outer: FunctionNames | None) -> None:
        self.scope = scope
        self.params = params
        self.local = (scope.bound | params) - scope.declared
        self._module = module
        self._outer = outer
        self._aliases: dict[str, set[FlatPlace]] = {}
        self._cache: dict[str, tuple[FlatPlace, ...]] = {}
        if scope.aliases:
            self._resolve_aliases()

    def _resolve_aliases(self) -> None:
        aliases = self.scope.aliases
        # What none of them is an alias of itself is found in one round.
        chained = not {name for name, _ in aliases}.isdisjoint([chain[0] for _, chain in aliases])
        for _ in range(_ROUNDS if chained else 1):
            changed = False
            for name, chain in aliases:
                known = self._aliases.setdefault(name, set())
                before = len(known)
                if before < _MOST_PLACES:
                    known.update(self.places(chain))
                    changed = changed or len(known) > before
            self._cache.clear()
            if not changed:
                return

    def binds(self, name: str) -> bool:
        """Tell whether this function, or one around it, binds a name."""
        if name in self.local:
            return True
        return self._outer is not None and name not in self._global_names() and self._outer.binds(name)

    def bare(self, names: set[str]) -> list[FlatPlace]:
        """Return the places read by mere names of what is not local."""
        found: list[FlatPlace] = []
        declared, nested, of_module = self.scope.declared, self._outer is not None, self._module.bare
        for name in names - self.local:
            if (declared and name in declared) or (nested and self.is_free(name)):
                found.extend([place for place in self.root(name) if place[0] in ("global", "closure")])
            else:
                found.extend(of_module(name))
        return found

    def _global_names(self) -> set[str]:
        return self.scope.declared - self.scope.nonlocals

    def is_free(self, name: str) -> bool:
        """Tell whether a name is bound by an enclosing function."""
        if name in self.local or self._outer is None or name in self._global_names():
            return False
        return self._outer.binds(name)

    def root(self, name: str) -> tuple[FlatPlace, ...]:
        """Return the places that a name may denote."""
        found = self._cache.get(name)
        if found is None:
            found = self._cache[name] = self._look_up(name)
        return found

    def _look_up(self, name: str) -> tuple[FlatPlace, ...]:
        scope = self.scope
        aliases = tuple(self._aliases.get(name, ()))
        if name in self.local:
            if name == scope.self_name and name in self.params:
                return (self_place(scope), *aliases)
            if name in self.params:
                return (("param", name), *aliases)
            if name in scope.imported:
                return (*aliases, _imported(name))
            return aliases
        return (*aliases, *self._outside(name))

    def _outside(self, name: str) -> tuple[FlatPlace, ...]:
        scope = self.scope
        if self.is_free(name):
            outer = self._outer.root(name) if self._outer else ()
            if name == scope.self_name:
                return outer
            return (("closure", CLOSURE, name), *(one for one in outer if one[0] != "param" and one[0] != "closure"))
        if name in scope.declared:
            return (("global", MODULE, name),)
        return self._module.root(name)

    def places(self, chain: Chain) -> list[FlatPlace]:
        """Return the places that a chain may denote."""
        found = []
        for root in self.root(chain[0]):
            place: FlatPlace | None = root
            for step in chain[1:]:
                place = _further(place, step) if place is not None else None
            if place is not None:
                found.append(place)
        return found

    def elements(self, chain: Chain) -> list[FlatPlace]:
        """Return the places of an element that a chain ends at, as far as its container was not made here."""
        held = [place for place in self.places(chain[:-1]) if place[-1] is not OF]
        return [one for one in (_further(place, chain[-1]) for place in held) if one is not None]

    def read(self, chains: Mapping[Chain, int]) -> dict[FlatPlace, int]:
        """Return the places that chains read on their way, those they end at included, with the first line of each."""
        found: dict[FlatPlace, int] = {}
        known, note = self._cache.get, found.setdefault
        for chain, line in chains.items():
            roots = known(chain[0])
            for place in self.root(chain[0]) if roots is None else roots:
                for step in chain[1:]:
                    if step is OF or (place[-1] is not OF and len(place) < LONGEST):
                        place = (*place, step)
                    elif place[-1] is OF:
                        if step != ITEM:
                            break
                        place = place[:-1]
                    if note(place, line) > line:
                        found[place] = line
        return found


def _further(place: FlatPlace, step: str) -> FlatPlace | None:
    return (*place, OF) if step is OF else extend(place, step)


def _imported(name: str) -> FlatPlace:
    return ("class", name) if _capitalised(name) else ("global", MODULE, name)


def self_place(scope: Scope) -> FlatPlace:
    """Return the place of the first parameter of a method or classmethod."""
    return ("cls", "cls") if scope.self_kind == "classmethod" else ("self", "self")


def iterated(place: FlatPlace) -> FlatPlace | None:
    """Return the container whose elements are iterated over, given what is iterated."""
    if place[-1] is not OF:
        return place
    while place[-1] is OF:
        place = place[:-1]
    if place[-1] == ITEM:
        return place[:-1]
    return place if len(place) >= 5 else None
