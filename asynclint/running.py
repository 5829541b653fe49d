"""What `check` does once its arguments are understood: lint, repair or suppress, and say what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asynclint.config import Config, OutputFormat
    from asynclint.discovery import File
    from asynclint.findings import Finding
    from asynclint.outcome import Outcome
    from asynclint.recall import Memory

CLEAN, FINDINGS, WRONG, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True)
class Job:
    """What `check` was asked to do."""

    targets: list[str]
    config: Config
    stdin: File | None
    color: bool
    quiet: bool
    cached: bool


@dataclass(frozen=True)
class Wishes:
    """What is to be done about what is found."""

    fix: bool
    unsafe: bool
    diff: bool
    strict: bool


def lint_and_report(job: Job) -> int:
    """Lint, and return the exit code."""
    memory = _memory(job)
    recalled = memory.outcome(_tells_fixes(job)) if memory is not None else None
    if recalled is not None:
        _report(recalled, recalled.findings, job)
        return recalled.exit_code
    outcome = _found(job, memory)
    findings = _offers(outcome, job, memory)
    _report(outcome, findings, job)
    if memory is not None:
        memory.keep(outcome, findings, _tells_fixes(job))
    return outcome.exit_code


def _memory(job: Job) -> Memory | None:
    from asynclint.recall import recall

    return recall(job.targets, job.config, job.stdin) if job.cached else None


def _found(job: Job, memory: Memory | None) -> Outcome:
    from asynclint.engine import lint
    from asynclint.progress import shown

    with shown(wanted=not job.quiet) as progress:
        return lint(job.targets, job.config, job.stdin, progress, memory=memory)


def repair_and_report(job: Job, wishes: Wishes) -> int:
    """Repair what can be repaired, and report the rest; or show the difference."""
    from asynclint import mending
    from asynclint.progress import shown
    from asynclint.repair import repair

    with shown(wanted=not job.quiet) as progress:
        repaired = repair(job.targets, job.config, wishes.unsafe, job.stdin, progress, _memory(job))
    failed: dict[str, str] = {}
    if wishes.diff:
        print_lines(mending.difference(repaired.changes))
    elif job.stdin is not None:
        _write(mending.content(repaired.changes, job.stdin))
        failed = mending.write(repaired.changes, job.stdin)
    else:
        failed = mending.write(repaired.changes)
        _report(repaired.outcome, _offers(repaired.outcome, job), job)
    complain(*failed.values(), *([] if job.quiet else mending.summary(repaired, failed, would=wishes.diff)))
    if failed or repaired.outcome.problems:
        return WRONG
    if wishes.diff:
        return FINDINGS if repaired.changes else CLEAN
    return FINDINGS if wishes.strict and repaired.made else repaired.outcome.exit_code


def suppress_all(job: Job, reason: str, diff: bool) -> int:
    """Write a suppression at every finding, or show the difference."""
    from asynclint import mending
    from asynclint.ignores import add_ignores

    outcome = _found(job, _memory(job))
    ignored = add_ignores(outcome, reason)
    failed: dict[str, str] = {}
    if diff:
        print_lines(mending.difference(ignored.changes))
    else:
        if job.stdin is not None:
            _write(mending.content(ignored.changes, job.stdin))
        failed = mending.write(ignored.changes, job.stdin)
    verb = "would write" if diff else "wrote"
    written = [one.path for one in ignored.changes if one.path not in failed and not job.quiet]
    complain(*outcome.problems, *ignored.failures, *failed.values())
    complain(*(f"{verb} suppressions into {path}" for path in written))
    if ignored.failures or failed or outcome.problems:
        return WRONG
    return FINDINGS if diff and ignored.changes else CLEAN


def complain(*sentences: str) -> None:
    """Say something about the run on standard error, a line a sentence."""
    for sentence in sentences:
        sys.stderr.write(f"asynclint: {sentence}\n")
    sys.stderr.flush()


def _format(config: Config) -> OutputFormat:
    return config.output_format or ("full" if sys.stdout.isatty() else "concise")


def _report(outcome: Outcome, findings: tuple[Finding, ...], job: Job) -> None:
    from asynclint.reporters import Report, Summary, render, split_lines

    output_format = _format(job.config)

    def lines(path: str) -> list[str]:
        return split_lines(outcome.sources.text(path) or "")

    summary = Summary(outcome.files, len(outcome.findings), outcome.suppressed, outcome.errors)
    machine = output_format in ("json", "github")
    print_lines(render(Report(findings, summary, lines, job.color and not machine), output_format))
    complain(*outcome.problems, *([] if job.quiet else outcome.notes))


def _tells_fixes(job: Job) -> bool:
    """Tell whether the report says which fixes are on offer."""
    return _format(job.config) in ("full", "json")


def _offers(outcome: Outcome, job: Job, memory: Memory | None = None) -> tuple[Finding, ...]:
    """Return the findings, with the fixes that are on offer where the report says so."""
    if not outcome.findings or not _tells_fixes(job):
        return outcome.findings
    known = memory.offered(outcome) if memory is not None else {}
    new = tuple(one for one in outcome.findings if one not in known)
    if new:
        from asynclint.repair import offers

        known |= dict(zip(new, offers(replace(outcome, findings=new)), strict=True))
    return tuple(known[one] for one in outcome.findings)


def _write(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_lines(lines: Iterable[str]) -> None:
    """Print lines as they come; a reader that has gone is no problem."""
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads the output has seen enough; the flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
