"""The survey of one file: read the tree once, then resolve the names of each function."""

from __future__ import annotations

import ast
import gc
import sys
import threading
from contextlib import suppress
from itertools import chain

from asynclint.errors import UnreadableError
from asynclint.survey import calls, statements
from asynclint.survey.classes import Attributes, ReadClass, constants
from asynclint.survey.facts import NO_NAMES, AttributeFacts, CallSite, FunctionFacts, ModuleFacts
from asynclint.survey.functions import Read, call_sites, enclosing_function, facts_of
from asynclint.survey.positions import Columns
from asynclint.survey.reading import parse
from asynclint.survey.resolve import FunctionNames, ModuleNames
from asynclint.survey.scope import Scope
from asynclint.survey.visiting import run

assert calls and statements, "importing them enters their handlers"

_DEEP_RECURSION = 100_000
_DEEP_STACK = 512 * 1024 * 1024


def survey(path: str, text: str) -> ModuleFacts:
    """Read one file with the standard library's parser.

    Raises `UnreadableError`, with line and column, where that is impossible.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        tree = parse(text)
        try:
            return _Survey(path, text).read(tree)
        except RecursionError:
            return _with_deep_stack(path, text, tree)
    finally:
        if enabled:
            gc.enable()


def _with_deep_stack(path: str, text: str, tree: ast.Module) -> ModuleFacts:
    """Read a tree whose expressions are chained too long for the usual stack."""
    found: list[ModuleFacts] = []

    def read() -> None:
        with suppress(RecursionError, MemoryError):
            found.append(_Survey(path, text).read(tree))

    limit, stack = sys.getrecursionlimit(), threading.stack_size(_DEEP_STACK)
    sys.setrecursionlimit(_DEEP_RECURSION)
    try:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(stack)
    if not found:
        raise UnreadableError("The code is nested too deeply to be analysed.")
    return found[0]


class _Survey:
    """The reading of one file: scopes first, in the order in which they open, then facts."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.columns = Columns(text)
        self.module = Scope("module", "", None)
        self.functions: list[Read] = []
        self.classes: list[ReadClass] = []
        self.class_of: dict[int, ReadClass] = {}

    def read(self, tree: ast.Module) -> ModuleFacts:
        """Read everything and put the facts together."""
        run(tree.body, self.module)
        self._definitions(self.module)
        imports = self._imports()
        declared = self._declared()
        names = ModuleNames(self.module, self._class_names(), imports, declared)
        functions = self._function_facts(names)
        return ModuleFacts(
            path=self.path,
            imports=tuple(imports.items()),
            classes=tuple([one.facts() for one in self.classes]),
            functions=functions,
            globals=self._globals(names, declared),
            top_level_calls=self._top_level_calls(),
            constants=constants(self.module, *(one.scope for one in self.classes)),
        )

    def _definitions(self, scope: Scope) -> None:
        """Read the definitions in a scope, and those in them."""
        prefix = f"{scope.name}." if scope.name else ""
        for node in scope.pending:
            if isinstance(node, ast.ClassDef):
                inner = Scope("class", prefix + node.name, scope)
                run(node.body, inner)
                found = ReadClass(node, inner)
                self.classes.append(found)
                self.class_of[id(inner)] = found
            else:
                inner = Scope("function", prefix + node.name, scope, isinstance(node, ast.AsyncFunctionDef))
                self.functions.append(Read(node, inner))
                run(node.body, inner)
            self._definitions(inner)

    def _imports(self) -> dict[str, str]:
        """Return the imports of the module, then those of its functions under names that the module leaves free."""
        imports = dict(self.module.imported)
        for one in self.classes:
            for name, origin in one.scope.imported.items():
                imports.setdefault(name, origin)
        for read in self.functions:
            for name, origin in read.scope.imported.items():
                if name not in self.module.bound:
                    imports.setdefault(name, origin)
        return imports

    def _declared(self) -> set[str]:
        """Return the names that some function declares `global`."""
        found: set[str] = set()
        for read in self.functions:
            if read.scope.declared:
                found |= read.scope.declared - read.scope.nonlocals
        return found

    def _class_names(self) -> set[str]:
        return {node.name for node in self.module.pending if isinstance(node, ast.ClassDef)}

    def _function_facts(self, module: ModuleNames) -> tuple[FunctionFacts, ...]:
        names_of: dict[int, FunctionNames] = {}
        for read in self.functions:
            scope = read.scope
            enclosing = enclosing_function(scope)
            outer = names_of[id(enclosing)] if enclosing is not None else None
            params = frozenset([name for name, _ in read.params])
            read.names = names_of[id(scope)] = FunctionNames(scope, params, module, outer)
            if scope.assigned and scope.self_class is not None:
                self.class_of[id(scope.self_class)].attributes.add(scope.assigned, dict(read.params))
        free = self._free()
        return tuple(
            [
                facts_of(read, names_of[id(read.scope)], free.get(id(read.scope), NO_NAMES), self.columns)
                for read in self.functions
            ]
        )

    def _free(self) -> dict[int, frozenset[str]]:
        """Return the free names of functions, those that only pass through to a function within included."""
        found: dict[int, frozenset[str]] = {}
        through: dict[int, set[str]] = {}
        for read in reversed(self.functions):
            scope, names = read.scope, read.names
            enclosing = enclosing_function(scope)
            if names is None or enclosing is None:
                continue
            used = scope.names | scope.nonlocals | through.get(id(scope), set())
            free = {name for name in used if names.is_free(name)}
            if free:
                found[id(scope)] = frozenset(free)
                through.setdefault(id(enclosing), set()).update(free)
        return found

    def _globals(self, names: ModuleNames, declared: set[str]) -> tuple[tuple[str, AttributeFacts], ...]:
        found = Attributes()
        found.add(self.module.assigned, {})
        for read in self.functions:
            for name in read.scope.declared & declared:
                found.add([(name, None, None)], {})
        return found.facts(names.variables)

    def _top_level_calls(self) -> tuple[CallSite, ...]:
        return call_sites(chain(self.module.calls, *(one.scope.calls for one in self.classes if one.scope.calls)))
