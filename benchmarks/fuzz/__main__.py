"""Lint programs that nobody wrote, twice each; print how many there were and everything that went wrong.

    python -m benchmarks.fuzz --count 10000 --seed 1 FOLDER...

Half of the programs are pieces of the files in the folders, mutated; the others a grammar made. What may go wrong: an
exception, a defect that asynclint tells of itself, a process that dies or is too slow, a place outside the text,
another answer the second time. `--whole` lints every file of the folders as it is instead.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from asynclint import analysis, workers
from benchmarks.fuzz.checking import Checked, check
from benchmarks.fuzz.growing import grown
from benchmarks.fuzz.mutating import files, mutants

CHUNK = 200
SECONDS = 600
SHOWN = 10


def chunk(seed: int, paths: tuple[Path, ...]) -> list[Checked]:
    """Check the programs of one seed."""
    dice = random.Random(seed)
    made = chain(mutants(dice, paths, CHUNK // 2), grown(dice, CHUNK // 2)) if paths else grown(dice, CHUNK)
    return [check(kind, text) for kind, text in made]


def whole(path: Path) -> list[Checked]:
    """Check a file as it is; here, since a worker may not start another."""
    analysis.WORTH_GUARDING = sys.maxsize
    return [check("file", path.read_bytes(), str(path))]


def main() -> int:
    """Run; the exit code is 1 if anything went wrong."""
    options = _options()
    begun = time.perf_counter()
    tally: Counter[str] = Counter()
    shown = 0
    for item, answer in _answers(options):
        if isinstance(answer, workers.Lost):
            answer = [Checked("lost", (f"{item}: {answer.reason}",))]
        for one in answer:
            tally.update((one.kind, *one.marks, "all"))
            tally["gone wrong"] += bool(one.wrong)
            if one.wrong and shown < SHOWN:
                shown += 1
                print(f"{item}: {one.kind}: {'; '.join(one.wrong)}\n{one.text}\n", flush=True)
    print("\n".join(f"{count:8} {name}" for name, count in sorted(tally.items())))
    print(f"{time.perf_counter() - begun:.0f} s")
    return int(tally["gone wrong"] > 0)


def _answers(options: argparse.Namespace) -> Iterator[tuple[str, list[Checked] | workers.Lost]]:
    paths = files(options.folders)
    if options.whole:
        for index, answer in workers.run(whole, paths, options.jobs, SECONDS, apart=True):
            yield str(paths[index]), answer
        return
    seeds = [options.seed * 100_000 + number for number in range(-(-options.count // CHUNK))]
    for index, answer in workers.run(partial(chunk, paths=paths), seeds, options.jobs, SECONDS, apart=True):
        yield f"seed {seeds[index]}", answer


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=10_000, help="programs to lint")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="lint every file as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
