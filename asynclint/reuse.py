"""The survey and the analysis of a run, each done only for what earlier runs do not know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from asynclint.analysis import Told, analyse, checked
from asynclint.cache.answers import Answer, Answers, load_answers, save_answers
from asynclint.cache.files import Index, Known, packed
from asynclint.cache.runs import models_read
from asynclint.cache.stamp import digest_of, key
from asynclint.config import Config
from asynclint.discovery import File
from asynclint.errors import UnreadableError
from asynclint.findings import Finding
from asynclint.link.linker import piece_digest
from asynclint.outcome import digests
from asynclint.reading import Sources
from asynclint.survey.facts import ModuleFacts
from asynclint.survey.stored import dump, load
from asynclint.surveyor import Surveyed, Tick, survey_all, survey_file
from asynclint.syntax.slices import split_lines


@dataclass(slots=True)
class Reuse:
    """The work of one run; without an index all of it is done."""

    config: Config
    index: Index | None
    _fresh: dict[str, bytes] = field(default_factory=dict)
    _doubtful: bool = False

    def survey(self, files: Sequence[File], tick: Tick) -> list[Surveyed]:
        """Return what becomes of files, in their order."""
        known = {file: one for file in files if (one := self._known(file)) is not None}
        new = survey_all(
            [file for file in files if file not in known], self.config.jobs, self.config.max_file_size, tick
        )
        if self.index is None:
            return new
        made = {one.file: self._entered(self.index, one) for one in new}
        self.index.save(self._fresh, [file.path for file in files])
        return [known.get(file) or made[file] for file in files]

    def _known(self, file: File) -> Surveyed | None:
        known = self.index.find(file, self.config.max_file_size) if self.index is not None else None
        if known is None:
            return None
        refusal = None
        if known.refusal is not None:
            message, line, column, newer = known.refusal
            refusal = UnreadableError(message, line, column, newer_syntax=newer)
        digest = bytes.fromhex(known.digest)
        return Surveyed(file, None, digest, known.commented, refusal, is_async=known.is_async, stored=known.facts)

    def _entered(self, index: Index, one: Surveyed) -> Surveyed:
        """Enter a file into the index, if what became of it is a matter of its content."""
        if not one.lasts:
            return one
        data = b"" if one.facts is None else dump(one.facts)
        one = replace(one, stored=digest_of(data) if data else "")
        if one.file.data is None:
            refusal = one.unreadable
            told = None if refusal is None else (refusal.message, refusal.line, refusal.column, refusal.newer_syntax)
            index.note(one.file, Known(one.digest.hex(), one.stored, one.commented, one.is_async, told))
            if data:
                self._fresh[one.file.path] = packed(data)
        return one

    def analyse(self, sources: Sources, surveyed: Sequence[Surveyed]) -> Iterator[Told]:
        """Yield what is said of the files that were asked for and hold what could be asynchronous, in their order."""
        paths = sorted(one.file.path for one in surveyed if one.is_async and one.file.path in sources.requested)
        name, before = self._answers(surveyed)
        texts = digests(surveyed)
        valid: dict[str, Told] = {}
        if before is not None:
            for path in before.valid(texts, _pieces(sources)):
                valid[path] = Told(path, before.by_path[path].findings, before.by_path[path].looked_at)
        rest = [path for path in paths if path not in valid]
        made: dict[str, Told] = {}
        if rest:
            facts = dict(self._facts(surveyed))
            commented = frozenset(one.file.path for one in surveyed if one.commented)
            made = {told.path: told for told in analyse(sources, facts, self.config, rest, commented)}
        for path in paths:
            yield valid[path] if path in valid else made[path]
        lasting = not self._doubtful and all(one.file.data is None for one in surveyed)
        if before is not None and made and lasting:
            self._keep(name, before.program, {**valid, **made}, texts)

    def _facts(self, surveyed: Sequence[Surveyed]) -> Iterator[tuple[str, ModuleFacts]]:
        """Yield the facts of all files, those that are stored as well; what is gone is surveyed again."""
        for one in surveyed:
            facts = one.facts
            if facts is None and one.stored:
                facts = self._loaded(one)
                if facts is None:
                    self._doubtful = True
                    facts = survey_file(one.file, self.config.max_file_size).facts
            if facts is not None:
                yield one.file.path, facts

    def _loaded(self, one: Surveyed) -> ModuleFacts | None:
        known = self.index.known.get(one.file.path) if self.index is not None else None
        data = self.index.facts(known) if self.index is not None and known is not None else None
        if data is None or digest_of(data) != one.stored:
            return None
        try:
            return load(data, one.file.path)
        except ValueError:
            return None

    def _names(self, surveyed: Sequence[Surveyed]) -> tuple[str, str]:
        """Return a name for what is asked of which files, and one for the facts that the answers rest on."""
        facts = sorted((one.file.path, one.stored) for one in surveyed if one.stored)
        asked = (sorted(checked(self.config)), self.config.min_confidence, models_read(self.config))
        return key("answers", asked, [path for path, _ in facts]), key("program", asked, facts)

    def _answers(self, surveyed: Sequence[Surveyed]) -> tuple[str, Answers | None]:
        """Return the name under which answers are kept, and those that are; None where they cannot be used."""
        if self.index is None or any(one.crash for one in surveyed):
            return "", None
        name, program = self._names(surveyed)
        return name, load_answers(self.index.folder, name, program)

    def _keep(self, name: str, program: str, told: Mapping[str, Told], texts: Mapping[str, str]) -> None:
        """Store what would be said again; `texts` are the digests of all files."""
        if self.index is None:
            return
        sure = {path: one for path, one in told.items() if one.sure}
        looked_at = {other: texts[other] for one in sure.values() for other in one.looked_at}
        answers = {path: Answer(_findings(one), one.looked_at) for path, one in sure.items()}
        save_answers(self.index.folder, name, Answers(program, looked_at, answers))


def _findings(told: Told) -> tuple[Finding, ...]:
    return tuple(one for one in told.found if isinstance(one, Finding))


def _pieces(sources: Sources) -> Callable[[str, int, int], str]:
    lines = lru_cache(maxsize=8)(lambda path: split_lines(sources[path].text))

    def piece(path: str, first: int, last: int) -> str:
        try:
            return piece_digest(lines(path), first, last)
        except (KeyError, UnreadableError):
            return ""

    return piece
