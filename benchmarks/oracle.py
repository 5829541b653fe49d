"""Run the oracle over many generated programs and print, for each level of the grammar, what was missed or extra.

python benchmarks/oracle.py --count 50000 --seed 1 --jobs 2 --faults
"""

from __future__ import annotations

import argparse
import gc
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import islice
from multiprocessing import Pool
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pytest

from tests.oracle.faults import FAULTS
from tests.oracle.program import Program
from tests.oracle.verdict import Judged, again, judge
from tests.oracle.writer import LEVELS, programs

CHUNK = 1000


SHAPES: dict[str, str] = {
    "a helper": r"def _[a-z]+\d+\(",
    "a property": "@property",
    "a helper that is awaited": r"async def _[a-z]+\d+\(",
    "a rival that is another method": r"def _?rival\(",
    "a rival that gives way": r"async def _?rival\([^)]*\):\n(?:        .*\n)*?.*\bawait\b",
    "tasks that a method starts": r"asyncio\.(?:create_task|gather|TaskGroup)\((?:\*\()?(?:self\.|\))",
    "an object that a function makes": r"async def main\(",
    "one that it keeps to itself": r"async def main\([^)]*\):(?!(?:.*\n)*.*asyncio)",
    "tasks that it starts": r"async def main\([^)]*\):(?:.*\n)*.*asyncio",
    "one method run several times": r"range\(3\)|gather\((\S+\(.*\)), \1\)",
    "a lock": r"self\.lock\b",
    "a busy flag": r"self\.busy\b",
}
"""What programs can hold beside the body of one method, and how their text shows it."""


def shapes_of(program: Program) -> list[str]:
    """Name what a program holds."""
    return [name for name, pattern in SHAPES.items() if re.search(pattern, program.source)]


def calm() -> None:
    """Let what has been loaded be, and collect garbage rarely: trees of parsers make it dear."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def chunk(seed: int, levels: tuple[str, ...] = LEVELS) -> list[Judged]:
    """Judge the programs of one seed."""
    return list(judge(islice(programs(seed, levels=levels), CHUNK)))


def main() -> int:
    """Run; the exit code is 1 if anything was missed or extra, or a fault was not caught."""
    options = _options()
    begun = time.perf_counter()
    tally: dict[str, Counter[str]] = {}
    shapes: Counter[str] = Counter()
    wrong: list[Judged] = []
    first: list[Judged] = []
    done = 0
    with Pool(options.jobs, initializer=calm) as pool:
        seeds = range(options.seed * 10_000, options.seed * 10_000 + 9_999)
        for judged in pool.imap(partial(chunk, levels=tuple(options.levels)), seeds):
            first = first or judged
            for one in judged[: options.count - done]:
                _count(tally.setdefault(one.program.shape, Counter()), one)
                shapes.update(shapes_of(one.program))
                wrong += [] if one.agrees else [one]
            done += len(judged)
            if done >= options.count:
                break
        pool.terminate()
    _print(tally, time.perf_counter() - begun)
    print("\n".join(f"{shapes[name]:8} hold {name}" for name in SHAPES))
    for one in sorted(wrong, key=lambda one: len(one.program.source))[: options.show]:
        print(one)
    return int(bool(wrong) or (options.faults and not _faults_caught(first)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=50_000, help="programs to judge")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--levels", nargs="+", choices=sorted(set(LEVELS)), default=LEVELS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=5, help="disagreements to print")
    parser.add_argument("--faults", action="store_true", help="seed faults and count what notices them")
    return parser.parse_args()


def _count(counts: Counter[str], one: Judged) -> None:
    counts["programs"] += 1
    counts["torn"] += bool(one.truth.torn)
    counts["told"] += bool(one.told)
    counts["missed"] += bool(one.missed)
    counts["extra"] += bool(one.extra)


def _print(tally: dict[str, Counter[str]], seconds: float) -> None:
    columns = ("programs", "torn", "told", "missed", "extra")
    print(f"{'level':16}" + "".join(f"{column:>11}" for column in columns))
    for shape in sorted(tally):
        print(f"{shape:16}" + "".join(f"{tally[shape][column]:11}" for column in columns))
    total: Counter[str] = sum(tally.values(), Counter())
    print(f"{'all':16}" + "".join(f"{total[column]:11}" for column in columns) + f"   {seconds:.0f} s")


def _faults_caught(judged: Sequence[Judged]) -> bool:
    caught = True
    for fault in FAULTS:
        with pytest.MonkeyPatch.context() as patch:
            fault(patch)
            noticed = sum(not one.agrees for one in again(judged))
        print(f"{fault.__name__:20} noticed by {noticed} of {len(judged)} programs")
        caught = caught and noticed > 0
    return caught


if __name__ == "__main__":
    sys.exit(main())
