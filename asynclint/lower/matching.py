"""Lowering of `match`."""

from __future__ import annotations

import libcst as cst

from asynclint.ir.ops import Compute, Var
from asynclint.lower.builder import NOTHING_CAUGHT, Builder
from asynclint.lower.conditions import branch_on, decide
from asynclint.lower.dispatch import evaluate, statement, suite
from asynclint.lower.expressions import compute, load_attribute, load_item
from asynclint.lower.keys import key_of
from asynclint.lower.targets import store_name


class _Reading:
    """What one pattern compares with, and what it binds."""

    __slots__ = ("binds", "refutable", "values")

    def __init__(self) -> None:
        self.values: list[Var] = []
        self.binds: list[tuple[cst.Name, Var]] = []
        self.refutable = False


@statement(cst.Match)
def match_statement(b: Builder, node: cst.Match) -> None:
    """Lower `match`: the subject once, then the cases in order."""
    subject = evaluate(b, node.subject)
    after = b.block()
    for case in node.cases:
        following = b.block()
        _case(b, case, subject, following)
        suite(b, case.body)
        b.jump(after)
        b.start(following)
    b.jump(after)
    b.start(after)


def _case(b: Builder, case: cst.MatchCase, subject: Var, otherwise: int) -> None:
    reading = _Reading()
    # A pattern that does not fit raises nothing: what is missing there is no business of the enclosing `try`.
    caught, b.caught = b.caught, NOTHING_CAUGHT
    _read(b, case.pattern, subject, reading)
    b.caught = caught
    if reading.refutable:
        matched = b.block()
        into = b.temp()
        b.ops.append(Compute(into, _comparison(case.pattern), (subject, *reading.values), b.at(case.pattern)))
        branch_on(b, into, "match", case.pattern, matched, otherwise)
        b.start(matched)
    for name, value in reading.binds:
        store_name(b, name, value)
    if case.guard is not None:
        passed = b.block()
        decide(b, case.guard, passed, otherwise, "match")
        b.start(passed)


def _comparison(pattern: cst.CSTNode) -> str:
    """Return how a pattern is compared: a constant alone as PEP 634 says, by identity or as equal."""
    match pattern:
        case cst.MatchSingleton():
            return "is"
        case cst.MatchValue():
            return "=="
        case _:
            return "match"


def _read(b: Builder, pattern: cst.CSTNode, subject: Var, reading: _Reading) -> None:
    match pattern:
        case cst.MatchValue() | cst.MatchSingleton():
            reading.refutable = True
            reading.values.append(evaluate(b, pattern.value))
        case cst.MatchAs():
            if pattern.pattern is not None:
                _read(b, pattern.pattern, subject, reading)
            if pattern.name is not None:
                reading.binds.append((pattern.name, subject))
        case cst.MatchOr() | cst.MatchSequence():
            _read_parts(b, pattern, subject, reading)
        case cst.MatchMapping():
            _read_mapping(b, pattern, subject, reading)
        case cst.MatchClass():
            _read_class(b, pattern, subject, reading)
        case _:
            reading.refutable = True


def _read_parts(b: Builder, pattern: cst.MatchOr | cst.MatchSequence, subject: Var, reading: _Reading) -> None:
    if isinstance(pattern, cst.MatchOr):
        for choice in pattern.patterns:
            _read(b, choice.pattern, subject, reading)
        return
    reading.refutable = True
    for element in pattern.patterns:
        _read_element(b, element, subject, reading)


def _read_element(b: Builder, element: cst.CSTNode, subject: Var, reading: _Reading) -> None:
    if isinstance(element, cst.MatchStar):
        if element.name is not None:
            reading.binds.append((element.name, compute(b, "item", (subject,), element)))
    elif isinstance(element, cst.MatchSequenceElement):
        _read(b, element.value, compute(b, "item", (subject,), element.value), reading)


def _read_mapping(b: Builder, pattern: cst.MatchMapping, subject: Var, reading: _Reading) -> None:
    reading.refutable = True
    for element in pattern.elements:
        key = element.key
        if isinstance(key, (cst.MatchValue, cst.MatchSingleton)):
            variable = evaluate(b, key.value)
            text, names = key_of(b, key.value)
            value = load_item(b, subject, variable, text, names, element)
        else:
            value = compute(b, "item", (subject,), element)
        reading.values.append(value)
        _read(b, element.pattern, value, reading)
    if pattern.rest is not None:
        reading.binds.append((pattern.rest, compute(b, "item", (subject,), pattern.rest)))


def _read_class(b: Builder, pattern: cst.MatchClass, subject: Var, reading: _Reading) -> None:
    reading.refutable = True
    for element in pattern.patterns:
        _read_element(b, element, subject, reading)
    for keyword in pattern.kwds:
        value = load_attribute(b, subject, keyword.key.value, keyword)
        reading.values.append(value)
        _read(b, keyword.pattern, value, reading)
