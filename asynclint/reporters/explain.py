"""What `asynclint explain` prints, and the README's rule table: both made from the pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asynclint.reporters.terminal import Paint
from asynclint.rulebook import Rule


def explain(rule: Rule, color: bool = False) -> Iterator[str]:
    """Yield a rule's page, its declaration told in one line."""
    paint = Paint(color)
    yield paint(f"{rule.code} {rule.name}", "bold")
    yield f"{paint(rule.severity, rule.severity)}, {rule.status} since {rule.since}"
    yield ""
    yield rule.summary
    for heading, body in rule.sections:
        yield ""
        yield paint(heading, "bold")
        yield ""
        yield from _body(body, paint)


def list_rules(rules: Iterable[Rule], color: bool = False) -> Iterator[str]:
    """Yield one line for each rule: code, name, severity, status and what it finds."""
    paint = Paint(color)
    known = tuple(rules)
    names = max((len(rule.name) for rule in known), default=0)
    for rule in known:
        severity = paint(f"{rule.severity:<7}", rule.severity)
        yield f"{paint(rule.code, 'bold')}  {rule.name:<{names}}  {severity}  {rule.status:<10}  {rule.summary}"


def rule_table(rules: Iterable[Rule]) -> str:
    """Return the README's table of rules, as Markdown."""
    rows = [f"| [{rule.code}](rules/{rule.page}) | {rule.name} | {rule.summary} |" for rule in rules]
    return "\n".join(["| code | name | finds |", "|---|---|---|", *rows])


def _body(text: str, paint: Paint) -> Iterator[str]:
    """Yield a section's lines: fences left out, code indented."""
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced:
            yield paint(f"    {line}".rstrip(), "place")
        else:
            yield line
