"""Repair copies of real packages and check on each what a repair promises; print the counts.

python benchmarks/fix_laws.py ~/src/package-1.0 ~/src/other-2.3 --show 5
python benchmarks/fix_laws.py --generated 20000            # --safe for the safe repairs only

Nothing of the packages is run, and the folders themselves are left alone. Generated programs are run: alone, where the
repairs are safe, and in every interleaving.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
import time
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from asynclint.config import Config
from asynclint.engine import lint
from asynclint.findings import Finding
from asynclint.mending import difference, write
from asynclint.repair import Repaired, offers, repair
from tests.oracle.alone import alone
from tests.oracle.mended import mend, torn_after
from tests.oracle.writer import programs
from tests.support.pythons import SUPPORTED, interpreter, refused


@dataclass
class Tally:
    """What was counted over one package or all of them."""

    findings: int = 0
    offered: int = 0
    made: int = 0
    safe: int = 0
    remedies: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add the counts of another."""
        self.findings += other.findings
        self.offered += other.offered
        self.made += other.made
        self.safe += other.safe
        self.remedies += other.remedies
        self.reasons += other.reasons
        self.broken += other.broken

    def __str__(self) -> str:
        share = f"{100 * self.offered / self.findings:.0f}%" if self.findings else "-"
        return (
            f"{self.findings:5} findings {self.offered:5} with a fix ({share}) {self.made:5} made {self.safe:4} safe "
            f"{len(self.broken):3} laws broken"
        )


def main() -> int:
    """Run; the exit code is 1 if a law does not hold."""
    options = _options()
    if options.generated:
        return generated(options.generated, options.seed, (False,) if options.safe else (False, True))
    total = Tally()
    for folder in options.folders:
        begun = time.process_time()
        tally = check(folder, options.show)
        total.add(tally)
        print(f"{tally} {time.process_time() - begun:6.1f} s  {folder.name}", flush=True)
        for sentence in tally.broken:
            print(f"      {sentence}")
    print(f"{total}  in all; compiled by {pythons()}")
    for counts in (total.remedies, total.reasons):
        for what, count in counts.most_common(25):
            print(f"{count:6} {what}")
    return int(bool(total.broken))


def pythons() -> str:
    """Return the Pythons that compile what was repaired."""
    return ", ".join(f"3.{minor}" for minor in SUPPORTED if interpreter(minor)) or "this Python alone"


def generated(count: int, seed: int, kinds: tuple[bool, ...]) -> int:
    """Repair generated programs and run them; the exit code is 1 if one loses something, or computes something else."""
    remedies: Counter[str] = Counter()
    tally: Counter[str] = Counter()
    source = programs(seed)
    for start in range(0, count, 200):
        bodies = list(islice(source, min(200, count - start)))
        tally["programs"] += len(bodies)
        for unsafe in kinds:
            mended = list(mend(bodies, unsafe))
            tally["repaired" if unsafe else "repaired safely"] += len(mended)
            if unsafe:
                remedies.update(f"{one.finding.code} {one.remedy}" for each in mended for one in each.made)
                wrong = [one for one, _ in torn_after(mended)]
                tally["still torn"] += len(wrong)
            else:
                wrong = [one for one in mended if any(alone(one.before, n) != alone(one.after, n) for n in range(6))]
                tally["computing something else alone"] += len(wrong)
            for one in wrong[:1]:
                print(f"{one.before.source}\n>>>\n{one.after.source}", flush=True)
    for counts in (tally, remedies):
        for what, number in counts.most_common():
            print(f"{number:6} {what}")
    return int(tally["still torn"] + tally["computing something else alone"] > 0)


def check(folder: Path, show: int) -> Tally:
    """Repair a copy of a folder, and check the laws."""
    with tempfile.TemporaryDirectory(prefix="asynclint-laws-") as temporary:
        copy = Path(temporary).resolve() / folder.name
        shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        config = Config(jobs=1, root=str(copy))
        before = lint([str(copy)], config)
        races = [one for one in before.findings if one.code != "ARC902"]
        offered = sum(one.fix is not None for one in offers(before) if one.code != "ARC902")
        done = repair([str(copy)], config, unsafe=True)
        for line in list(difference(done.changes))[:show]:
            print(f"      {line}")
        tally = Tally(len(races), offered, len(done.made))
        tally.safe = sum(one.fix.applicability == "safe" for one in done.made)
        tally.remedies.update(f"{one.finding.code} {one.remedy} {one.fix.applicability}" for one in done.made)
        tally.reasons.update(_without_names(why) for why in done.reasons.values())
        tally.broken += _files(done)
        tally.broken += _everywhere(done)
        tally.broken += write(done.changes).values()
        tally.broken += _linted(copy, config, races, done)
    return tally


def _files(done: Repaired) -> Iterator[str]:
    """Check the changed files: they parse and compile as before, comments and what is not edited are kept."""
    for change in done.changes:
        name = Path(change.path).name
        if _compiles(change.before) and not _compiles(change.after):
            yield f"{name} does not compile any more"
        if _comments(change.before) - _comments(change.after):
            yield f"{name} has lost a comment"
        for newline in (b"\r\n", b"\r", b"\xef\xbb\xbf"):
            if (newline in change.before) != (newline in change.after):
                yield f"{name} has other newlines or another byte order mark"


def _everywhere(done: Repaired) -> Iterator[str]:
    """Check that every supported Python of this machine compiles what it compiled before."""
    before = {change.path: change.before for change in done.changes}
    after = {change.path: change.after for change in done.changes}
    for minor in SUPPORTED:
        python = interpreter(minor)
        if python and done.changes:
            for path in sorted(refused(python, after) - refused(python, before)):
                yield f"{Path(path).name} is no Python 3.{minor} any more"


def _linted(copy: Path, config: Config, races: list[Finding], done: Repaired) -> Iterator[str]:
    """Check the result: the findings are gone, none is new, a second run changes nothing."""
    again = repair([str(copy)], config, unsafe=True)
    if again.changes:
        yield f"a second run changes {[Path(one.path).name for one in again.changes]}"
    left = _counted(again.outcome.findings)
    for key, count in (left - (_counted(races) - _counted(one.finding for one in done.made))).items():
        yield f"{count} findings are left or new: {key}"


def _counted(findings: object) -> Counter[tuple[str, str, str, str | None]]:
    assert hasattr(findings, "__iter__")
    return Counter((one.path, one.code, one.function, one.state) for one in findings if one.code != "ARC902")


def _compiles(data: bytes) -> bool:
    try:
        compile(data, "file.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def _comments(data: bytes) -> Counter[str]:
    try:
        return Counter(
            token.string for token in tokenize.tokenize(io.BytesIO(data).readline) if token.type == tokenize.COMMENT
        )
    except (tokenize.TokenError, SyntaxError):
        return Counter()


def _without_names(why: str) -> str:
    parts = why.split("`")
    words = " ".join("..." if number % 2 else part.strip() for number, part in enumerate(parts))
    return " ".join("..." if "." in word.strip(".,;") else word for word in words.split())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--generated", type=int, default=0, help="repair and run so many generated programs instead")
    parser.add_argument("--safe", action="store_true", help="of generated programs make the safe repairs only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="lines of the difference to print for each")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
