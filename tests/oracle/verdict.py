"""What asynclint says of generated programs, many at a time as classes of one file, against the truth."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from asynclint.checks.run import examine
from asynclint.findings import Finding
from asynclint.link.linker import Linker
from asynclint.link.models import load_models
from asynclint.link.program import Program as Linked
from asynclint.survey import survey
from asynclint.syntax.slices import split_lines
from tests.oracle.frame import HEADER
from tests.oracle.freedom import ROUNDS, Wide
from tests.oracle.program import HELPER, Program
from tests.oracle.truth import TooManyRunsError, Truth, Writes, truth

CODES = frozenset(("ARC101", "ARC102", "ARC103"))
FILE = "shared.py"


@dataclass(frozen=True, slots=True)
class Judged:
    """A program, the truth about its writes, and those that asynclint reports."""

    program: Program
    truth: Truth
    told: Writes

    @property
    def missed(self) -> frozenset[str]:
        """Paths with torn writes of which nothing is said."""
        return frozenset(path for path, _ in self.truth.torn) - frozenset(path for path, _ in self.told)

    @property
    def extra(self) -> frozenset[str]:
        """Paths of which something is said that never goes wrong."""
        made = frozenset(path for path, line in self.told if (path, line) in self.truth.written)
        return made - frozenset(path for path, _ in self.truth.open)

    @property
    def doubtful(self) -> frozenset[str]:
        """Paths of which something is said that did not go wrong."""
        return frozenset(path for path, _ in self.told) - frozenset(path for path, _ in self.truth.open)

    @property
    def agrees(self) -> bool:
        """Whether asynclint says what is true."""
        return not self.missed and not self.extra

    def __str__(self) -> str:
        numbered = enumerate(self.program.source.splitlines(), 1)
        text = "\n".join(f"{number:3} {line}" for number, line in numbered if line.strip())
        said = f"missed {sorted(self.missed)}, extra {sorted(self.extra)}"
        return f"{self.program.shape}: {said}; torn {sorted(self.truth.torn)}, told {sorted(self.told)}\n{text}\n"


def told(programs: Sequence[Program]) -> list[Writes]:
    """Return what asynclint reports, at any confidence, of programs that are put into one file.

    Where one call keeps the object to itself, only what is shown by default.
    """
    text, starts = HEADER, []
    for number, program in enumerate(programs):
        starts.append(text.count("\n"))
        text += re.sub(r"\b(Shared|main)\b", rf"\g<1>{number}", program.source) + "\n\n"
    found: list[set[tuple[str, int]]] = [set() for _ in programs]
    for finding in _findings(text):
        owner, _, method = finding.function.partition(".")
        if not owner.startswith("Shared"):
            continue
        number = int(owner.removeprefix("Shared"))
        shown = finding.confidence != "low" or not programs[number].kept
        if _runs(programs[number], method) and finding.state is not None and shown:
            found[number].add((finding.state.removeprefix("self."), finding.span.line - starts[number]))
    return [frozenset(writes) for writes in found]


def _runs(program: Program, method: str) -> bool:
    """Tell whether a method is the victim, or a helper of it."""
    return method == program.victim or HELPER.fullmatch(method) is not None


def _findings(text: str) -> Iterator[Finding]:
    lines = split_lines(text)
    linker = Linker(Linked([survey(FILE, text)], load_models()), lambda path: lines)
    for function, _ in linker.candidates(FILE):
        yield from examine(linker, function, CODES, "low")


def judge(programs: Iterable[Program], batch: int = 25) -> Iterator[Judged]:
    """Compare what is reported with what is true; programs with too many interleavings are left out."""
    pending = iter(programs)
    while True:
        some = list(islice(pending, batch))
        if not some:
            return
        for program, said in zip(some, told(some), strict=True):
            try:
                judged = Judged(program, truth(program, wanted=frozenset(path for path, _ in said)), said)
            except TooManyRunsError:
                continue
            yield _excused(judged) if judged.doubtful else judged


def again(judged: Sequence[Judged], batch: int = 25) -> Iterator[Judged]:
    """Ask asynclint once more about programs of which the truth is known."""
    for start in range(0, len(judged), batch):
        part = judged[start : start + batch]
        for one, said in zip(part, told([one.program for one in part]), strict=True):
            yield replace(one, told=said)


def _excused(judged: Judged) -> Judged:
    """Look again at a program of which too much is said, as one who knows no values.

    What others write may be anything then, and branches that can go only one way are free choices. What is handed from
    one round of a loop to the next twice is met in the third only.
    """
    known = judged.truth
    alike = any(domain == "alike" for method in judged.program.methods for _, domain in method.params)
    wide = Wide(known.stuck, not known.alive, alike)
    try:
        wider = truth(judged.program, wide, judged.doubtful)
    except TooManyRunsError:
        return replace(judged, truth=replace(known, open=known.open | known.written))
    excused = replace(judged, truth=_together(known, wider))
    if not excused.extra:
        return excused
    try:
        blind = truth(judged.program, replace(wide, blind=True, rounds=ROUNDS + 1), excused.extra)
    except TooManyRunsError:
        return excused
    return replace(excused, truth=_together(excused.truth, blind))


def _together(known: Truth, wider: Truth) -> Truth:
    return replace(known, open=known.open | wider.open, written=known.written | wider.written)
