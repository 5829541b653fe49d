"""What is not reported: findings that a comment or a per-file setting speaks for; and comments that nobody needs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from asynclint.comments import Comment, read_comments
from asynclint.config import UNPARSABLE, Config
from asynclint.findings import Finding
from asynclint.ignoring import compile_patterns
from asynclint.rulebook import Rule, Rulebook

UNUSED = "ARC901"
_IDLE = re.compile(r"the suppression of (.+) suppresses nothing")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The findings that are left, those of ARC901 among them, and how many were suppressed."""

    findings: tuple[Finding, ...]
    suppressed: int


def suppress(
    findings: Iterable[Finding],
    text_of: Callable[[str], str | None],
    commented: Iterable[str],
    config: Config,
    rules: Rulebook,
) -> Outcome:
    """Apply comments, then per-file settings.

    `commented` are the files whose text mentions our comments: each is looked through even if nothing was found in
    it, unless some of it could not be analysed. Findings of all confidences must be given: a comment that hides what
    would not have been shown is not unused.
    """
    by_path: dict[str, list[Finding]] = {path: [] for path in commented}
    given = 0
    for finding in findings:
        given += 1
        by_path.setdefault(finding.path, []).append(finding)
    left: list[Finding] = []
    unused: list[Finding] = []
    for path, here in by_path.items():
        comments = read_comments(text_of(path) or "")
        kept, used = _apply(here, comments, rules)
        left.extend(kept)
        if not any(finding.code == UNPARSABLE for finding in here):
            unused.extend(_unused(path, comments, used, config, rules))
    silenced = _per_file(config)
    shown = [finding for finding in (*left, *unused) if not silenced(finding.path, finding.code)]
    return Outcome(tuple(shown), given + len(unused) - len(shown))


def _apply(
    findings: Sequence[Finding], comments: Sequence[Comment], rules: Rulebook
) -> tuple[list[Finding], set[tuple[Comment, str]]]:
    """Return the findings that no comment speaks for, and which codes of which comments were of use."""
    kept: list[Finding] = []
    used: set[tuple[Comment, str]] = set()
    for finding in findings:
        hits = [hit for comment in comments for hit in _hits(comment, finding, rules)]
        used.update(hits)
        if not hits:
            kept.append(finding)
    return kept, used


def _hits(comment: Comment, finding: Finding, rules: Rulebook) -> Iterator[tuple[Comment, str]]:
    """Yield the codes of a comment that speak for a finding; the empty code for a comment that means every rule."""
    if comment.problem or finding.code == UNPARSABLE or not comment.covers(finding.span.line):
        return
    if not comment.codes:
        yield comment, ""
    for code in comment.codes:
        if (finding.code.startswith(code.upper())) if not comment.own else _code(code, rules) == finding.code:
            yield comment, code


def _code(spelled: str, rules: Rulebook) -> str:
    """Return the code that a comment means, which may give the rule's name; the empty string if there is none."""
    rule = rules.get(spelled)
    return rule.code if rule is not None else ""


def _unused(
    path: str, comments: Iterable[Comment], used: set[tuple[Comment, str]], config: Config, rules: Rulebook
) -> Iterator[Finding]:
    """Yield an ARC901 for each of our comments that is malformed, or of whose codes some suppress nothing."""
    rule = rules.get(UNUSED)
    if rule is None or not config.selects(UNUSED):
        return
    for comment in comments:
        if comment.own and UNUSED not in (_code(code, rules) for code in comment.codes):
            message = _complaint(comment, used, config, rules)
            if message:
                yield _finding(rule, message, path, comment)


def _complaint(comment: Comment, used: set[tuple[Comment, str]], config: Config, rules: Rulebook) -> str:
    if comment.problem:
        return f"the suppression is malformed and suppresses nothing: {comment.problem}"
    if not comment.codes:
        everything = not config.select and not config.ignore
        return "the suppression suppresses nothing" if everything and (comment, "") not in used else ""
    for code in comment.codes:
        if not _code(code, rules):
            near = rules.nearest(code)
            return f"there is no rule {code!r} to suppress" + (f"; did you mean {near!r}?" if near else "")
    idle = [code for code in comment.codes if (comment, code) not in used and config.selects(_code(code, rules))]
    if not idle:
        return ""
    return f"the suppression of {', '.join(idle)} suppresses nothing"


def idle_codes(message: str) -> tuple[str, ...] | None:
    """Return the codes that an ARC901 says are of no use: none for a comment without any, None if it says other things.

    This reads back what `_complaint` words.
    """
    if message == "the suppression suppresses nothing":
        return ()
    found = _IDLE.fullmatch(message)
    return tuple(found[1].split(", ")) if found is not None else None


def _finding(rule: Rule, message: str, path: str, comment: Comment) -> Finding:
    return Finding(rule.code, rule.name, message, rule.severity, "high", path, comment.span, function="")


def _per_file(config: Config) -> Callable[[str, str], bool]:
    """Return the test of `per-file-ignores`: is a code not wanted in a file?"""
    settings = [(compile_patterns(config.root, [pattern]), codes) for pattern, codes in config.per_file_ignores]
    seen: dict[str, frozenset[str]] = {}

    def silenced(path: str, code: str) -> bool:
        if path not in seen:
            location = os.path.abspath(path)
            matching = (codes for patterns, codes in settings if patterns and patterns.verdict(location, False))
            seen[path] = frozenset(code for codes in matching for code in codes)
        return code in seen[path]

    return silenced
