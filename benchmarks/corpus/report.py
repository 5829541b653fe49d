"""What the verdicts say of the current results, as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import combinations

from benchmarks.corpus.figures import agreement, kappa, shown_share
from benchmarks.corpus.results import Found, Result, all_races
from benchmarks.corpus.verdicts import SCALE, WORTH, Verdict, first_words, standing

LEVELS = ("high", "medium", "low")


def report(results: Sequence[Result], verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield density, precision and agreement; what was not tuned to and what was are counted apart."""
    counts = standing(verdicts)
    for title, part in (
        ("Packages not tuned to", [one for one in results if not one.tuned]),
        ("Packages tuned to", [one for one in results if one.tuned]),
    ):
        if part:
            yield f"## {title}"
            yield from _density(part)
            yield from _precision(part, counts)
            yield ""
    yield "## Readers"
    yield from _readers(first_words(verdicts))
    problems = [f"{one.package}: {problem}" for one in results for problem in one.problems]
    if problems:
        yield ""
        yield "## Problems of the runs"
        yield from problems


def known_false(mixed: Collection[str], verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield for each reader how many of the findings known to be wrong he took for FALSE; `mixed` are fingerprints."""
    said: dict[str, Counter[str]] = {}
    for name, words in first_words(verdicts).items():
        for reader, word in words.items():
            if name in mixed:
                said.setdefault(reader, Counter())[word] += 1
    for reader, tally in sorted(said.items()):
        yield f"{reader}: of {sum(tally.values())} known to be FALSE: {_tally(tally)}"


def _density(results: Sequence[Result]) -> Iterator[str]:
    functions = sum(one.async_functions for one in results)
    races = all_races(results)
    yield (
        f"{len(results)} packages, {sum(one.files for one in results)} files, {functions} async functions, "
        f"{sum(one.seconds for one in results):.0f} s"
    )
    rules = Counter(one.code for one in races.values())
    for name, count in [("all", len(races)), *sorted(rules.items())]:
        rate = 1000 * count / functions if functions else 0.0
        yield f"  {name:8} {count:5} findings {rate:6.1f} per 1,000 async functions"


def _precision(results: Sequence[Result], counts: Mapping[str, str]) -> Iterator[str]:
    races = all_races(results)
    read = [(found, counts[name]) for name, found in races.items() if name in counts]
    yield f"worth a maintainer's time (TRUE or PLAUSIBLE), with 95% intervals; {len(read)} of {len(races)} are read"
    yield f"  {'all':8} {_row([verdict for _, verdict in read])}"
    yield from _grouped(read, lambda found: found.confidence, LEVELS)
    yield from _grouped(read, lambda found: found.code, sorted({found.code for found, _ in read}))


def _grouped(read: Sequence[tuple[Found, str]], key: Callable[[Found], str], names: Sequence[str]) -> Iterator[str]:
    for name in names:
        verdicts = [verdict for found, verdict in read if key(found) == name]
        if verdicts:
            yield f"  {name:8} {_row(verdicts)}"


def _row(verdicts: Sequence[str]) -> str:
    words = Counter(verdicts)
    return f"{shown_share(sum(words[one] for one in WORTH), len(verdicts))}  {_tally(words)}".rstrip()


def _readers(said: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield how far each two readers agree, by what each said at first."""
    readers = sorted({reader for words in said.values() for reader in words})
    yield f"{len(said)} findings read by {', '.join(readers) or 'nobody'}"
    for one, other in combinations(readers, 2):
        pairs = [(words[one], words[other]) for words in said.values() if one in words and other in words]
        if pairs:
            yield f"{one} and {other} read {len(pairs)} in common"
            yield f"  the verdict:          {_agreed(pairs)}"
            yield f"  worth acting on:      {_agreed([(_worth(left), _worth(right)) for left, right in pairs])}"


def _agreed(pairs: Sequence[tuple[str, str]]) -> str:
    beyond = kappa(pairs)
    return f"{100 * agreement(pairs):3.0f}% agree, kappa {'undefined' if beyond is None else f'{beyond:.2f}'}"


def _worth(verdict: str) -> str:
    return "yes" if verdict in WORTH else "no"


def _tally(words: Mapping[str, int]) -> str:
    return ", ".join(f"{words[verdict]} {verdict}" for verdict in SCALE if words.get(verdict))
