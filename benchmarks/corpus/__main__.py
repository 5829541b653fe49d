"""The corpus from the command line; CONTRIBUTING.md says how it is used."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.corpus.comparing import compare
from benchmarks.corpus.drawing import draw, worksheet
from benchmarks.corpus.linting import commit, lint_apart
from benchmarks.corpus.packages import CorpusError, Package, chosen, load
from benchmarks.corpus.report import known_false, report
from benchmarks.corpus.results import found_of, read_results, read_rows, row_lines
from benchmarks.corpus.store import default_store, fetch, fetched
from benchmarks.corpus.verdicts import VERDICTS, append, read_verdicts, record, standing


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 1 if something went wrong."""
    options = _parser().parse_args(arguments)
    commands = {"fetch": _fetch, "lint": _lint, "draw": _draw, "record": _record, "report": _report}
    try:
        return {**commands, "compare": _compare}[str(options.command)](options)
    except (CorpusError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _fetch(options: argparse.Namespace) -> int:
    failed = 0
    packages = chosen(load(), options.only, options.untuned)
    with ThreadPoolExecutor(options.jobs) as pool:
        for package, problem in pool.map(lambda one: _fetched(one, options.store), packages):
            failed += bool(problem)
            if problem:
                print(problem, file=sys.stderr)
            else:
                print(f"{package.release}", flush=True)
    print(f"{len(packages) - failed} of {len(packages)} packages are in {options.store}")
    return int(failed > 0)


def _fetched(package: Package, store: Path) -> tuple[Package, str]:
    try:
        fetch(package, store)
    except (CorpusError, OSError, ValueError) as error:
        return package, str(error)
    return package, ""


def _lint(options: argparse.Namespace) -> int:
    packages = chosen(load(), options.only, options.untuned)
    missing = [one.name for one in packages if not fetched(one, options.store)]
    if missing:
        raise CorpusError(f"not in {options.store}: {', '.join(missing)}; run `fetch` first")
    failed = 0
    for package in packages:
        problem = lint_apart(package, options.store, options.results, options.jobs, options.limit)
        failed += bool(problem)
        print(f"{package.release:40} {problem or 'done'}", flush=True)
    print(f"{len(packages) - failed} of {len(packages)} packages linted; results in {options.results}")
    return int(failed > 0)


def _draw(options: argparse.Namespace) -> int:
    results = read_results(options.results)
    seed = options.seed or commit().rstrip("+")
    read = {one.fingerprint for one in read_verdicts(options.verdicts)} if options.unread else set()
    drawn = draw(results, options.count, seed, options.untuned, read)
    mixed = read_rows(options.mix) if options.mix else []
    rows = worksheet(drawn, mixed, seed, {one.package: one.commit for one in results})
    if options.out:
        options.out.write_text(row_lines(rows), encoding="utf-8")
        print(f"{len(rows)} findings, seed {seed}: {options.out}")
    else:
        print(row_lines(rows), end="")
    return 0


def _record(options: argparse.Namespace) -> int:
    rows = read_rows(options.worksheet)
    today = datetime.now(timezone.utc).date().isoformat()
    known = read_verdicts(options.verdicts)
    verdicts, wrong = record(rows, known, options.reader, today, options.revise)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    if wrong:
        print("nothing was recorded", file=sys.stderr)
        return 1
    append(verdicts, options.verdicts)
    print(f"{len(verdicts)} verdicts recorded, {len(rows) - len(verdicts)} rows still open")
    return 0


def _report(options: argparse.Namespace) -> int:
    verdicts = read_verdicts(options.verdicts)
    lines = [*report(read_results(options.results), verdicts)]
    if options.mix:
        lines += known_false({found_of(row).fingerprint for row in read_rows(options.mix)}, verdicts)
    return _print(iter(lines))


def _compare(options: argparse.Namespace) -> int:
    verdicts = standing(read_verdicts(options.verdicts))
    return _print(compare(read_results(options.old), read_results(options.new), verdicts))


def _print(lines: Iterator[str]) -> int:
    for line in lines:
        print(line)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    _getting(commands.add_parser("fetch", help="download and unpack the packages"), jobs=4)
    linting = commands.add_parser("lint", help="lint each package whole, one JSON file a package")
    _getting(linting, jobs=1)
    linting.add_argument("--results", type=Path, required=True)
    linting.add_argument("--limit", type=float, default=1800, help="seconds that a package may take")
    drawing = commands.add_parser("draw", help="sample findings into a worksheet")
    drawing.add_argument("--results", type=Path, required=True)
    drawing.add_argument("--count", type=int, default=60)
    drawing.add_argument("--untuned", action="store_true", help="only packages that were not tuned to")
    drawing.add_argument("--unread", action="store_true", help="only findings without a verdict")
    drawing.add_argument("--seed", help="any text; the hash of HEAD if not given")
    drawing.add_argument("--mix", type=Path, help="a worksheet of findings known to be FALSE, to be mixed in")
    drawing.add_argument("--out", type=Path, help="the worksheet; standard output if not given")
    recording = commands.add_parser("record", help="check a worksheet that was filled in, and keep its verdicts")
    recording.add_argument("worksheet", type=Path)
    recording.add_argument("--reader", required=True)
    recording.add_argument(
        "--revise", action="store_true", help="let the reader's new verdicts count instead of old ones"
    )
    reporting = commands.add_parser("report", help="precision, density, agreement")
    reporting.add_argument("--results", type=Path, required=True)
    reporting.add_argument("--mix", type=Path, help="the findings known to be FALSE: what readers said of them")
    comparing = commands.add_parser("compare", help="what changed between two folders of results")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    for command in (drawing, recording, reporting, comparing):
        command.add_argument("--verdicts", type=Path, default=VERDICTS)
    return parser


def _getting(command: argparse.ArgumentParser, jobs: int) -> None:
    command.add_argument("--store", type=Path, default=default_store())
    command.add_argument("--only", nargs="+", default=[], metavar="PACKAGE")
    command.add_argument("--untuned", action="store_true", help="only packages that were not tuned to")
    command.add_argument("--jobs", type=int, default=jobs)


if __name__ == "__main__":
    sys.exit(main())
