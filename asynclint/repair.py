"""Repairs in passes: fixes that do not overlap are made, the result is linted again, until there is no more to do.

All of it happens in memory. A fix stays only if its finding is gone and no new one came; else it is taken back.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from asynclint import fixes
from asynclint.config import Config
from asynclint.discovery import File
from asynclint.engine import Revision, lint, silent
from asynclint.errors import UnreadableError
from asynclint.findings import Finding, FixOffer, Replacement
from asynclint.fixes.document import Document
from asynclint.fixes.edits import Fix, SpliceError, compatible, splice
from asynclint.fixes.offer import Offered, offer
from asynclint.outcome import Outcome
from asynclint.reading import digest
from asynclint.recall import Memory
from asynclint.surveyor import Tick

MOST_PASSES = 100
BROKEN = "the result would not be valid Python"

assert fixes, "importing it enters the remedies"

Key = tuple[str, str, str, str | None]
Again = Callable[[Outcome, Mapping[str, bytes], frozenset[str] | None], Outcome]


@dataclass(frozen=True, slots=True)
class Change:
    """The new content of one file, and the old."""

    path: str
    location: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """A fix that was made."""

    finding: Finding
    fix: Fix
    remedy: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """What came of it: the outcome after all fixes, the files they change, and for each finding left, why it is."""

    outcome: Outcome
    changes: tuple[Change, ...]
    made: tuple[Made, ...]
    reasons: Mapping[Finding, str]
    passes: int
    unsafe_left: int


@dataclass(slots=True)
class _Run:
    """What is known between passes. `one_by_one` are files in which fixes made together went wrong.

    `whole`: all files are linted again after each pass.
    """

    unsafe: bool
    whole: bool
    overlay: dict[str, bytes] = field(default_factory=dict)
    originals: dict[str, Change] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    rejected: dict[Key, dict[str, str]] = field(default_factory=dict)
    one_by_one: set[str] = field(default_factory=set)
    reasons: dict[Finding, str] = field(default_factory=dict)
    offered: dict[tuple[Finding, bytes, tuple[str, ...]], Offered] = field(default_factory=dict)
    unsafe_left: int = 0


def offers(outcome: Outcome) -> tuple[Finding, ...]:
    """Return the findings of a run with the fixes that are on offer."""
    documents = _Documents(outcome)
    return tuple(_with_offer(finding, documents) for finding in outcome.findings)


def repair(
    paths: Sequence[str],
    config: Config,
    unsafe: bool,
    stdin: File | None = None,
    tick: Tick = silent,
    memory: Memory | None = None,
) -> Repaired:
    """Make all fixes, the unsafe ones only if wanted; nothing is written."""

    def again(outcome: Outcome, content: Mapping[str, bytes], only: frozenset[str] | None) -> Outcome:
        return lint(paths, config, stdin, tick, Revision(outcome, dict(content), only), memory)

    first = lint(paths, config, stdin, tick, memory=memory)
    for whole in (False, True):
        # Linting only the changed files again is much faster, and almost always enough.
        run = _Run(unsafe, whole)
        outcome, passes = _passes(run, first, again)
        last = again(outcome, run.overlay, None) if run.made and not whole else outcome
        if not _counted(last.findings) - _counted(outcome.findings) and set(last.problems) <= set(first.problems):
            break
    changes = [
        replace(change, after=run.overlay[change.location])
        for change in run.originals.values()
        if run.overlay[change.location] != change.before
    ]
    return Repaired(last, tuple(changes), tuple(run.made), dict(run.reasons), passes, run.unsafe_left)


def _passes(run: _Run, outcome: Outcome, again: Again) -> tuple[Outcome, int]:
    """Make fixes until there is no more to do."""
    for number in range(MOST_PASSES):
        chosen = _choose(run, outcome)
        if not chosen:
            return outcome, number
        before = dict(run.overlay)
        made = dict(_spliced(run, outcome, chosen))
        after = _linted(run, outcome, made, again)
        wrong = _wrong(outcome, after, made)
        if wrong:
            _take_back(run, before, outcome, made, wrong)
            after = _linted(run, outcome, made, again)
            made = {path: fixed for path, fixed in made.items() if path not in wrong}
        run.made.extend(one for fixed in made.values() for one in fixed)
        outcome = after
    return outcome, MOST_PASSES


def _linted(run: _Run, outcome: Outcome, changed: Collection[str], again: Again) -> Outcome:
    """Lint what has changed; the findings of the other files stay."""
    if run.whole:
        return again(outcome, run.overlay, None)
    locations = frozenset(outcome.sources.location(path) for path in changed)
    after = again(outcome, run.overlay, locations)
    kept = [one for one in outcome.findings if one.path not in changed]
    findings = tuple(sorted((*kept, *after.findings), key=lambda one: one.sort_key))
    return replace(after, findings=findings, problems=tuple(dict.fromkeys((*outcome.problems, *after.problems))))


class _Documents:
    """The files of an outcome, opened once each. `offered` is what is known from earlier passes, and is added to."""

    def __init__(
        self, outcome: Outcome, offered: dict[tuple[Finding, bytes, tuple[str, ...]], Offered] | None = None
    ) -> None:
        self._sources = outcome.sources
        self._known: dict[str, Document | None] = {}
        self._offered = {} if offered is None else offered

    def document(self, path: str) -> Document | None:
        if path not in self._known:
            try:
                self._known[path] = Document(self._sources[path])
            except (KeyError, UnreadableError):
                self._known[path] = None
        return self._known[path]

    def offer(self, finding: Finding, failed: tuple[str, ...] = ()) -> Offered:
        document = self.document(finding.path)
        if document is None:
            return Offered(reasons=("the file cannot be read",))
        key = finding, digest(document.source.data), failed
        if key not in self._offered:
            self._offered[key] = offer(finding, document, failed)
        return self._offered[key]


def _with_offer(finding: Finding, documents: _Documents) -> Finding:
    document, fix = documents.document(finding.path), documents.offer(finding).fix
    if document is None or fix is None:
        return finding
    edits = tuple(Replacement(document.span(one.start, one.end), one.replacement) for one in sorted(fix.edits))
    return replace(finding, fix=FixOffer(fix.applicability, fix.title, edits))


def _choose(run: _Run, outcome: Outcome) -> dict[str, list[Made]]:
    """Choose the fixes of one pass: of those that overlap the first, and in a file with trouble only one."""
    documents = _Documents(outcome, run.offered)
    chosen: dict[str, list[Made]] = {}
    run.reasons.clear()
    run.unsafe_left = 0
    for finding in outcome.findings:
        key = _key(finding)
        failed = run.rejected.get(key, {})
        offered = documents.offer(finding, tuple(failed))
        fix = offered.fix
        if fix is None:
            run.reasons[finding] = "; ".join((*failed.values(), *offered.reasons)) or offered.why_not
        elif fix.applicability == "unsafe" and not run.unsafe:
            run.unsafe_left += 1
            run.reasons[finding] = f"{fix.title}: asks for --unsafe-fixes"
        elif finding.path in chosen and finding.path in run.one_by_one:
            run.reasons[finding] = "it has to wait for another fix"
        elif compatible(fix, [one.fix for one in chosen.get(finding.path, ())]):
            chosen.setdefault(finding.path, []).append(Made(finding, fix, offered.remedy))
    return chosen


def _spliced(run: _Run, outcome: Outcome, chosen: Mapping[str, Sequence[Made]]) -> Iterator[tuple[str, Sequence[Made]]]:
    """Put fixes into the files in memory; yield the files in which that went well."""
    for path, made in chosen.items():
        source, location = outcome.sources[path], outcome.sources.location(path)
        run.originals.setdefault(location, Change(path, location, source.data, source.data))
        run.overlay.setdefault(location, source.data)
        try:
            data = splice(source, [edit for one in made for edit in one.fix.edits])
            if not _parses(data) and _parses(source.data):
                raise SpliceError(BROKEN)
        except SpliceError as error:
            _suspect(run, made, str(error))
            continue
        run.overlay[location] = data
        yield path, made


def _parses(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, "fixed.py", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _wrong(before: Outcome, after: Outcome, made: Mapping[str, Sequence[Made]]) -> dict[str, str]:
    """Return the files whose fixes broke a law, each with a clause that says which."""
    old, new = _counted(before.findings), _counted(after.findings)
    wrong: dict[str, str] = {}
    if set(after.problems) - set(before.problems):
        return dict.fromkeys(made, "the analysis fails on the result")
    for key, count in new.items():
        if count > old[key]:
            told = f"it would bring a new finding, {key[1]} on {key[3] or 'the file'} in {key[2] or key[0]}"
            wrong.update({key[0]: told} if key[0] in made else dict.fromkeys(made, told))
    for path, fixed in made.items():
        for key, count in _counted(one.finding for one in fixed).items():
            if new[key] > old[key] - count:
                wrong.setdefault(path, "the finding would not go away")
    return wrong


def _take_back(
    run: _Run,
    before: Mapping[str, bytes],
    outcome: Outcome,
    made: Mapping[str, Sequence[Made]],
    wrong: Mapping[str, str],
) -> None:
    for path, why in wrong.items():
        location = outcome.sources.location(path)
        run.overlay[location] = before.get(location, run.originals[location].before)
        _suspect(run, made[path], why)


def _suspect(run: _Run, made: Sequence[Made], why: str) -> None:
    """Give up a fix that went wrong alone; of several, try one at a time from now on."""
    if len(made) == 1:
        run.rejected.setdefault(_key(made[0].finding), {})[made[0].remedy] = why
    run.one_by_one.add(made[0].finding.path)


def _counted(findings: Iterable[Finding]) -> Counter[Key]:
    return Counter(map(_key, findings))


def _key(finding: Finding) -> Key:
    """Name a finding by what a fix elsewhere in the file does not move."""
    return (finding.path, finding.code, finding.function, finding.state)
