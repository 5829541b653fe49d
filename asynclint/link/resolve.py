"""What a call means: from a dotted name in a function to functions of the project, by class and not by name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from asynclint.link.overridden import is_abstract, is_hook
from asynclint.link.private import PrivateMethods
from asynclint.link.program import Class, Function, Module, Program
from asynclint.survey.facts import AttributeFacts, FunctionFacts

BUILTIN_TYPES = frozenset(("None", "dict", "list", "set", "tuple", "str", "int", "float", "bool", "deque", "object"))
PROTOCOLS = frozenset(("typing.Protocol", "typing_extensions.Protocol"))
PROPERTIES = frozenset(("property", "cached_property", "functools.cached_property"))
CONTAINERS = frozenset((
    "dict", "list", "set", "tuple", "Dict", "List", "Set", "Tuple", "Mapping", "MutableMapping", "Callable", "Iterable",
))  # fmt: skip
ELEMENTS = re.compile(r"[\w.]+\[([^\[\]]*)\](?: \| None)?")
TYPE_NAME = re.compile(r"[A-Za-z_][\w.]*")


@dataclass(slots=True)
class Resolver:
    """Answers of the call graph, remembered."""

    program: Program
    _targets: dict[tuple[Function, str], tuple[Function, ...]] = field(default_factory=dict)
    _suspending: dict[Function, bool] = field(default_factory=dict)
    _private: PrivateMethods = field(init=False)

    def __post_init__(self) -> None:
        """Look private methods up in the same program."""
        self._private = PrivateMethods(self.program)

    def targets(self, caller: Function, callee: str) -> tuple[Function, ...]:
        """Return the functions that a call may run, overriding methods included; empty if it is not known."""
        key = (caller, callee)
        known = self._targets.get(key)
        if known is None:
            known = self._targets[key] = tuple(self._resolve(caller, callee))
        return known

    def target(self, caller: Function, callee: str) -> Function | None:
        """Return the one function that a call runs, or None if there are several or it is not known."""
        found = self.targets(caller, callee)
        return found[0] if len(found) == 1 else None

    def _resolve(self, caller: Function, callee: str) -> list[Function]:
        parts = callee.split(".")
        if parts[0] in ("self", "cls") and (own := self.program.class_of(caller)) is not None:
            if len(parts) == 2:
                return self.methods(own, parts[1])
            owner = self.type_of(own, parts[1:-1])
            return self.methods(owner, parts[-1]) if owner is not None else []
        if parts[0] == "super()" and len(parts) == 2 and (own := self.program.class_of(caller)) is not None:
            return self._above(own, parts[1])
        if len(parts) == 1:
            return self._plain(caller, callee)
        owner, known = self._local(caller, parts[0])
        if not known:
            return self._dotted(caller, callee)
        owner = self.type_of(owner, parts[1:-1]) if owner is not None else None
        return self.methods(owner, parts[-1]) if owner is not None else []

    def _local(self, function: Function, name: str) -> tuple[Class | None, bool]:
        """Return the class of what a parameter or local of a function or of those around it holds, and if it is one."""
        module = self.program.modules[function.path]
        scope: FunctionFacts | None = function.facts
        while scope is not None:
            annotation = dict(scope.params).get(name)
            if annotation is not None:
                return self.named_class(function.path, annotation), True
            if name in scope.bindings:
                found = {self._of_local(function, source) for local, source in scope.made if local == name}
                return (found.pop() if len(found) == 1 else None), True
            outer = module.functions.get(scope.parent) if scope.parent else None
            scope = outer.facts if outer is not None else None
        return None, False

    def _of_local(self, function: Function, source: str) -> Class | None:
        """Return the class of what a local is given: the result of a call, or what stands at a place."""
        if not source.startswith("="):
            own = self.program.class_of(function)
            is_own = source in ("self", "cls") and function.facts.kind == "classmethod"
            return own if is_own else self._made(function.path, source)
        root, *steps = source[1:].split(".")
        own = self.program.class_of(function)
        if root in ("self", "cls") and own is not None:
            return self.type_of(own, steps)
        plain = root.removesuffix("[]")
        annotation = dict(function.facts.params).get(plain)
        if annotation is None:
            return None
        first = (
            self.named_class(function.path, annotation) if plain == root else self.element(function.path, annotation)
        )
        return self.type_of(first, steps) if first is not None else None

    def _made(self, path: str, callee: str) -> Class | None:
        """Return the class of the result of a call: of a class, or of a function that says what it returns."""
        found = self.program.locate(path, callee)
        if found is None:
            return None
        module, name = found
        if name in module.classes:
            return module.classes[name]
        function = module.functions.get(name)
        return self.named_class(module.path, function.facts.returns) if function and function.facts.returns else None

    def methods(self, cls: Class, name: str) -> list[Function]:
        """Return the method and its overrides; an abstract one stands for its overrides alone."""
        found = self.program.method(cls, name)
        targets = [found] if found is not None and not is_abstract(found) else []
        for child in self.program.descendants(cls):
            own = self.program.modules[child.path].functions.get(f"{child.name}.{name}")
            if own is not None and own not in targets:
                targets.append(own)
        return targets

    def _above(self, cls: Class, name: str) -> list[Function]:
        for base in self.program.ancestors(cls)[1:]:
            found = self.program.modules[base.path].functions.get(f"{base.name}.{name}")
            if found is not None:
                return [found]
        return []

    def _plain(self, caller: Function, name: str) -> list[Function]:
        module = self.program.modules[caller.path]
        scope: FunctionFacts | None = caller.facts
        while scope is not None:
            nested = module.functions.get(f"{scope.name}.{name}")
            if nested is not None and nested.facts.parent == scope.name:
                return [nested]
            if name in scope.bindings:
                return []
            outer = module.functions.get(scope.parent) if scope.parent else None
            scope = outer.facts if outer is not None else None
        return self._dotted(caller, name)

    def _dotted(self, caller: Function, name: str) -> list[Function]:
        if name.split(".", 1)[0] in caller.facts.bindings:
            return []
        found = self.program.locate(caller.path, name)
        if found is None:
            return []
        module, local = found
        function = module.functions.get(local)
        if function is not None:
            return [function]
        owner, _, method = local.rpartition(".")
        cls = module.classes.get(owner)
        if cls is not None:
            inherited = self.program.method(cls, method)
            return [inherited] if inherited is not None else []
        typed = self._instance(module, owner.split("."))
        return self.methods(typed, method) if typed is not None else []

    def class_at(self, caller: Function, text: str) -> Class | None:
        """Return the class of what a dotted name in a function stands for."""
        first, *steps = text.split(".")
        if first in ("self", "cls"):
            owner = self.program.class_of(caller)
        else:
            owner, known = self._local(caller, first)
            if not known:
                return self.instance(caller.path, [first, *steps])
        return self.type_of(owner, steps) if owner is not None else None

    def instance(self, path: str, names: list[str]) -> Class | None:
        """Return the class of the object that a global and its attributes name in a module."""
        found = self.program.locate(path, ".".join(names)) if names else None
        return self._instance(found[0], found[1].split(".")) if found is not None else None

    def _instance(self, module: Module, names: list[str]) -> Class | None:
        facts = module.globals.get(names[0])
        typed = self._type(module.path, facts) if facts is not None else None
        return self.type_of(typed, names[1:]) if typed is not None else None

    def declared(self, function: Function, name: str) -> AttributeFacts | None:
        """Return what is known of what a dotted name (`self.rows`, `self.pool.rows`, `ROWS`) denotes in a function."""
        parts = name.split(".")
        if parts[0] in ("self", "cls") and len(parts) > 1:
            own = self.program.class_of(function)
            owner = self.type_of(own, parts[1:-1]) if own is not None else None
            return self.program.attribute(owner, parts[-1]) if owner is not None else None
        found = self.program.locate(function.path, name) if len(parts) == 1 else None
        return found[0].globals.get(found[1]) if found is not None else None

    def type_of(self, cls: Class, attributes: list[str]) -> Class | None:
        """Return the class of `self.a.b`, from constructors and annotations; None where they disagree."""
        current: Class | None = cls
        for name in attributes:
            if current is None:
                return None
            plain = name.replace("[]", "")
            facts, path = self.program.attribute(current, plain), current.path
            said = facts.annotation if facts is not None else self._property(current, plain)
            if plain != name:
                current = self.element(path, said)
            else:
                current = self._type(path, facts) if facts is not None else self.named_class(path, said)
        return current

    def _property(self, cls: Class, name: str) -> str:
        """Return what a property is said to give, empty if it is none."""
        found = self.program.method(cls, name)
        is_one = found is not None and not PROPERTIES.isdisjoint(found.facts.decorators)
        return found.facts.returns or "" if found is not None and is_one else ""

    def element(self, path: str, annotation: str) -> Class | None:
        """Return the class of the elements, or values, of a container with an annotation; one level deep."""
        found = ELEMENTS.fullmatch(annotation.strip("\"'"))
        if found is None:
            return None
        last = found.group(1).rsplit(",", 1)[-1].strip()
        return self.named_class(path, last) if "[" not in last and last != "..." else None

    def _type(self, path: str, facts: AttributeFacts) -> Class | None:
        if facts.annotation:
            return self.named_class(path, facts.annotation)
        made = [name for name in facts.constructors if name not in BUILTIN_TYPES]
        found = {cls for cls in (self._made(path, name.split("(")[0]) for name in made) if cls is not None}
        return found.pop() if len(found) == 1 and len(made) == 1 else None

    def named_class(self, path: str, annotation: str) -> Class | None:
        """Return the class of the project that an annotation names, `Optional` and `| None` looked through."""
        text = annotation.strip("\"'")
        first = TYPE_NAME.match(text)
        if first is not None and first.group().rpartition(".")[2] in CONTAINERS:
            return None
        for name in TYPE_NAME.findall(text):
            if name in ("Optional", "Union", "None", "typing", "Annotated", "ClassVar", "Final") or name.startswith(
                "typing."
            ):
                continue
            found = self.program.find_class(path, name)
            if found is not None:
                return found
        return None

    def suspends(self, caller: Function, callee: str) -> bool:
        """Tell whether awaiting a call may give way; what cannot be resolved does."""
        found = self.targets(caller, callee) or self._private.meant(callee)
        if not found:
            qualified = self.program.qualified(caller.path, callee)
            return not (self.program.models.has("suspension.never", qualified) or self._never_full(caller, callee))
        return any(self.function_suspends(target) for target in found)

    def _never_full(self, caller: Function, callee: str) -> bool:
        """Tell whether a call is `put` on an attribute that is an `asyncio` queue without bound."""
        match callee.split("."):
            case ["self", *path, name, "put"] if (own := self.program.class_of(caller)) is not None:
                owner = self.type_of(own, path)
            case [local, *path, name, "put"]:
                first, _ = self._local(caller, local)
                owner = self.type_of(first, path) if first is not None else None
            case _:
                return False
        facts = self.program.attribute(owner, name) if owner is not None else None
        if owner is None or facts is None:
            return False
        qualified = [self.program.qualified(owner.path, one) for one in facts.constructors - {"None"}]
        return bool(qualified) and all(self.program.models.has("suspension.unbounded", one) for one in qualified)

    def function_suspends(self, function: Function) -> bool:
        """Tell whether a coroutine may give way: it does unless each of its awaits is of one that does not."""
        known = self._suspending.get(function)
        if known is not None:
            return known
        self._suspending[function] = True
        facts = function.facts
        if not facts.is_async:
            answer = True
        elif facts.suspensions == 0:
            answer = self.is_open(function)
        else:
            awaited = [call for call in facts.calls if call.awaited]
            answer = len(awaited) != facts.suspensions or any(self.suspends(function, c.callee) for c in awaited)
        self._suspending[function] = answer
        return answer

    def is_open(self, function: Function) -> bool:
        """Tell whether others say what a method does: it is empty, and public or of a protocol.

        What stands for a protocol need not be derived from it, so nothing of it may be in sight.
        """
        if not is_hook(function.facts):
            return False
        cls = self.program.class_of(function)
        bases = (base.partition("[")[0] for base in cls.facts.bases) if cls is not None else ()
        of_protocol = any(self.program.qualified(function.path, base) in PROTOCOLS for base in bases)
        return of_protocol or not function.short.startswith("_")
