"""What earlier runs know about what is there now. Where they know all of it, nothing else has to be loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from asynclint.cache.files import Index, load_index
from asynclint.cache.folder import Folder
from asynclint.cache.runs import Run, load_run, run_key, save_run, settled, stats_of
from asynclint.cache.stamp import key
from asynclint.config import Config
from asynclint.discovery import Discovered, File, discover
from asynclint.findings import Finding
from asynclint.outcome import Outcome, digests
from asynclint.reading import Sources

DEFAULT_FOLDER = ".asynclint_cache"


@dataclass(slots=True)
class Memory:
    """The cache as one run sees it, which is about the files of `found`."""

    folder: Folder
    config: Config
    targets: Sequence[str]
    found: Discovered
    _index: Index | None = None

    @property
    def index(self) -> Index:
        """The files that are known."""
        if self._index is None:
            self._index = load_index(self.folder)
        return self._index

    @property
    def files(self) -> tuple[File, ...]:
        """All files of the run."""
        return (*self.found.requested, *self.found.context)

    def outcome(self, offered: bool) -> Outcome | None:
        """Return the outcome of an earlier run over the same; `offered`: with the fixes that are on offer."""
        stats = stats_of(self.found)
        run = load_run(self.folder, self._name) if stats else None
        if run is None or (offered and not run.offered and run.findings):
            return None
        if run.stats != stats:
            if self._contents() != run.contents:
                return None
            self._save(run)
            self.index.save({}, [file.path for file in self.files])
        texts = {path: bytes.fromhex(digest) for path, digest in run.texts.items()}
        files = {file.path: (file, texts.get(file.path, b"")) for file in self.files}
        sources = Sources(files, frozenset(file.path for file in self.found.requested), self.config.max_file_size)
        return Outcome(run.findings, run.files, run.suppressed, run.errors, (), self.found.notes, sources)

    def offered(self, outcome: Outcome) -> dict[Finding, Finding]:
        """Return the findings of a run whose fixes are known, each with its fix: a matter of one file's content."""
        run = load_run(self.folder, self._name)
        if run is None or not run.offered:
            return {}
        now = digests(outcome.surveyed)
        same = {path for path, digest in run.texts.items() if digest and now.get(path) == digest}
        return {replace(one, fix=None): one for one in run.findings if one.path in same}

    def keep(self, outcome: Outcome, findings: Sequence[Finding], offered: bool) -> None:
        """Store what a run reported, unless it may not be reported again; `findings` are those of the outcome."""
        if not outcome.repeatable or not stats_of(self.found):
            return
        now = digests(outcome.surveyed)
        spoken_of = {one.path for one in findings} | {step.path for one in findings for step in one.trace}
        texts = {path: now[path] for path in sorted(spoken_of & now.keys())}
        contents = self._key([(file.path, now[file.path]) for file in self.files])
        counts = (outcome.files, outcome.suppressed, outcome.errors)
        self._save(Run("", contents, tuple(findings), offered, *counts, texts))

    def _save(self, run: Run) -> None:
        stats = stats_of(self.found) if settled(self.files, self.index.began) else ""
        save_run(self.folder, self._name, replace(run, stats=stats))

    @property
    def _name(self) -> str:
        return run_key(self.targets, self.config)

    def _contents(self) -> str:
        """Return what stands for the content of all files; empty where some content is new."""
        told = []
        for file in self.files:
            known = self.index.find(file, self.config.max_file_size)
            if known is None:
                return ""
            told.append((file.path, known.digest))
        return self._key(told)

    def _key(self, contents: list[tuple[str, str]]) -> str:
        return key(len(self.found.requested), contents)


def recall(targets: Sequence[str], config: Config, stdin: File | None) -> Memory:
    """Open the cache for a run."""
    path = config.cache_dir or os.path.join(config.root, DEFAULT_FOLDER)
    return Memory(Folder(path), config, targets, discover(targets, config, stdin))
