"""The program by name: modules, classes with their families, functions, and what a dotted name means where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from posixpath import basename, dirname

from asynclint.link.models import Models
from asynclint.survey.facts import AttributeFacts, ClassFacts, FunctionFacts, ModuleFacts

MAX_FAMILY = 64
ASIDE = re.compile(
    r"(^|/)(_?tests?|_?testing(\.py)?|examples?|docs?|benchmarks?|scripts|samples?|conftest\.py|test_[^/]*\.py|[^/]*_test\.py)(/|$)"
)


@lru_cache(maxsize=20_000)
def is_aside(path: str) -> bool:
    """Tell whether a file is no part of the program itself: a test, an example, a benchmark, a script."""
    return ASIDE.search(path) is not None


def speaks_of(other: str, path: str) -> bool:
    """Tell whether what one file does says something of another: tests and examples say nothing of the program."""
    return is_aside(path) or not is_aside(other)


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function and the file that it stands in; there is one object for each. `short` is the last part of its name."""

    path: str
    facts: FunctionFacts
    short: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out once what is asked all the time."""
        object.__setattr__(self, "short", self.facts.name.rsplit(".", 1)[-1])

    @property
    def name(self) -> str:
        """The qualified name without module."""
        return self.facts.name

    @property
    def is_special(self) -> bool:
        """Whether the language calls it, as `__aenter__`; not if the name is only private, as `__read`."""
        return self.short.startswith("__") and self.short.endswith("__")


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class and the file that it stands in."""

    path: str
    facts: ClassFacts

    @property
    def name(self) -> str:
        """The qualified name without module."""
        return self.facts.name


class Module:
    """One file's names."""

    def __init__(self, facts: ModuleFacts) -> None:
        self.path = facts.path
        self.facts = facts
        self.imports = dict(facts.imports)
        self.globals = dict(facts.globals)
        self.constants = dict(facts.constants)
        self.classes = {cls.name: Class(facts.path, cls) for cls in facts.classes}
        self.all_functions = tuple(Function(facts.path, function) for function in facts.functions)
        self.functions = {function.name: function for function in self.all_functions}


