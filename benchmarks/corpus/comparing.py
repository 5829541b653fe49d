"""What changed between two folders of results, with what readers said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.corpus.results import Found, Result, all_races

UNREAD = "unread"


def compare(old: Sequence[Result], new: Sequence[Result], verdicts: Mapping[str, str]) -> Iterator[str]:
    """Yield findings that are gone, new, or of another confidence, each with its verdict; of releases in both."""
    both = {(one.package, one.version) for one in old} & {(one.package, one.version) for one in new}
    before = {name: one for name, one in all_races(old).items() if (one.package, one.version) in both}
    after = {name: one for name, one in all_races(new).items() if (one.package, one.version) in both}
    only_in_one = {(one.package, one.version) for one in [*old, *new]} - both
    yield f"{len(both)} releases in both, {len(only_in_one)} in one only"
    yield f"{len(before)} findings before, {len(after)} after"
    yield from _listed("gone", [before[name] for name in before.keys() - after.keys()], verdicts)
    yield from _listed("new", [after[name] for name in after.keys() - before.keys()], verdicts)
    moved = [name for name in before.keys() & after.keys() if before[name].confidence != after[name].confidence]
    changed = [(f"{before[name].confidence} to {after[name].confidence}", after[name]) for name in moved]
    for title in sorted({title for title, _ in changed}):
        yield from _listed(title, [found for one, found in changed if one == title], verdicts)


def _listed(title: str, findings: Sequence[Found], verdicts: Mapping[str, str]) -> Iterator[str]:
    words = Counter(verdicts.get(one.fingerprint, UNREAD) for one in findings)
    counted = ", ".join(f"{count} {word}" for word, count in sorted(words.items()))
    yield f"{title}: {len(findings)}" + (f" ({counted})" if counted else "")
    for one in sorted(findings, key=lambda found: (found.package, found.text("path"), int(found.text("line") or 0))):
        about = one.identity
        verdict = verdicts.get(one.fingerprint, UNREAD)
        yield f"  {verdict:9} {one.code} [{one.confidence}] {one.place} {about['function']} {about['state']}"
