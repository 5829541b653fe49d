"""From a window and its rival to a finding that tells the story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from asynclint import rulebook
from asynclint.checks.judgement import Consequence, capped, confidence
from asynclint.checks.sharing import guarded, is_likely
from asynclint.findings import CONFIDENCES, Confidence, Finding, Role, Step
from asynclint.flow.windows import Window
from asynclint.ir.places import Path
from asynclint.link.program import is_aside
from asynclint.link.rivals import Rival
from asynclint.link.view import FunctionView
from asynclint.source import Span
from asynclint.survey.facts import Write


@dataclass(frozen=True, slots=True)
class Telling:
    """How a rule words a window: what the first step and the write are, and the sentence.

    Without a `last_note` the story has no write of its own: a loop, which is then also where it begins.
    `state` is given where it is not what is written.
    """

    code: str
    first: Role
    first_note: str
    last_note: str
    message: str
    state: str = ""


def tell(
    view: FunctionView,
    window: Window,
    rival: Rival,
    consequence: Consequence,
    telling: Telling,
    strong: bool,
    expected: bool = False,
) -> Finding | None:
    """Return the finding of a window, or None where the facts do not add up to one.

    `expected` says that a guessed overlap is a likely one for a reason of the rule's own.
    """
    param = window.path.root if window.path.kind == "param" else ""
    apart = 1 if rival.is_self and param and not _spawned_often(view, param) else 0
    sure = strong and (expected or is_likely(view, rival, window.path, window.slept))
    level = confidence(sure, rival.overlap, consequence.gravity, lowered(view, window.path) + apart)
    if level is None:
        return None
    level = capped(telling.code, level)
    first = window.reading.at if telling.last_note else window.at
    steps = [view.step(telling.first, first, telling.first_note), view.suspension(window)]
    if telling.last_note:
        steps.append(view.step("write", window.at, telling.last_note))
    account = Account(
        telling.code,
        telling.message,
        (*steps, *_rival(view, rival)),
        _evidence(view, rival, window.path),
        consequence.text,
    )
    return account.finding(view, view.primary(window.at), telling.state or view.written(window), level)


def _spawned_often(view: FunctionView, param: str) -> bool:
    """Tell whether several tasks run the function itself: else two runs seldom have the same object as argument.

    Where a loop starts a task for each of several objects, no two have the same one.
    """
    roots = view.rivals.tasks.roots(view.function)
    if not any(root.multiplicity == "many" and root.function is view.function for root in roots):
        return False
    starts = [start for start in view.rivals.tasks.starts(view.function) if start.many]
    return not starts or not all(start.is_each(view.function, param) for start in starts)


@dataclass(frozen=True, slots=True)
class Account:
    """What a finding tells: the sentence, the steps, why it can happen, what comes of it."""

    code: str
    message: str
    steps: tuple[Step, ...]
    evidence: tuple[str, ...]
    consequence: str

    def finding(self, view: FunctionView, span: Span, state: str, level: Confidence) -> Finding:
        """Return the finding, with its primary place."""
        rule = rulebook.load().resolve(self.code)
        return Finding(
            code=self.code,
            name=rule.name,
            message=self.message,
            severity=rule.severity,
            confidence=level,
            path=view.function.path,
            span=span,
            function=view.function.name,
            state=state,
            trace=self.steps,
            evidence=self.evidence,
            consequence=self.consequence,
        )


def strongest(findings: Iterable[Finding | None]) -> Iterator[Finding]:
    """Yield the one of the highest confidence, the first where there are several: what to tell of a window."""
    best: Finding | None = None
    for finding in findings:
        if finding is not None and (best is None or _level(finding) > _level(best)):
            best = finding
            if best.confidence == CONFIDENCES[-1]:
                break
    if best is not None:
        yield best


def _level(finding: Finding) -> int:
    return CONFIDENCES.index(finding.confidence)


def _rival(view: FunctionView, rival: Rival) -> tuple[Step, ...]:
    write = rival.write
    if rival.is_again or write is None:
        note = f"a second run of {view.function.name} does the same"
    else:
        note = f"{rival.function.name} {_describes(write)}"
    step = view.rival_step(rival, note)
    return (step,) if step is not None else ()


def _evidence(view: FunctionView, rival: Rival, path: Path) -> tuple[str, ...]:
    if rival.evidence:
        return rival.evidence
    if rival.is_again:
        may = f"{view.function.name} can be called again while an earlier call waits"
    else:
        may = f"{rival.function.name} can be called while {view.function.name} waits"
    lock = guarded(view, path)
    return (may,) if lock is None else (may, f"`{view.state(path)}` is written under {lock}")


def lowered(view: FunctionView, path: Path) -> int:
    """Return by how many levels the circumstances lower the confidence."""
    down = 0
    if is_aside(view.function.path):
        down += 1
    if path.kind == "param" and next(view.rivals.writers(view.function, path), None) is not None:
        down += 1
    elif path.kind == "param" or view.rivals.ownership.per_call(view.cls):
        down += 2
    return down


def _describes(write: Write) -> str:
    """Say in a few words what a write does."""
    match write.how:
        case "store" if write.detail:
            return f"sets it to {write.detail}"
        case "store":
            return "sets it"
        case "augmented":
            return "changes it"
        case "delete" | "delete item":
            return "deletes it"
        case "item":
            return "stores a key"
        case "mutate":
            return f"calls .{write.detail}() on it"
