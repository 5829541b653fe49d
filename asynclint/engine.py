"""The whole pipeline: paths in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from asynclint import rulebook
from asynclint.analysis import Crash, Told, unparsable
from asynclint.collector import collector_off
from asynclint.config import UNPARSABLE, Config
from asynclint.discovery import Discovered, File, discover
from asynclint.errors import UnreadableError, describe
from asynclint.findings import CONFIDENCES, Finding
from asynclint.outcome import Outcome
from asynclint.reading import Sources
from asynclint.recall import Memory
from asynclint.reuse import Reuse
from asynclint.suppression import suppress
from asynclint.surveyor import Surveyed, Tick

__all__ = ["Outcome", "Revision", "lint", "silent"]


@dataclass(frozen=True, slots=True)
class Revision:
    """A run after one that has been: what files are to be taken for, by location, and which are reported on again.

    With `only` None all of them are. What the earlier run surveyed and is the same is not surveyed again.
    """

    earlier: Outcome
    content: Mapping[str, bytes]
    only: frozenset[str] | None = None

    def of(self, found: Discovered) -> Discovered:
        """Return the files as they are to be taken."""

        def given(file: File) -> File:
            data = self.content.get(file.location)
            return file if data is None else replace(file, size=len(data), data=data)

        requested, context = tuple(map(given, found.requested)), tuple(map(given, found.context))
        if self.only is not None:
            context += tuple(file for file in requested if file.location not in self.only)
            requested = tuple(file for file in requested if file.location in self.only)
        return replace(found, requested=requested, context=context)


def silent(done: int, total: int) -> None:
    """Show no progress."""


@collector_off()
def lint(
    paths: Sequence[str],
    config: Config,
    stdin: File | None = None,
    tick: Tick = silent,
    revision: Revision | None = None,
    memory: Memory | None = None,
) -> Outcome:
    """Run everything, in order, over files, folders and standard input; `memory` has found them already."""
    found = discover(paths, config, stdin) if memory is None else memory.found
    if revision is not None:
        found = revision.of(found)
    work = Reuse(config, memory.index if memory is not None else None)
    known = {one.file: one for one in revision.earlier.surveyed} if revision else {}
    files = _in_order(found)
    fresh = work.survey([file for file in files if file not in known], tick)
    known.update((one.file, one) for one in fresh)
    surveyed = [known[file] for file in files]
    asked_for = frozenset(file.path for file in found.requested)
    sources = Sources({one.file.path: (one.file, one.digest) for one in surveyed}, asked_for, config.max_file_size)
    said = list(_contained(work.analyse(sources, surveyed)))
    told = [one for each in said for one in each.found]
    told += _failures(found, surveyed, asked_for)
    commented = [one.file.path for one in surveyed if one.commented and one.file.path in asked_for]
    changed = list(_changed(sorted({one.path for one in told} | set(commented)), sources))
    crashes = sorted({str(one) for one in told if isinstance(one, Crash)})
    findings = _distinct(one for one in (*told, *changed) if isinstance(one, Finding) and config.selects(one.code))
    left = suppress(findings, sources.text, commented, config, rulebook.load())
    unread = {one.path for one in findings if one.code == UNPARSABLE}
    return Outcome(
        findings=tuple(sorted(_shown(left.findings, config), key=lambda finding: finding.sort_key)),
        files=len(asked_for - unread),
        suppressed=left.suppressed,
        errors=len(unread),
        problems=(*found.missing, *crashes),
        notes=found.notes,
        sources=sources,
        surveyed=tuple(surveyed),
        repeatable=not changed and all(one.sure for one in said) and all(one.lasts for one in surveyed),
    )


def _in_order(found: Discovered) -> list[File]:
    """Return all files in one order, whichever are asked for: so the parts of a run say what the whole would say."""
    return sorted((*found.requested, *found.context), key=lambda file: file.path)


def _shown(findings: Iterable[Finding], config: Config) -> Iterator[Finding]:
    least = CONFIDENCES.index(config.min_confidence)
    return (one for one in findings if CONFIDENCES.index(one.confidence) >= least)


def _contained(results: Iterator[Told]) -> Iterator[Told]:
    """Pass results on; a defect outside of any one function ends them, but not the report of what was found so far."""
    try:
        yield from results
    except Exception as error:  # noqa: BLE001 -- see above
        yield Told("", (Crash("", "", describe(error)),))


def _failures(found: Discovered, surveyed: Iterable[Surveyed], asked_for: frozenset[str]) -> Iterator[Finding | Crash]:
    """Yield what could not be reached, read or parsed of that which was asked for."""
    for place in found.unreached:
        yield unparsable(place.path, UnreadableError(place.message))
    for one in surveyed:
        if one.file.path in asked_for:
            if one.unreadable is not None:
                yield unparsable(one.file.path, one.unreadable)
            if one.crash:
                yield Crash(one.file.path, "", one.crash)


def _changed(paths: Iterable[str], sources: Sources) -> Iterator[Finding]:
    """Yield an ARC902 for each file that is not any more what was surveyed."""
    for path in paths:
        try:
            sources[path]
        except KeyError:
            continue
        except UnreadableError as error:
            yield unparsable(path, error)


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    return list(dict.fromkeys(findings))
