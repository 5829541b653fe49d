"""Take out the suppression that nothing needs, or the codes of it that nothing needs."""

from __future__ import annotations

import re

from asynclint.fixes.edits import Edit, Fix, RefusedError
from asynclint.fixes.registry import remedy
from asynclint.fixes.site import Site
from asynclint.suppression import idle_codes

_OWN = re.compile(r"#\s*asynclint\s*:\s*ignore\s*(?:\[(?P<codes>[^\]]*)\])?[^#]*", re.IGNORECASE)


@remedy("ARC901", rank=10)
def unused_suppression(site: Site) -> Fix:
    """Remove our part of a comment, with its line if there is nothing else on it."""
    document, span = site.document, site.finding.span
    idle = idle_codes(site.finding.message)
    if idle is None:
        raise RefusedError("what was meant has to be decided by you")
    comment = document.text(span)
    found = _OWN.search(comment)
    if found is None:
        raise RefusedError("the comment cannot be read")
    listed = [code for code in re.split(r"[,\s]+", found["codes"] or "") if code]
    left = [code for code in listed if code not in idle]
    start = document.offset(span.line, span.column)
    if left and idle:
        edit = Edit(start + found.start("codes"), start + found.end("codes"), ", ".join(left))
        return Fix("safe", f"remove {', '.join(idle)} from the suppression", (edit,))
    return Fix("safe", "remove the suppression", (_removed(site, start + found.start(), start + found.end()),))


def _removed(site: Site, start: int, end: int) -> Edit:
    document, line = site.document, site.finding.span.line
    first, following = document.offset(line), document.offset(line + 1)
    text = document.source.text
    before, after = text[first:start], text[end:following]
    if after.strip():
        return Edit(start, end, "")
    if not before.strip():
        return Edit(first, following, "")
    return Edit(first + len(before.rstrip()), end, "")
