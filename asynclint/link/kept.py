"""What is stored in the attributes of an object: the values, and the functions among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from asynclint.ir import ops
from asynclint.ir.places import MODULE
from asynclint.link.bodies import Body
from asynclint.link.callgraph import CallGraph
from asynclint.link.program import Class, Function, is_aside
from asynclint.link.resolve import Resolver

DEPTH = 6


@dataclass(frozen=True, slots=True)
class Kept:
    """Answers about attributes of one program; `body` gives the ops of a function."""

    calls: CallGraph
    body: Callable[[Function], Body]

    @property
    def _resolver(self) -> Resolver:
        return self.calls.resolver

    def functions(self, owner: Class, name: str) -> tuple[Function, ...]:
        """Return the functions that an attribute may hold; none if it may hold one that nobody can name."""
        found: list[Function] = []
        for body, value in self.stores(owner, name):
            functions = self._callables(body, value, DEPTH)
            if functions is None:
                return ()
            found.extend(functions)
        return tuple(dict.fromkeys(found))

    def stores(self, owner: Class, name: str) -> Iterator[tuple[Body, ops.Var]]:
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
