"""The order of events that breaks the code, in two columns: one task a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from asynclint.findings import Finding, Role, Step
from asynclint.reporters.terminal import Paint, fit, visible, width

_VERBS: dict[Role, str] = {
    "check": "checks",
    "read": "reads",
    "suspend": "gives way",
    "write": "writes",
    "acquire": "takes",
    "release": "releases",
    "rival": "runs",
}
_VERB_WIDTH = max(map(len, _VERBS.values()))
_WIDEST = 56

Source = Callable[[str], Sequence[str]]


def interleaving(finding: Finding, source: Source, paint: Paint) -> Iterator[str]:
    """Yield the two-column table; nothing for a finding that names no rival or no window."""
    steps = in_order(finding.trace)
    own = [step for step in steps if step.role != "rival"]
    rivals = [step for step in steps if step.role == "rival"]
    if not rivals or len(own) < 2:
        return
    crowded = {place for place, count in Counter((step.path, step.span.line) for step in own).items() if count > 1}
    digits = max(len(str(step.span.line)) for step in steps)
    told = [
        _cell(step, digits, finding.path, source, step.role != "rival" and (step.path, step.span.line) in crowded)
        for step in steps
    ]
    first, second = visible(f"task 1: {own[-1].function}"), visible(f"task 2: {rivals[0].function}")
    rows = [(step.role == "rival", cell) for step, cell in zip(steps, told, strict=True)]
    left = _column(first, [cell for is_rival, cell in rows if not is_rival])
    right = _column(second, [cell for is_rival, cell in rows if is_rival])
    bar = paint("|", "dim")
    yield f"{paint(fit(first, left), 'bold')} {bar} {paint(fit(second, right).rstrip(), 'bold')}"
    yield paint(f"{'-' * left}-+-{'-' * right}", "dim")
    for is_rival, cell in rows:
        if is_rival:
            yield f"{' ' * left} {bar} {paint(fit(cell, right).rstrip(), 'rival')}"
        else:
            yield f"{fit(cell, left)} {bar}"


def in_order(trace: Sequence[Step]) -> list[Step]:
    """Return the steps as they happen: a rival listed after everything else goes behind the last suspension."""
    own = [step for step in trace if step.role != "rival"]
    trailing = list(trace[len(own) :])
    suspensions = [number for number, step in enumerate(own) if step.role == "suspend"]
    if not suspensions or any(step.role != "rival" for step in trailing):
        return list(trace)
    after = suspensions[-1] + 1
    return [*own[:after], *trailing, *own[after:]]


def _column(title: str, cells: Sequence[str]) -> int:
    return min(_WIDEST, max(width(text) for text in (title, *cells)))


def _cell(step: Step, digits: int, path: str, source: Source, narrow: bool) -> str:
    """Tell one step: its line, what it does, and the code: the whole line, or the span where the line does more."""
    line = f"{step.span.line:>{digits}}" if step.path == path else f"{step.path.rpartition('/')[2]}:{step.span.line}"
    code = _code(step, source(step.path), narrow) or step.note
    return visible(f"{line} {_VERBS[step.role]:<{_VERB_WIDTH}} {code}".rstrip())


def _code(step: Step, lines: Sequence[str], narrow: bool) -> str:
    span = step.span
    if not 0 < span.line <= len(lines):
        return ""
    line = lines[span.line - 1]
    if narrow:
        end = span.end_column - 1 if span.end_line == span.line else len(line)
        return line[span.column - 1 : end].strip()
    return _without_comment(line).strip()


def _without_comment(line: str) -> str:
    """Drop a trailing comment; a hash that a string may hold is left alone."""
    code, hash_sign, comment = line.partition("  #")
    return line if not hash_sign or any(quote in comment for quote in "\"'") else code
