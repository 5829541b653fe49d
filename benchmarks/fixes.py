"""Count how many findings over real packages carry a repair, and check the laws of repairs on all of them.

python benchmarks/fixes.py --count 24       # of the corpus (see benchmarks.corpus fetch), by the hash of names
python benchmarks/fixes.py --first 12 --count 12      # a part of them
python benchmarks/fixes.py --count 24 --offers        # how many carry a repair, and no more

The packages are chosen by the hash of their names, so nobody chooses. Each is copied, repaired with --unsafe-fixes and
linted again; nothing of it is run. The exit code is 1 if a law does not hold or fewer than 60% carry a repair.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from asynclint.config import Config
from asynclint.engine import lint
from asynclint.repair import offers
from benchmarks.corpus.store import default_store
from benchmarks.fix_laws import Tally, check, pythons

BAR = 0.6


def main() -> int:
    """Run."""
    options = _options()
    total, codes = Tally(), Counter[str]()
    for folder in chosen(options.store)[options.first : options.first + options.count]:
        begun = time.process_time()
        tally = offered(folder, codes) if options.offers else check(folder, 0)
        total.add(tally)
        print(f"{tally} {time.process_time() - begun:6.1f} s  {folder.name}", flush=True)
        for sentence in tally.broken:
            print(f"      {sentence}", flush=True)
    print(f"{total}  in all; compiled by {pythons()}")
    for counts in (total.remedies, total.reasons, codes):
        for what, count in counts.most_common(30):
            print(f"{count:6} {what}")
    return int(bool(total.broken) or total.offered < BAR * total.findings)


def chosen(store: Path) -> list[Path]:
    """Return the unpacked packages in the order of the hashes of their names."""
    return sorted((one for one in store.iterdir() if one.is_dir()), key=lambda one: _digest(one.name))


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def offered(folder: Path, codes: Counter[str]) -> Tally:
    """Count the default findings of a package and those that carry a repair."""
    outcome = lint([str(folder)], Config(jobs=1, root=str(folder)))
    found = [one for one in offers(outcome) if one.code != "ARC902"]
    tally = Tally(len(found), sum(one.fix is not None for one in found))
    for one in found:
        codes[f"{one.code} {one.fix.title.split('`')[0].strip() if one.fix is not None else 'no repair'}"] += 1
    return tally


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--store", type=Path, default=default_store() / "src", help="folder of unpacked packages")
    parser.add_argument("--first", type=int, default=0, help="how many packages to leave out before")
    parser.add_argument("--count", type=int, default=24, help="how many packages")
    parser.add_argument("--offers", action="store_true", help="count what carries a repair, and repair nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
