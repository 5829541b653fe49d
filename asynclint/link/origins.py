"""Where a value comes from: the class of an object, what has made it, and the functions that are kept under a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from asynclint.ir import ops
from asynclint.ir.places import MODULE
from asynclint.link.bodies import Body
from asynclint.link.callgraph import CallGraph
from asynclint.link.program import Class, Function, is_aside
from asynclint.link.resolve import Resolver

DEPTH = 6
PAIRS = "items"
ALIKE = frozenset(("values", "copy", "list", "tuple", "sorted", "set", "reversed", PAIRS))
"""What gives the elements of a container once more."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Answers about values of one program, by following them back; `body` gives the ops of a function."""

    calls: CallGraph
    body: Callable[[Function], Body]

    @property
    def _resolver(self) -> Resolver:
        return self.calls.resolver

    def targets(self, body: Body, call: ops.Call) -> tuple[Function, ...]:
        """Return the functions that a call may run, those included that are kept in an attribute."""
        callee = body.rewriter.callee(call)
        found = self._resolver.targets(body.function, callee)
        if found or call.receiver is None:
            return found
        owner = self.class_of(body, call.receiver)
        if owner is None:
            return ()
        return tuple(self._resolver.methods(owner, call.method)) or self._kept(owner, call.method)

    def class_of(self, body: Body, var: ops.Var, depth: int = DEPTH) -> Class | None:
        """Return the class of the project that an object is of."""
        makers = [op for op in body.rewriter.makers(var) if not _is_none(op)]
        awaited = any(isinstance(op, ops.Suspend) for op in makers)
        text = body.rewriter.describe(var) if not awaited else ""
        found = self._resolver.class_at(body.function, text) if text else None
        if found is not None or not depth:
            return found
        return self._class_made(body, makers[0], depth - 1) if len(makers) == 1 else None

    def _class_made(self, body: Body, made: ops.Op, depth: int) -> Class | None:
        match made:
            case ops.Move(_, source, _) | ops.Suspend("await", str() as source, _, _):
                inner = self.class_of(body, source, depth)
                return self._outcome(inner) if isinstance(made, ops.Suspend) and inner is not None else inner
            case ops.Call():
                return self._class_returned(body, made)
            case ops.LoadAttr(_, base, name, _) if base != MODULE:
                owner = self.class_of(body, base, depth)
                return self._class_kept(owner, name, depth) if owner is not None else None
            case ops.Iterate(_, iterable, _, _) | ops.LoadItem(_, iterable, _, _, _, _):
                return self._class_inside(body, iterable, depth)
            case ops.Compute(into, "item", (pair,), _):
                return self._class_of_item(body, into, pair, depth)
            case _:
                return None

    def _outcome(self, cls: Class) -> Class | None:
        """Return the class of what an await of an object gives: of the last part of what `__await__` says it returns.

        An object whose class has no such method is what an awaited call has given already.
        """
        method = self._resolver.program.method(cls, "__await__")
        if method is None:
            return cls
        last = method.facts.returns.rstrip("]").rpartition(",")[2]
        return self._resolver.named_class(method.path, last.strip()) if last else None

    def _class_returned(self, body: Body, call: ops.Call) -> Class | None:
        callee = body.rewriter.callee(call)
        made = self._resolver.program.find_class(body.function.path, callee)
        if made is not None:
            return made
        found = {
            self._resolver.named_class(target.path, target.facts.returns) if target.facts.returns else None
            for target in self._resolver.targets(body.function, callee)
        }
        return found.pop() if len(found) == 1 else None

    def _class_kept(self, owner: Class, name: str, depth: int) -> Class | None:
        """Return the class of what is stored in an attribute, where all that is stored is of one."""
        known = self._resolver.type_of(owner, [name])
        if known is not None:
            return known
        found: set[Class | None] = set()
        for body, value in self._stores(owner, name):
            if not any(map(_is_none, body.rewriter.makers(value))):
                found.add(self.class_of(body, value, depth))
        return found.pop() if len(found) == 1 else None

    def _class_inside(self, body: Body, container: ops.Var, depth: int) -> Class | None:
        """Return the class of the elements, or values, of a container that says so where it is declared."""
        for made in body.rewriter.makers(container):
            match made:
                case ops.Call(_, _, receiver, method, args, _, _, _, _, _) if method in ALIKE and depth:
                    inner = receiver if receiver is not None else args[0] if args else None
                    return self._class_inside(body, inner, depth - 1) if inner is not None else None
                case ops.LoadAttr(_, base, name, _) if base != MODULE:
                    owner = self.class_of(body, base, depth)
                    facts = self._resolver.program.attribute(owner, name) if owner is not None else None
                    return self._resolver.element(owner.path, facts.annotation) if owner is not None and facts else None
        annotation = dict(body.function.facts.params).get(container, "")
        return self._resolver.element(body.function.path, annotation)

    def _class_of_item(self, body: Body, into: ops.Var, pair: ops.Var, depth: int) -> Class | None:
        """Return the class of the second part of a pair that `items` gives."""
        makers = body.rewriter.makers(pair)
        parts = body.parts(pair)
        match list(makers):
            case [ops.Iterate(_, iterable, _, _)] if len(parts) == 2 and into == parts[1]:
                pass
            case _:
                return None
        inner = [op for op in body.rewriter.makers(iterable) if isinstance(op, ops.Call)]
        while inner and inner[0].method != PAIRS and inner[0].args:
            inner = [op for op in body.rewriter.makers(inner[0].args[0]) if isinstance(op, ops.Call)]
        receiver = inner[0].receiver if inner and inner[0].method == PAIRS else None
        return self._class_inside(body, receiver, depth) if receiver is not None else None

    def makes(self, body: Body, var: ops.Var, depth: int = DEPTH) -> frozenset[str]:
        """Return what has made an object, as qualified callees; empty if it is not known of all."""
        found: set[str] = set()
        for made in body.rewriter.makers(var):
            if _is_none(made):
                continue
            one = self._maker(body, made, depth - 1) if depth else frozenset()
            if not one:
                return frozenset()
            found |= one
        return frozenset(found)

    def _maker(self, body: Body, made: ops.Op, depth: int) -> frozenset[str]:
        program = self._resolver.program
        match made:
            case ops.Move(_, source, _) | ops.Suspend("await", str() as source, _, _):
                return self.makes(body, source, depth)
            case ops.Call():
                return self._made_by_call(body, made, depth)
            case ops.LoadAttr(_, base, name, _) if base == MODULE:
                found = program.locate(body.function.path, name)
                facts = found[0].globals.get(found[1]) if found is not None else None
                return self._constructed(found[0].path, None, facts.constructors, depth) if found and facts else _NOBODY
            case ops.LoadAttr(_, base, name, _):
                owner = self.class_of(body, base)
                facts = program.attribute(owner, name) if owner is not None else None
                return self._constructed(owner.path, owner, facts.constructors, depth) if owner and facts else _NOBODY
            case _:
                return _NOBODY

    def _constructed(self, path: str, owner: Class | None, names: Iterable[str], depth: int) -> frozenset[str]:
        """Return what makes the objects that are assigned, functions of the project that make them looked through."""
        found: set[str] = set()
        for name in names:
            if name == "None":
                continue
            callee = name.partition("(")[0]
            targets = self._functions(path, owner, callee)
            made = [self._returned(target, depth) for target in targets]
            if not all(made):
                return _NOBODY
            found.update(*made) if made else found.add(self._resolver.program.qualified(path, name))
        return frozenset(found)

    def _functions(self, path: str, owner: Class | None, callee: str) -> list[Function]:
        found = self._resolver.program.locate(path, callee)
        if found is None and owner is not None and callee.count(".") == 1:
            return self._resolver.methods(owner, callee.partition(".")[2])  # whatever the first parameter is called
        function = found[0].functions.get(found[1]) if found is not None else None
        return [function] if function is not None else []

    def _made_by_call(self, body: Body, call: ops.Call, depth: int) -> frozenset[str]:
        callee = body.rewriter.callee(call)
        targets = self._resolver.targets(body.function, callee)
        if targets:
            made = [self._returned(target, depth) for target in targets]
            return frozenset().union(*made) if all(made) else _NOBODY
        given = [body.constant(var) for var in (*call.args, *(var for _, var in call.keywords))]
        count = f"({given[0] if given else 0})" if len(given) < 2 and None not in given else ""
        return frozenset((self._resolver.program.qualified(body.function.path, callee) + count,))

    def _returned(self, function: Function, depth: int) -> frozenset[str]:
        """Return what makes the objects that a function returns."""
        if not depth or function.facts.is_generator:
            return _NOBODY
        body = self.body(function)
        found: set[str] = set()
        for value in body.returned():
            one = self.makes(body, value, depth - 1)
            if not one:
                return _NOBODY
            found |= one
        return frozenset(found)

    def _kept(self, owner: Class, name: str) -> tuple[Function, ...]:
        """Return the functions that an attribute may hold; none if it may hold one that nobody can name."""
        found: list[Function] = []
        for body, value in self._stores(owner, name):
            functions = self._callables(body, value, DEPTH)
            if functions is None:
                return ()
            found.extend(functions)
        return tuple(dict.fromkeys(found))

    def _stores(self, owner: Class, name: str) -> Iterator[tuple[Body, ops.Var]]:
        """Yield what methods of a class store in an attribute of the object."""
        for member in self._resolver.program.members(owner):
            if not any(write.place.steps == (name,) and write.place.kind == "self" for write in member.facts.writes):
                continue
            body = self.body(member)
            for op in body.stores(name):
                if body.rewriter.describe(op.base) == "self":
                    yield body, op.value

    def _callables(self, body: Body, var: ops.Var, depth: int) -> list[Function] | None:
        """Return the functions that a variable may hold; None if it may hold one that nobody can name."""
        makers = body.rewriter.makers(var)
        if not makers:
            return self._passed(body, var)
        found: list[Function] = []
        for made in makers:
            match made:
                case ops.Move(_, source, _) if depth:
                    more = self._callables(body, source, depth - 1)
                case ops.LoadAttr(_, base, _, _):
                    text = body.rewriter.describe(made.into)
                    more = list(self._resolver.targets(body.function, text)) if base == MODULE or text else None
                    more = more or None
                case ops.Const(_, "None", _):
                    more = []
                case _:
                    more = None
            if more is None:
                return None
            found.extend(more)
        return found

    def _passed(self, body: Body, name: ops.Var) -> list[Function] | None:
        """Return the function that a parameter stands for by its default, if nobody in sight passes another."""
        params = body.rewriter.ir.params
        param = next((one for one in params if one.name == name and one.default), None)
        cls = self._resolver.program.class_of(body.function)
        if param is None or cls is None or body.function.short != "__init__" or self._is_passed(body, cls, name):
            return None
        if param.default == "None":
            return []
        found = self._resolver.program.locate(body.function.path, param.default)
        function = found[0].functions.get(found[1]) if found is not None else None
        return [function] if function is not None else None

    def _is_passed(self, body: Body, cls: Class, name: ops.Var) -> bool:
        """Tell whether somebody who makes an object of a class, or of one that inherits, passes a parameter."""
        names = [param.name for param in body.rewriter.ir.params]
        place = names.index(name) - 1
        family = (cls, *self._resolver.program.descendants(cls))
        for short in {one.name.rpartition(".")[2] for one in family} | {"__init__"}:
            for caller, site in self.calls.named(short):
                if is_aside(caller.path) or not self._makes_one(caller, site.callee, family):
                    continue
                for call in self.body(caller).calls(site.callee):
                    keys = [key for key, _ in call.keywords]
                    if name in keys or len(call.args) > place:
                        return True
        return False

    def _makes_one(self, caller: Function, callee: str, family: tuple[Class, ...]) -> bool:
        if callee == "super().__init__":
            return self._resolver.program.class_of(caller) in family
        return self._resolver.program.find_class(caller.path, callee) in family


_NOBODY: frozenset[str] = frozenset()


def _is_none(made: ops.Op) -> bool:
    return isinstance(made, ops.Const) and made.text == "None"
