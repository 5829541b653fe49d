"""Findings and source text, made by hand, that reporters are tried on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from asynclint.findings import Finding, FixOffer, Replacement, Role, Step
from asynclint.reporters import Report, Summary, split_lines
from asynclint.source import Span

PATH = "src/shop.py"

SHOP = '''\
"""A shop."""


class Account:
    async def deposit(self, amount):
        balance = self.balance  # before
        await self.audit(amount)
        self.balance = balance + amount

    async def bump(self):
\t    self.total += await self.count("日本語", self)

    async def close(self):
        self.balance = 0
'''

MODELS = """\
async def load(row):
    value = row.value
    await row.refresh()
    return value
"""

FILES = {PATH: SHOP, "src/models.py": MODELS}


def span_of(text: str, code: str, occurrence: int = 1) -> Span:
    """Return the place of a piece of code in text that stands on one line."""
    start = -1
    for _ in range(occurrence):
        start = text.index(code, start + 1)
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return Span(line, column, line, column + len(code))


def step(role: Role, code: str, function: str, note: str = "", path: str = PATH, occurrence: int = 1) -> Step:
    """Make a step at a piece of code."""
    return Step(role, path, span_of(FILES[path], code, occurrence), function, note)


def lost_update() -> Finding:
    """A finding with all that a finding can have."""
    name = "Account.deposit"
    write = step("write", "self.balance", name, "written back", occurrence=2)
    return Finding(
        code="ARC101",
        name="lost-update",
        message="`self.balance` is written from a value read before the await",
        severity="error",
        confidence="high",
        path=PATH,
        span=write.span,
        function=name,
        state="self.balance",
        trace=(
            step("read", "self.balance", name),
            step("suspend", "await self.audit(amount)", name),
            write,
            step("rival", "self.balance", "Account.close", occurrence=3),
        ),
        evidence=("`Account.deposit` is spawned in a loop at src/main.py:31", "the class owns a lock"),
        consequence="a deposit is lost",
        fix=FixOffer("safe", "read the balance after the await", (Replacement(Span(5, 9, 6, 1), ""),)),
    )


def torn() -> Finding:
    """A finding whose window is one statement with a tab and wide characters, and whose rival is a second run."""
    name = "Account.bump"
    target = step("write", "self.total", name)
    return Finding(
        code="ARC103",
        name="torn-augmented-assignment",
        message="`self.total` is loaded before the await and stored after it",
        severity="warning",
        confidence="medium",
        path=PATH,
        span=target.span,
        function=name,
        state="self.total",
        trace=(
            replace(target, role="read"),
            step("suspend", 'await self.count("日本語", self)', name),
            target,
            replace(target, role="rival", note="a second run of the same method"),
        ),
    )


def across_files() -> Finding:
    """A finding whose read stands in another file."""
    return replace(
        lost_update(),
        trace=(
            step("read", "row.value", "load", path="src/models.py"),
            step("suspend", "await row.refresh()", "load", path="src/models.py"),
            *lost_update().trace[1:],
        ),
        evidence=(),
        fix=None,
    )


def unparsable() -> Finding:
    """A finding without a function, a trace, and a file that anybody could show."""
    return Finding(
        code="ARC902",
        name="unparsable",
        message="invalid syntax",
        severity="error",
        confidence="high",
        path="src/broken.py",
        span=Span(3, 7, 3, 8),
        function="",
    )


def note() -> Finding:
    """A finding of the least severity."""
    return replace(unparsable(), code="ARC901", name="unused-suppression", severity="info", path=PATH)


def report(*findings: Finding, color: bool = False, suppressed: int = 0, errors: int = 0) -> Report:
    """Make a report of some findings."""
    return Report(findings, Summary(12, len(findings), suppressed, errors), source, color)


def source(path: str) -> Sequence[str]:
    """Return the lines of the files above, and nothing for others."""
    return split_lines(FILES[path]) if path in FILES else ()
