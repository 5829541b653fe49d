"""Ask the command line about one text that an editor holds: a process of its own, which can be ended at any time."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import tokenize
from asyncio.subprocess import PIPE
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypedDict

from asynclint.findings import Applicability, Confidence, Finding, FixOffer, Replacement, Role, Severity, Step
from asynclint.source import Span


class PlaceData(TypedDict):
    """A place as the JSON report has it."""

    line: int
    column: int
    end_line: int
    end_column: int


class EditData(PlaceData):
    """A stretch of text and what comes in its place."""

    text: str


class FixData(TypedDict):
    """A repair on offer."""

    applicability: Applicability
    title: str
    edits: list[EditData]


class StepData(TypedDict):
    """One step of a story; where it ends is not told."""

    role: Role
    path: str
    line: int
    column: int
    function: str
    note: str


class FindingData(PlaceData):
    """A finding as `findings.schema.json` describes it."""

    code: str
    name: str
    message: str
    severity: Severity
    confidence: Confidence
    path: str
    function: str
    state: str | None
    primitive: str | None
    trace: list[StepData]
    evidence: list[str]
    consequence: str
    fix: FixData | None


class ReportData(TypedDict):
    """The whole report, as far as it is read here."""

    findings: list[FindingData]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is found in one text, with absolute paths, and what went wrong: empty if nothing did."""

    findings: tuple[Finding, ...] = ()
    trouble: str = ""


async def found(location: str, text: str) -> Answer:
    """Lint a text that stands for the file at a location; the rest of its project informs, as it is on the disk."""
    folder = _folder(location)
    output, trouble = await _run(location, text, "--output-format", "json")
    try:
        report: ReportData = json.loads(output)
    except ValueError:
        return Answer(trouble=trouble or "asynclint gave no report")
    return Answer(tuple(_absolute(map(_finding, report["findings"]), folder)), trouble)


async def repaired(location: str, text: str) -> str | None:
    """Return a text with the safe repairs made, None where that went wrong."""
    output, _ = await _run(location, text, "--fix")
    return output or None


def _folder(location: str) -> str:
    """Return where the command runs: there the nearest configuration upward is the file's own."""
    folder = os.path.dirname(location)
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return folder


async def _run(location: str, text: str, *options: str) -> tuple[str, str]:
    """Run `asynclint check` over a text; return its output and, where the run went wrong, what it complained of."""
    encoding = _encoding(text)
    command = ("-m", "asynclint", "check", "-", "--stdin-filename", location, "--quiet", *options)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=_folder(location), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        output, complaints = await process.communicate(text.encode(encoding))
    finally:
        if process.returncode is None:  # nobody waits for the answer any more
            process.kill()
            await process.wait()
    wrong = process.returncode not in (0, 1)
    return output.decode(encoding), complaints.decode("utf-8", "replace").strip() if wrong else ""


def _encoding(text: str) -> str:
    """Return the encoding that a text declares, by which it will be read; UTF-8 if it cannot be told in that."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(text.encode()).readline)
        text.encode(encoding)
    except (SyntaxError, UnicodeError):
        return "utf-8"
    return encoding


def _absolute(findings: Iterable[Finding], folder: str) -> Iterable[Finding]:
    for one in findings:
        trace = tuple(replace(step, path=os.path.normpath(os.path.join(folder, step.path))) for step in one.trace)
        yield replace(one, path=os.path.normpath(os.path.join(folder, one.path)), trace=trace)


def _finding(data: FindingData) -> Finding:
    return Finding(
        code=data["code"],
        name=data["name"],
        message=data["message"],
        severity=data["severity"],
        confidence=data["confidence"],
        path=data["path"],
        span=_span(data),
        function=data["function"],
        state=data["state"],
        primitive=data["primitive"],
        trace=tuple(map(_step, data["trace"])),
        evidence=tuple(data["evidence"]),
        consequence=data["consequence"],
        fix=None if data["fix"] is None else _fix(data["fix"]),
    )


def _span(data: PlaceData) -> Span:
    return Span(data["line"], data["column"], data["end_line"], data["end_column"])


def _step(data: StepData) -> Step:
    span = Span(data["line"], data["column"], data["line"], data["column"])
    return Step(data["role"], data["path"], span, data["function"], data["note"])


def _fix(data: FixData) -> FixOffer:
    edits = tuple(Replacement(_span(edit), edit["text"]) for edit in data["edits"])
    return FixOffer(data["applicability"], data["title"], edits)
