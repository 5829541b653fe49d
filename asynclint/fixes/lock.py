"""Hold a lock from the check to the write: the one that guards the state elsewhere, or a new one."""

from __future__ import annotations

from asynclint.fixes.edits import Fix
from asynclint.fixes.locking import held
from asynclint.fixes.regions import window
from asynclint.fixes.registry import remedy
from asynclint.fixes.site import Site


@remedy("ARC101", "ARC102", "ARC103", rank=80)
def lock(site: Site) -> Fix:
    """Put the whole sequence, and each write by another task, under one lock."""
    taken = held(site, window(site))
    new = bool(taken.guard.edits)
    return taken.fix(
        f"add `{taken.spelled}` and hold it" if new else f"hold `{taken.spelled}` from the check to the write"
    )
