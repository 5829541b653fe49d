"""The margin-mark grammar: comments on source lines that say what is found there.

    self.n = n + 1  # error: ARC101 "text that the message contains"; suspend

A comment is a list of marks, separated by semicolons. A mark is `error: CODE`, with or without a quoted text, or a
role of the trace: `check`, `read`, `suspend`, `write`, `acquire`, `release`, `rival`. A comment that begins like a mark
must be one. What the marks demand:

- Each finding stands on a line with an `error` mark of its code, and each `error` mark has a finding.
- Roles are optional. Where a function has marks of a role, every finding in it has a step of this role, all of them on
  marked lines, and every mark is met. `rival` marks count for the whole class, or for all that is in no class.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast, get_args

from asynclint.findings import Confidence, Finding, Role

ROLES: tuple[Role, ...] = get_args(Role)

_BEGINS = re.compile(rf"#\s*(error\b|({'|'.join(ROLES)})\s*(;|$))")
_ERROR = re.compile(r'error: (?P<code>ARC\d{3})(?: "(?P<text>[^"]+)")?')
_CONFIDENCE = re.compile(r"# min-confidence: (low|medium|high)")


class MarkError(Exception):
    """A comment that begins like a mark and is none."""


@dataclass(frozen=True, slots=True)
class ErrorMark:
    """A finding that is expected on a line."""

    line: int
    code: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RoleMark:
    """A step that the findings around it are expected to have."""

    line: int
    role: Role


@dataclass(frozen=True, slots=True)
class Scope:
    """The lines of a function or class."""

    name: str
    first: int
    last: int

    def holds(self, line: int) -> bool:
        """Say whether a line lies inside."""
        return self.first <= line <= self.last


@dataclass(frozen=True, slots=True)
class Expectations:
    """All marks of a file, and the functions and outermost classes that they stand in."""

    errors: tuple[ErrorMark, ...]
    roles: tuple[RoleMark, ...]
    functions: tuple[Scope, ...]
    classes: tuple[Scope, ...]
    min_confidence: Confidence

    def function_at(self, line: int) -> Scope | None:
        """Return the innermost function around a line."""
        around = [scope for scope in self.functions if scope.holds(line)]
        return max(around, key=lambda scope: scope.first, default=None)

    def class_at(self, line: int) -> Scope | None:
        """Return the outermost class around a line."""
        return next((scope for scope in self.classes if scope.holds(line)), None)


def read_expectations(text: str) -> Expectations:
    """Read the marks of a file; its source must be valid Python."""
    errors: list[ErrorMark] = []
    roles: list[RoleMark] = []
    for line, comment in comments(text):
        for mark in marks(comment, line):
            if isinstance(mark, ErrorMark):
                errors.append(mark)
            else:
                roles.append(mark)
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    confidence = _CONFIDENCE.fullmatch(text.partition("\n")[0].rstrip())
    return Expectations(
        tuple(errors),
        tuple(roles),
        tuple(map(_scope, functions)),
        tuple(_scope(node) for node in tree.body if isinstance(node, ast.ClassDef)),
        cast(Confidence, confidence[1]) if confidence else "medium",
    )


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each comment; never text inside strings."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def marks(comment: str, line: int) -> list[ErrorMark | RoleMark]:
    """Read one comment; an ordinary comment has no marks."""
    if not _BEGINS.match(comment):
        return []
    found: list[ErrorMark | RoleMark] = []
    for part in comment.lstrip("#").split(";"):
        mark = part.strip()
        error = _ERROR.fullmatch(mark)
        if error:
            found.append(ErrorMark(line, error["code"], error["text"]))
        elif mark in ROLES:
            found.append(RoleMark(line, mark))
        else:
            raise MarkError(f"line {line}: {mark!r} is not a mark")
    return found


def mismatches(expected: Expectations, findings: Sequence[Finding]) -> list[str]:
    """Compare marks and findings of one file; return a sentence for each difference, none if they agree."""
    return [
        *_unmarked(expected, findings),
        *_unmet(expected, findings),
        *_wrong_steps(expected, findings),
        *_unmet_roles(expected, findings),
    ]


def _unmarked(expected: Expectations, findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        if not any(_meets(finding, mark) for mark in expected.errors):
            yield f"line {finding.span.line}: unmarked {finding.code} [{finding.confidence}] {finding.message}"


def _unmet(expected: Expectations, findings: Iterable[Finding]) -> Iterator[str]:
    known = list(findings)
    for mark in expected.errors:
        met = sum(_meets(finding, mark) for finding in known)
        if met != 1:
            wanted = f' "{mark.text}"' if mark.text else ""
            yield f"line {mark.line}: {met} findings for the mark {mark.code}{wanted}"


def _meets(finding: Finding, mark: ErrorMark) -> bool:
    at_mark = finding.span.line == mark.line and finding.code == mark.code
    return at_mark and (mark.text is None or mark.text in finding.message)


def _wrong_steps(expected: Expectations, findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        for role in ROLES:
            marked = [mark.line for mark in expected.roles if _concerns(expected, mark, finding, role)]
            if not marked:
                continue
            lines = [step.span.line for step in finding.trace if step.role == role]
            if not lines or not set(lines) <= set(marked):
                yield f"line {finding.span.line}: {finding.code} has {role} at {lines}, marked at {marked}"


def _unmet_roles(expected: Expectations, findings: Sequence[Finding]) -> Iterator[str]:
    for mark in expected.roles:
        steps = [
            step.span.line
            for finding in findings
            if _concerns(expected, mark, finding, mark.role)
            for step in finding.trace
            if step.role == mark.role
        ]
        if mark.line not in steps:
            yield f"line {mark.line}: no finding has a {mark.role} here"


def _concerns(expected: Expectations, mark: RoleMark, finding: Finding, role: Role) -> bool:
    if mark.role != role:
        return False
    if role == "rival":
        return expected.class_at(mark.line) == expected.class_at(finding.span.line)
    return expected.function_at(mark.line) == expected.function_at(finding.span.line)


def _scope(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> Scope:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return Scope(node.name, first, node.end_lineno or node.lineno)