class Program:
    """Everything that was discovered, linked by name."""

    def __init__(self, modules: Iterable[ModuleFacts], models: Models) -> None:
        self.models = models
        self.modules = {facts.path: Module(facts) for facts in modules}
        self._families: dict[Class, tuple[Class, ...]] = {}
        self._ancestors: dict[Class, tuple[Class, ...]] = {}
        self._descendants: dict[Class, tuple[Class, ...]] = {}
        self._classes: dict[Function, Class | None] = {}
        self._members: dict[Class, tuple[Function, ...]] = {}
        self._located: dict[tuple[str, str], tuple[Module, str] | None] = {}
        self._methods: dict[tuple[Class, str], Function | None] = {}
        self._attributes: dict[tuple[Class, str], AttributeFacts | None] = {}

    @property
    def is_lone(self) -> bool:
        """Whether there is one file and no more: of whoever else uses what is in it nothing is in sight."""
        return len(self.modules) == 1

    @cached_property
    def _names(self) -> dict[str, str]:
        """Dotted module name to path: from the outermost folder with an `__init__.py`, or further out if it is free."""
        names = {name: path for path, name in reversed(self.dotted.items())}
        for path, name in self.dotted.items():
            folder = dirname(path)
            for _ in range(name.count(".") + (basename(path) == "__init__.py")):
                folder = dirname(folder)
            while folder and (last := basename(folder)).isidentifier():
                name, folder = f"{last}.{name}", dirname(folder)
                names.setdefault(name, path)
        return names

    @cached_property
    def dotted(self) -> dict[str, str]:
        """The shortest dotted name of each file."""
        packages = {dirname(path) for path in self.modules if path.endswith("/__init__.py")}
        names: dict[str, str] = {}
        for path in self.modules:
            root = dirname(path)
            while root in packages:
                root = dirname(root)
            inner = path[len(root) + 1 :] if root else path
            names[path] = inner.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        return names

    def functions(self) -> Iterator[Function]:
        """Yield every function, file by file."""
        for module in self.modules.values():
            yield from module.all_functions

    def qualified(self, path: str, name: str) -> str:
        """Return the dotted origin of a name as a module sees it: `Lock` imported from asyncio is `asyncio.Lock`."""
        module = self.modules[path]
        for _ in range(5):
            head, dot, rest = name.partition(".")
            if head not in module.imports:
                break
            name = module.imports[head] + dot + rest
            found = self._imported(module.path, name)
            if found is None or found[1].partition(".")[0] not in found[0].imports:
                break
            module, name = found
        return name

    def locate(self, path: str, name: str) -> tuple[Module, str] | None:
        """Return the module of the project that defines a dotted name, and the name there; follows re-exports."""
        if (path, name) not in self._located:
            self._located[path, name] = self._find(path, name)
        return self._located[path, name]

    def _find(self, path: str, name: str) -> tuple[Module, str] | None:
        module = self.modules[path]
        for _ in range(5):
            head, dot, rest = name.partition(".")
            if name in module.classes or name in module.functions or head in module.classes:
                return module, name
            if head in module.globals and head not in module.imports:
                return module, name
            origin = module.imports.get(head)
            found = self._imported(module.path, origin + dot + rest) if origin is not None else None
            if found is None:
                return None
            module, name = found
        return None

    def _imported(self, path: str, dotted: str) -> tuple[Module, str] | None:
        parts = (self._absolute(path, dotted) if dotted.startswith(".") else dotted).split(".")
        for cut in range(len(parts) - 1, 0, -1):
            target = self._names.get(".".join(parts[:cut]))
            if target is not None and target != path:
                return self.modules[target], ".".join(parts[cut:])
        return None

    def imported(self, path: str, dotted: str) -> Module | None:
        """Return the module of the project that a dotted name, relative to a file, names."""
        target = self._names.get(self._absolute(path, dotted) if dotted.startswith(".") else dotted)
        return self.modules[target] if target is not None else None

    def _absolute(self, path: str, dotted: str) -> str:
        level = len(dotted) - len(dotted.lstrip("."))
        folder = dirname(path)
        for _ in range(level - 1):
            folder = dirname(folder)
        probe = f"{folder}/__init__.py" if folder else "__init__.py"
        base = self.dotted.get(probe, folder.replace("/", "."))
        return f"{base}.{dotted[level:]}" if base else dotted[level:]

    def class_of(self, function: Function) -> Class | None:
        """Return the class whose `self` a function uses: its own, or that of the method that it is nested in."""
        if function not in self._classes:
            self._classes[function] = self._find_class_of(function)
        return self._classes[function]

    def _find_class_of(self, function: Function) -> Class | None:
        module = self.modules[function.path]
        facts: FunctionFacts | None = function.facts
        while facts is not None:
            if facts.cls is not None:
                return module.classes.get(facts.cls)
            outer = module.functions.get(facts.parent) if facts.parent else None
            facts = outer.facts if outer is not None else None
        return None

    def find_class(self, path: str, name: str) -> Class | None:
        """Return the class of the project that a name means in a module."""
        found = self.locate(path, name)
        return found[0].classes.get(found[1]) if found else None

    def ancestors(self, cls: Class) -> tuple[Class, ...]:
        """Return the class and its bases in the project, nearest first."""
        if cls not in self._ancestors:
            self._ancestors[cls] = self._find_ancestors(cls)
        return self._ancestors[cls]

    def _find_ancestors(self, cls: Class) -> tuple[Class, ...]:
        order: list[Class] = []
        pending = [cls]
        while pending and len(order) < MAX_FAMILY:
            current = pending.pop(0)
            if current in order:
                continue
            order.append(current)
            for base in current.facts.bases:
                found = self.find_class(current.path, base)
                if found is not None:
                    pending.append(found)
        return tuple(order)

    @cached_property
    def _children(self) -> dict[Class, list[Class]]:
        children: dict[Class, list[Class]] = {}
        for module in self.modules.values():
            for cls in module.classes.values():
                for base in cls.facts.bases:
                    found = self.find_class(cls.path, base)
                    if found is not None and found is not cls:
                        children.setdefault(found, []).append(cls)
        return children

    def descendants(self, cls: Class) -> tuple[Class, ...]:
        """Return the subclasses in the project, without the class itself."""
        if cls not in self._descendants:
            self._descendants[cls] = self._find_descendants(cls)
        return self._descendants[cls]

    def _find_descendants(self, cls: Class) -> tuple[Class, ...]:
        found: list[Class] = []
        pending = list(self._children.get(cls, ()))
        while pending and len(found) < MAX_FAMILY:
            child = pending.pop(0)
            if child not in found and child is not cls:
                found.append(child)
                pending.extend(self._children.get(child, ()))
        return tuple(found)

    def family(self, cls: Class) -> tuple[Class, ...]:
        """Return the classes whose methods may run on an object of this class: itself, bases, subclasses."""
        if cls not in self._families:
            self._families[cls] = (*self.ancestors(cls), *self.descendants(cls))
        return self._families[cls]

    def members(self, cls: Class) -> tuple[Function, ...]:
        """Return the functions, nested ones included, of the classes of a family, file by file."""
        known = self._members.get(cls)
        if known is None:
            family = frozenset(self.family(cls))
            places = dict.fromkeys(member.path for member in self.family(cls))
            known = self._members[cls] = tuple(
                one for where in places for one in self.modules[where].all_functions if self.class_of(one) in family
            )
        return known

    def method(self, cls: Class, name: str) -> Function | None:
        """Return the method that an object of exactly this class has, along its bases."""
        if (cls, name) not in self._methods:
            self._methods[cls, name] = self._find_method(cls, name)
        return self._methods[cls, name]

    def _find_method(self, cls: Class, name: str) -> Function | None:
        for owner in self.ancestors(cls):
            found = self.modules[owner.path].functions.get(f"{owner.name}.{name}")
            if found is not None:
                return found
        return None

    def attribute(self, cls: Class, name: str) -> AttributeFacts | None:
        """Return what is known of an attribute, the class's own knowledge first."""
        if (cls, name) not in self._attributes:
            self._attributes[cls, name] = self._find_attribute(cls, name)
        return self._attributes[cls, name]

    def _find_attribute(self, cls: Class, name: str) -> AttributeFacts | None:
        found: list[AttributeFacts] = []
        for owner in self.family(cls):
            found.extend(facts for attribute, facts in owner.facts.attributes if attribute == name)
        if not found:
            return None
        constructors = frozenset(c for facts in found for c in facts.constructors)
        return AttributeFacts(constructors, next((f.annotation for f in found if f.annotation), ""))
