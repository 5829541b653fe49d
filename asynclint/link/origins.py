"""Where a value comes from: the class of an object, what has made it, and the functions that are kept under a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from asynclint.ir import ops
from asynclint.ir.places import MODULE
from asynclint.link.bodies import Body
from asynclint.link.callgraph import CallGraph
from asynclint.link.contents import Contents
from asynclint.link.kept import Kept
from asynclint.link.program import Class, Function
from asynclint.link.resolve import Resolver

DEPTH = 6
PAIRS = "items"
ALIKE = frozenset(("values", "copy", "list", "tuple", "sorted", "set", "reversed"))
"""What gives the elements of a container once more."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Answers about values of one program, by following them back; `body` gives the ops of a function."""

    calls: CallGraph
    contents: Contents
    body: Callable[[Function], Body]

    @property
    def _kept(self) -> Kept:
        return Kept(self.calls, self.body)

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
        return tuple(self._resolver.methods(owner, call.method)) or self._kept.functions(owner, call.method)

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
            case ops.Iterate() | ops.LoadItem() | ops.Compute(_, "item", _, _):
                container = _container(body, made)
                return self._class_inside(body, container, depth) if container is not None else None
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
        for body, value in self._kept.stores(owner, name):
            if not any(map(_is_none, body.rewriter.makers(value))):
                found.add(self.class_of(body, value, depth))
        return found.pop() if len(found) == 1 else None

    def _class_inside(self, body: Body, container: ops.Var, depth: int) -> Class | None:
        """Return the class of the elements, or values, of a container: as it is declared, or as it is filled."""
        container = _original(body, container)
        made = body.source(container)
        if not isinstance(made, ops.LoadAttr):
            annotation = dict(body.function.facts.params).get(container, "")
            return self._resolver.element(body.function.path, annotation)
        owner = self.class_of(body, made.base, depth)
        facts = self._resolver.program.attribute(owner, made.name) if owner is not None else None
        if owner is None or facts is None:
            return None
        said = self._resolver.element(owner.path, facts.annotation)
        if said is not None:
            return said
        found = {
            self.class_of(other, value, depth) if value is not None else None
            for other, value in self._put(owner, made.name, depth)
        }
        return found.pop() if len(found) == 1 else None

    def _put(self, owner: Class, name: str, depth: int) -> Iterator[tuple[Body, ops.Var | None]]:
        """Yield what is put into a container in an attribute; of an object that nobody knows it may be this one."""
        family = self._resolver.program.family(owner)
        for body, base, value in self.contents.put(name, self.body) if depth else ():
            cls = self.class_of(body, base, depth - 1)
            if cls is None or cls in family:
                yield body, value

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
            case ops.Iterate() | ops.LoadItem() | ops.Compute(_, "item", _, _):
                container = _container(body, made)
                return self._made_inside(body, container, depth) if container is not None else _NOBODY
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

    def _made_inside(self, body: Body, container: ops.Var, depth: int) -> frozenset[str]:
        """Return what makes the elements of a container in an attribute."""
        made = body.source(_original(body, container))
        owner = self.class_of(body, made.base, depth) if isinstance(made, ops.LoadAttr) else None
        if owner is None or not isinstance(made, ops.LoadAttr) or not self._begins_empty(owner, made.name):
            return _NOBODY
        found = [
            self.makes(other, value, depth) if value is not None else _NOBODY
            for other, value in self._put(owner, made.name, depth)
        ]
        return frozenset().union(*found) if all(found) else _NOBODY

    def _begins_empty(self, owner: Class, name: str) -> bool:
        """Tell whether all that is stored in an attribute are containers that are still empty."""
        for body, value in self._kept.stores(owner, name):
            made = body.source(value)
            empty = (isinstance(made, ops.New) and not made.parts) or (isinstance(made, ops.Call) and not made.args)
            if not empty:
                return False
        return True

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


_NOBODY: frozenset[str] = frozenset()


def _is_none(made: ops.Op) -> bool:
    return isinstance(made, ops.Const) and made.text == "None"


def _container(body: Body, made: ops.Op) -> ops.Var | None:
    """Return the container of which an op makes an element, or the value of a pair that `items` gives."""
    match made:
        case ops.Iterate(_, iterable, _, _):
            return iterable
        case ops.LoadItem(_, base, _, _, _, _):
            return base
        case ops.Compute(into, "item", (pair,), _):
            step = body.source(pair)
            parts = body.parts(pair)
            paired = isinstance(step, ops.Iterate) and len(parts) == 2 and into == parts[1]
            inner = body.source(_original(body, step.iterable)) if paired and isinstance(step, ops.Iterate) else None
            return inner.receiver if isinstance(inner, ops.Call) and inner.method == PAIRS else None
        case _:
            return None


def _original(body: Body, container: ops.Var) -> ops.Var:
    """Return the container of which another is a copy, or that gives its values."""
    for _ in range(DEPTH):
        made = body.source(container)
        if not isinstance(made, ops.Call) or made.method not in ALIKE:
            break
        inner = made.receiver if made.receiver is not None else made.args[0] if made.args else None
        if inner is None:
            break
        container = inner
    return container
