"""One run at a time: a lock around the sequence alone, where others who write the state cannot wait for it."""

from __future__ import annotations

from asynclint.fixes.edits import Fix, UnlikeError
from asynclint.fixes.locking import held
from asynclint.fixes.regions import window
from asynclint.fixes.registry import remedy
from asynclint.fixes.site import Site


@remedy("ARC101", "ARC102", "ARC103", rank=85)
def one_at_a_time(site: Site) -> Fix:
    """Keep runs of the function apart, if it is only another run of it that falls into the window."""
    again = f"a second run of {site.finding.function} "
    twice = site.finding.consequence.startswith("two runs")
    if not twice and not (site.rivals and all(one.note.startswith(again) for one in site.rivals)):
        raise UnlikeError("another function falls into the window")
    taken = held(site, window(site), alone=True)
    return taken.fix(f"let one run at a time through, by `{taken.spelled}`")
