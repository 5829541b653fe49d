"""Whether the sieve is one: what checks find in functions that it drops, and how many it keeps.

    python -m benchmarks.sieve FOLDER...

Analyses every async function of each folder with every check, and prints the findings that the sieve would have lost.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path

from asynclint.checks import NEEDS, asked
from asynclint.checks.prospects import Prospects
from asynclint.checks.run import run
from asynclint.errors import UnreadableError
from asynclint.findings import CONFIDENCES, Confidence, Finding
from asynclint.link.linker import Linker
from asynclint.link.models import load_models
from asynclint.link.program import Program
from asynclint.survey import survey
from asynclint.survey.facts import ModuleFacts
from asynclint.syntax.slices import split_lines


def linked(texts: Mapping[str, str], least: Confidence = "low") -> Linker:
    """Link the files of one program, by path, for findings of some confidence; what cannot be read is left out."""
    lines = lru_cache(maxsize=8)(lambda path: split_lines(texts[path]))
    return Linker(Program(_facts(texts), load_models()), lines, partial(Prospects, least=least))


def _facts(texts: Mapping[str, str]) -> Iterator[ModuleFacts]:
    for path, text in texts.items():
        try:
            yield survey(path, text)
        except UnreadableError:
            continue


def sifted(linker: Linker) -> set[Finding]:
    """Return what is found in the functions that meet the needs of checks."""
    found: set[Finding] = set()
    for path in linker.program.modules:
        for function, needs in linker.candidates(path):
            codes = asked(NEEDS, needs, function.facts)
            if codes:
                found.update(run(linker.view(function), codes))
    return found


def shown(findings: set[Finding], least: Confidence) -> set[Finding]:
    """Return the findings that are at least of some confidence."""
    return {one for one in findings if CONFIDENCES.index(one.confidence) >= CONFIDENCES.index(least)}


def unsifted(linker: Linker) -> set[Finding]:
    """Return what is found in all functions that give way."""
    found: set[Finding] = set()
    for function in linker.program.functions():
        if function.facts.is_async and function.facts.suspensions:
            found.update(run(linker.view(function), NEEDS.keys()))
    return found


def main(folders: list[str]) -> None:
    """Compare for each folder."""
    for folder in folders:
        paths = sorted(Path(folder).rglob("*.py"))
        texts = {str(path): path.read_text(encoding="utf-8", errors="replace") for path in paths}
        linker = linked(texts)
        kept = sum(1 for path in linker.program.modules for _ in linker.candidates(path))
        every, some = unsifted(linker), sifted(linker)
        print(f"{folder}: {kept} functions kept, {len(every)} findings, {len(every - some)} lost")
        for finding in sorted(every - some, key=lambda one: one.sort_key):
            print(f"  {finding.path}:{finding.span.line} {finding.code} {finding.function} {finding.state}")


if __name__ == "__main__":
    main(sys.argv[1:])
