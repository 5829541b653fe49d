"""The fix of a finding: the first remedy that fits, or why none does."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from asynclint.errors import UnreadableError
from asynclint.findings import Finding
from asynclint.fixes.document import Document
from asynclint.fixes.edits import Fix, RefusedError, UnlikeError
from asynclint.fixes.registry import REMEDIES, Remedy
from asynclint.fixes.site import Site


@dataclass(frozen=True, slots=True)
class Offered:
    """A fix by its remedy, or the reasons of the remedies that do not fit."""

    fix: Fix | None = None
    remedy: str = ""
    reasons: tuple[str, ...] = ()

    @property
    def why_not(self) -> str:
        """Why there is no fix, in a clause."""
        return "; ".join(self.reasons) or "no remedy is known for this"


def offer(finding: Finding, document: Document, failed: Collection[str] = ()) -> Offered:
    """Return the fix of a finding that is tried first; `failed` are remedies that did not repair it."""
    reasons: list[str] = []
    for one in remedies(finding):
        if one.name in failed:
            continue
        try:
            return Offered(one.repair(Site(finding, document)), one.name)
        except UnlikeError:
            continue
        except RefusedError as refusal:
            reasons.append(str(refusal))
        except UnreadableError as error:
            reasons.append(error.message)
    return Offered(reasons=tuple(dict.fromkeys(reasons)))


def remedies(finding: Finding) -> list[Remedy]:
    """Return the remedies for a finding, in the order in which they are tried."""
    fitting = [one for one in REMEDIES if finding.code in one.codes]
    return sorted(fitting, key=lambda one: (one.rank(finding), one.name))
