"""Generated programs repaired: what is made of them, run against what they were."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from asynclint.config import Config
from asynclint.repair import Made, repair
from tests.oracle.program import Program
from tests.oracle.truth import TooManyRunsError, truth

INSIDE = """import asyncio


async def pause():
    await asyncio.sleep(0)


async def fetch(*args):
    await asyncio.sleep(0)
    return len(args)


def flip():
    return len(str(1)) == 1


def make(*args):
    return len(args)


def bump(*args):
    return len(args)


def use(*args):
    print(args)


"""
"""What programs call, in their own file: so it is plain that it touches nothing of theirs."""
LOCK = re.compile(r"self\.(\w*lock\w*|other)\b")


@dataclass(frozen=True)
class Mended:
    """A program before and after, with the repairs that were made and the paths of which findings are left."""

    before: Program
    after: Program
    made: tuple[Made, ...]
    left: frozenset[str]

    @property
    def safe(self) -> bool:
        """Whether all repairs are safe ones."""
        return all(one.fix.applicability == "safe" for one in self.made)

    def still_torn(self) -> frozenset[str]:
        """Return the repaired paths, of which nothing is found any more, that some interleaving still tears.

        What another path tears is left out, as is what was not torn before: a repair is not asked to mend it.
        """
        repaired = {one.finding.state.removeprefix("self.") for one in self.made if one.finding.state is not None}
        torn = {path for path, _ in truth(self.after).torn}
        return frozenset(path for path in repaired - self.left if path in torn)


def mend(programs: Sequence[Program], unsafe: bool) -> Iterator[Mended]:
    """Repair programs, a file each; yield those that something was done to."""
    with tempfile.TemporaryDirectory(prefix="asynclint-") as folder:
        root = Path(folder).resolve()
        for number, program in enumerate(programs):
            (root / f"p{number}.py").write_text(INSIDE + program.source)
        done = repair([str(root)], Config(min_confidence="low", jobs=1, root=str(root)), unsafe)
    assert not done.outcome.problems, done.outcome.problems
    after = {Path(change.path).stem: change.after.decode() for change in done.changes}
    for number, program in enumerate(programs):
        text = after.get(f"p{number}")
        if text is None:
            continue
        made = tuple(one for one in done.made if Path(one.finding.path).stem == f"p{number}")
        left = [one.state or "" for one in done.outcome.findings if Path(one.path).stem == f"p{number}"]
        source = text[text.index("class Shared:") :]
        locks = tuple(dict.fromkeys((*program.locks, *LOCK.findall(source))))
        fixed = replace(program, source=source, locks=locks, patience=program.patience + 8)
        yield Mended(program, fixed, made, frozenset(state.removeprefix("self.") for state in left))


def torn_after(mended: Sequence[Mended]) -> Iterator[tuple[Mended, frozenset[str]]]:
    """Run every interleaving of repaired programs; yield those that still lose something."""
    for one in mended:
        try:
            torn = one.still_torn()
        except TooManyRunsError:
            continue
        if torn:
            yield one, torn
