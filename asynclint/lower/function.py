"""From the facts of a function and its file's text to its intermediate representation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from asynclint.errors import UnreadableError
from asynclint.ir.graph import FunctionIR, Param, ParamKind
from asynclint.lower import calls, conditions, control, displays, guarding, matching, nested, statements
from asynclint.lower.assembly import close
from asynclint.lower.builder import Builder
from asynclint.lower.dispatch import suite
from asynclint.lower.keys import dotted
from asynclint.lower.names import declared, parameters
from asynclint.survey.facts import FunctionFacts
from asynclint.syntax.deep import with_deep_stack
from asynclint.syntax.positions import SourceMap
from asynclint.syntax.slices import Slice, cut, function_in, parse, split_lines

HANDLERS = (calls, conditions, control, displays, guarding, matching, nested, statements)
"""The modules whose import fills the dispatch tables."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """A function's representation, and where its ops stand in the file."""

    ir: FunctionIR
    positions: SourceMap


def lower(facts: FunctionFacts, source: str | Sequence[str], path: str) -> Lowered:
    """Lower one function of a file.

    `source` is the file's text, or its lines as `split_lines` gives them, which is cheaper for many functions of one
    file. Raises `UnreadableError` where the function cannot be parsed, or is nested too deep.
    """
    lines = split_lines(source) if isinstance(source, str) else source
    piece = cut(lines, facts.line, facts.end_line, facts.column, path)
    ir, module, nodes = _parsed(facts, piece)
    return Lowered(ir, SourceMap(module, piece, nodes, lambda: _parsed(facts, piece)[1:]))


def _parsed(facts: FunctionFacts, piece: Slice) -> tuple[FunctionIR, cst.Module, list[cst.CSTNode]]:
    module = parse(piece)
    node = function_in(module, piece)
    try:
        ir, nodes = with_deep_stack(lambda: _lower(facts, node, piece))
    except UnreadableError as error:
        raise UnreadableError(error.message, facts.line) from None
    except RecursionError:
        raise UnreadableError(f"{facts.name} is nested too deep to be analysed", facts.line) from None
    return ir, module, nodes


def _lower(facts: FunctionFacts, node: cst.FunctionDef, piece: Slice) -> tuple[FunctionIR, list[cst.CSTNode]]:
    params = _params(facts, node)
    outer, enclosing = frozenset[str](), frozenset[str]()
    if "global " in piece.text or "nonlocal " in piece.text:
        outer, enclosing = declared(node.body)
    names = (facts.bindings | {param.name for param in params}) - outer - enclosing
    b = Builder(facts.name, names, (facts.free | enclosing) - names - outer, facts.is_async and facts.is_generator)
    suite(b, node.body)
    b.jump(Builder.EXIT)
    return FunctionIR(facts.name, params, facts.is_async, facts.is_generator, close(b)), b.nodes


def _params(facts: FunctionFacts, node: cst.FunctionDef) -> tuple[Param, ...]:
    keyword_only = {id(parameter) for parameter in node.params.kwonly_params}
    found: list[Param] = []
    for number, parameter in enumerate(parameters(node.params)):
        kind: ParamKind = "param"
        variadic = parameter.star in ("*", "**")
        if number == 0 and not variadic and facts.kind in ("method", "classmethod"):
            kind = "self" if facts.kind == "method" else "cls"
        default = _default(parameter.default)
        found.append(Param(parameter.name.value, kind, variadic, id(parameter) in keyword_only, default))
    return tuple(found)


def _default(node: cst.BaseExpression | None) -> str:
    if isinstance(node, cst.Integer | cst.SimpleString):
        return node.value
    return (dotted(node) or "") if node is not None else ""
