"""What a run has to say: what every way to get there ends in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asynclint.findings import Finding
from asynclint.reading import Sources

if TYPE_CHECKING:
    from asynclint.surveyor import Surveyed


def digests(surveyed: Iterable[Surveyed]) -> dict[str, str]:
    """Return the digests of files' contents as text, by printed path."""
    return {one.file.path: one.digest.hex() for one in surveyed}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has to say. `files` were analysed, `errors` could not be; `problems` make it end with exit code 2.

    `repeatable`: the same would be said of the same files again.
    """

    findings: tuple[Finding, ...]
    files: int
    suppressed: int
    errors: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    sources: Sources
    surveyed: tuple[Surveyed, ...] = ()
    repeatable: bool = False

    @property
    def exit_code(self) -> int:
        """The exit code: 0 clean, 1 findings, 2 problems."""
        return 2 if self.problems else 1 if self.findings else 0
