"""What becomes of repairs: files written, differences shown, and what was done and what was not, told."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from asynclint.discovery import File
from asynclint.errors import UnreadableError
from asynclint.reading import decode
from asynclint.repair import Change, Repaired
from asynclint.syntax.slices import split_lines
from asynclint.writing import WriteError, replace_content


def write(changes: Iterable[Change], stdin: File | None = None) -> dict[str, str]:
    """Write the changed files; return those that were left alone, each with a sentence that says why."""
    failed: dict[str, str] = {}
    for change in changes:
        if stdin is not None and change.location == stdin.location:
            continue
        try:
            replace_content(change.location, change.before, change.after)
        except WriteError as error:
            failed[change.path] = f"{change.path}: not written: {error}"
    return failed


def content(changes: Iterable[Change], stdin: File) -> bytes:
    """Return what standard input has become."""
    for change in changes:
        if change.location == stdin.location:
            return change.after
    return stdin.data or b""


def difference(changes: Iterable[Change]) -> Iterator[str]:
    """Yield a unified diff of everything, without newlines at the ends of lines."""
    for change in changes:
        before, after = _lines(change, change.before), _lines(change, change.after)
        for line in difflib.unified_diff(before, after, change.path, change.path):
            text = line.rstrip("\r\n")
            yield text
            if line[:1] in "+- " and line == text:
                yield "\\ No newline at end of file"


def summary(repaired: Repaired, failed: Collection[str], would: bool = False) -> Iterator[str]:
    """Yield what was repaired and what was not, and why; `failed` are the files that could not be written."""
    by_path: dict[str, Counter[tuple[str, str]]] = {}
    made = [one for one in repaired.made if one.finding.path not in failed]
    for one in made:
        title = f"{one.fix.title} ({one.fix.applicability})"
        by_path.setdefault(one.finding.path, Counter())[(one.finding.code, title)] += 1
    verb = "would repair" if would else "repaired"
    for path, counts in by_path.items():
        for (code, title), count in counts.items():
            yield f"{verb} {path}: {code}{f' {count} times' if count > 1 else ''}: {title}"
    for finding in repaired.outcome.findings:
        why = repaired.reasons.get(finding, "the passes ended before its turn")
        yield f"not repaired {finding.path}:{finding.span.line}: {finding.code}: {why}"
    for one in repaired.made:
        if one.finding.path in failed:
            yield f"not repaired {one.finding.path}: {one.finding.code}: the file could not be written"
    left = len(repaired.outcome.findings) + len(repaired.made) - len(made)
    hint = f"; {repaired.unsafe_left} of them can be repaired with --unsafe-fixes" if repaired.unsafe_left else ""
    files = f"{len(by_path)} file{'' if len(by_path) == 1 else 's'}"
    yield f"{verb} {len(made)} in {files}, {left} left{hint}"


def _lines(change: Change, data: bytes) -> list[str]:
    try:
        return split_lines(decode(data, change.path).text)
    except UnreadableError:
        return split_lines(data.decode("utf-8", "replace"))
