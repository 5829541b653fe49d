"""Samples of findings to be read: drawn by a seed, spread over packages, without what asynclint thinks of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from benchmarks.corpus.results import Found, Result, found_of

SHARE = 8

_KEPT_BACK = ("confidence", "fix")


def draw(results: Iterable[Result], count: int, seed: str, untuned: bool, read: Collection[str] = ()) -> list[Found]:
    """Sample races; no package gives more than an eighth. The seed alone decides, not the order of the results.

    Findings are taken in the order of a hash of seed and fingerprint; `read` are fingerprints to pass over. Fewer than
    asked for come if the packages have no more.
    """
    most = max(1, count // SHARE)
    given: Counter[str] = Counter()
    drawn: list[Found] = []
    pool = [found for one in results if not (untuned and one.tuned) for found in one.races.values()]
    for found in sorted(pool, key=lambda one: _order(seed, one)):
        if len(drawn) == count:
            break
        if found.fingerprint not in read and given[found.package] < most:
            given[found.package] += 1
            drawn.append(found)
    return drawn


def worksheet(
    drawn: Sequence[Found], mixed: Iterable[Mapping[str, object]], seed: str, commits: Mapping[str, str]
) -> list[dict[str, object]]:
    """Return rows to be filled in, in an order that does not tell the sample from what is mixed in.

    `mixed` are rows of earlier worksheets; `commits` are those of the tool, by package. Nothing that a row shows
    depends on where it is from.
    """
    sheet = {found.fingerprint: found for found in [*map(found_of, mixed), *drawn]}
    fallback = max(Counter(commits.values()).items(), key=lambda item: (item[1], item[0]))[0]
    return [
        _row(found, commits.get(found.package, fallback))
        for found in sorted(sheet.values(), key=lambda one: _order(f"sheet {seed}", one))
    ]


def _row(found: Found, commit: str) -> dict[str, object]:
    return {
        "fingerprint": found.fingerprint,
        "package": found.package,
        "version": found.version,
        "commit": commit,
        "finding": {key: value for key, value in found.data.items() if key not in _KEPT_BACK},
        "verdict": "",
        "reason": "",
        "rival": "",
    }


def _order(seed: str, found: Found) -> str:
    return hashlib.sha256(f"{seed} {found.fingerprint}".encode()).hexdigest()
