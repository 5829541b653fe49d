"""Lint the releases that have a race, the ones that have fixed it, and those of the look-alikes; print what is found.

    python -m benchmarks.races STORE [--only TEXT]

STORE has each release unpacked in a folder `package-version`; what is not there is left out. Nothing of it is run. A
race is found if a finding has its state, in its function; a fix is quiet if nothing like that is found any more.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from asynclint.config import Config
from asynclint.engine import lint
from asynclint.findings import Finding

HERE = Path(__file__).resolve().parent
MEMORY_RULES = ("ARC1", "ARC206")
Row = Mapping[str, str]


def rows(name: str, only: str) -> list[Row]:
    """Read a file of rows, one JSON object a line."""
    text = (HERE / name).read_text("utf-8")
    return [row for row in map(json.loads, text.splitlines()) if only in row["id"]]


def findings(store: Path, package: str, version: str, file: str) -> tuple[Finding, ...] | None:
    """Return what is found in one file of a release, all of which informs; None if the release is not there."""
    home = store / f"{package}-{version}"
    found = next((path for path in sorted(home.rglob(Path(file).name)) if path.as_posix().endswith(f"/{file}")), None)
    if found is None:
        return None
    outcome = lint([str(home)], Config(jobs=1))
    return tuple(one for one in outcome.findings if Path(one.path).resolve() == found.resolve())


def names(path: str) -> set[str]:
    """Return the names along an access path, without keys and leading underscores."""
    return {name.lstrip("_") for name in re.findall(r"[A-Za-z_]\w*", re.sub(r"\[[^\]]*\]", "", path))} - {"self", "cls"}


def tells(row: Row, found: tuple[Finding, ...]) -> bool:
    """Tell whether one of some findings is about the function and the state of a row."""
    function, state = row["function"].rsplit(".", 1)[-1], names(row["state"])
    for one in found:
        places = {one.function, *(step.function for step in one.trace if step.role != "rival")}
        inside = any(place.rsplit(".", 1)[-1] == function for place in places)
        if one.code.startswith(MEMORY_RULES) and inside and names(one.state or "") & state:
            return True
    return False


def judge(row: Row, store: Path) -> tuple[str, str]:
    """Return whether a race is found, and whether its fix is quiet."""
    before = findings(store, row["package"], row["buggy"], row["file"])
    if before is None:
        return "absent", ""
    if not tells(row, before):
        return "missed", ""
    after = findings(store, row["package"], row["fixed"], row["file"])
    if after is None or row.get("fixed_still_matches"):
        return "found", ""
    return "found", "loud" if tells(row, after) else "quiet"


def main() -> None:
    """Read the arguments, go through the rows, and print the counts."""
    parser = argparse.ArgumentParser(description="What asynclint finds of races that were shipped and fixed.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--only", default="", metavar="TEXT")
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    for row in rows("races.jsonl", given.only):
        found, fixed = judge(row, given.store)
        counts.update((found, f"{found} {row['scope']}", fixed or "no fix to look at"))
        print(f"{found:7} {fixed:6} {row['kind']:22} {row['scope']:13} {row['id']}", flush=True)
    for row in rows("look_alikes.jsonl", given.only):
        told = findings(given.store, row["package"], row["version"], row["file"])
        if told is not None:
            counts["alarm" if tells(row, told) else "silent"] += 1
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
