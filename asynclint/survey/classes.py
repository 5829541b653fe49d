"""What is known of the attributes of a class and the globals of a module."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from asynclint.survey.facts import AttributeFacts, ClassFacts, attribute_facts
from asynclint.survey.names import annotation_text, class_name, constructors
from asynclint.survey.scope import Scope

Assigned = tuple[str, ast.expr | None, ast.expr | None]


class Attributes:
    """Constructors and annotations by name, collected; the first annotation stands."""

    __slots__ = ("_annotations", "_constructors")

    def __init__(self) -> None:
        self._constructors: dict[str, set[str]] = {}
        self._annotations: dict[str, str] = {}

    def add(self, assigned: Iterable[Assigned], annotations: dict[str, str]) -> None:
        """Add assignments; `annotations` are those of the parameters that may be assigned."""
        for name, value, annotation in assigned:
            known = self._constructors.setdefault(name, set())
            if annotation is not None and not self._annotations.get(name):
                self._annotations[name] = annotation_text(annotation)
            if value is None:
                continue
            if isinstance(value, ast.Name):
                text = annotations.get(value.id, "")
                if text and not self._annotations.get(name):
                    self._annotations[name] = text
            else:
                known.update(constructors(value))

    def facts(self, only: frozenset[str] | set[str] | None = None) -> tuple[tuple[str, AttributeFacts], ...]:
        """Return what was collected, in the order of the first assignment."""
        return tuple(
            [
                (name, attribute_facts(frozenset(known), self._annotations.get(name, "")))
                for name, known in self._constructors.items()
                if only is None or name in only
            ]
        )


def constants(*scopes: Scope) -> tuple[tuple[str, str], ...]:
    """Return the numbers and truths that the bodies of a module and of its classes give names."""
    found: dict[str, str] = {}
    for scope in scopes:
        prefix = f"{scope.name}." if scope.name else ""
        for name, value, _ in scope.assigned:
            if isinstance(value, ast.Constant) and isinstance(value.value, int):
                found[prefix + name] = str(value.value)
    return tuple(found.items())


class ReadClass:
    """A class that was read."""

    __slots__ = ("attributes", "node", "scope")

    def __init__(self, node: ast.ClassDef, scope: Scope) -> None:
        self.node = node
        self.scope = scope
        self.attributes = Attributes()
        self.attributes.add(scope.assigned, {})

    def facts(self) -> ClassFacts:
        """Put together the facts of the class, once all its methods were read."""
        node = self.node
        methods = [one.name for one in self.scope.pending if not isinstance(one, ast.ClassDef)]
        return ClassFacts(
            name=self.scope.name,
            bases=tuple([name for base in node.bases if (name := class_name(base))]),
            decorators=tuple([class_name(one) for one in node.decorator_list]),
            methods=tuple(dict.fromkeys(methods)),
            attributes=self.attributes.facts(),
            line=node.lineno,
            end_line=node.end_lineno or node.lineno,
        )
