"""Reading the patterns of `match`: what they load and bind."""

from __future__ import annotations

import ast

from asynclint.survey.expressions import load
from asynclint.survey.scope import ITEM, Scope, Value, bind_name, elements, step_on
from asynclint.survey.visiting import HANDLERS


def match_pattern(pattern: ast.pattern, subject: Value, scope: Scope) -> None:
    """Read a pattern that is matched against what `subject` may denote."""
    match pattern:
        case ast.MatchAs(pattern=inner, name=name):
            if inner is not None:
                match_pattern(inner, subject, scope)
            _bind(name, subject, pattern, scope)
        case ast.MatchOr(patterns=parts):
            for part in parts:
                match_pattern(part, subject, scope)
        case ast.MatchClass():
            _match_class(pattern, subject, scope)
        case ast.MatchValue(value=value):
            HANDLERS[value.__class__](value, scope)
        case ast.MatchSequence() | ast.MatchMapping():
            _match_container(pattern, subject, scope)
        case _:
            pass


def _match_container(pattern: ast.MatchSequence | ast.MatchMapping, subject: Value, scope: Scope) -> None:
    if isinstance(pattern, ast.MatchMapping):
        for key in pattern.keys:
            HANDLERS[key.__class__](key, scope)
        _bind(pattern.rest, elements(subject), pattern, scope)
    for part in pattern.patterns:
        if isinstance(part, ast.MatchStar):
            _bind(part.name, elements(subject), part, scope)
        else:
            match_pattern(part, load(step_on(subject, ITEM), scope), scope)


def _match_class(pattern: ast.MatchClass, subject: Value, scope: Scope) -> None:
    HANDLERS[pattern.cls.__class__](pattern.cls, scope)
    for part in pattern.patterns:
        match_pattern(part, subject, scope)
    for attr, part in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
        match_pattern(part, load(step_on(subject, attr), scope), scope)


def _bind(name: str | None, value: Value, pattern: ast.pattern, scope: Scope) -> None:
    if name is not None:
        bind_name(scope, name, value, pattern)
