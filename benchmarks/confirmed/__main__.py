"""The confirmed findings from the command line; README.md says what they are."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.confirmed.scripts import FOLDER, Script, ScriptError, installed, read_scripts, table

CONFIRMED = "CONFIRMED: "


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Run the scripts; the exit code is 1 if one does not confirm, or if none could be run."""
    options = _parser().parse_args(arguments)
    try:
        scripts = read_scripts(folder, options.names)
        if options.list:
            return _print(f"{one.name:30} {one.release:22} {one.title}" for one in scripts)
        if options.table:
            return _print(table(scripts).splitlines())
        if options.requirements:
            return _print(sorted({one.requirement for one in scripts}))
        return _run_all(scripts, str(options.python), float(options.limit))
    except ScriptError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _run_all(scripts: Sequence[Script], python: str, limit: float) -> int:
    versions = installed(scripts, python)
    said = [_said(one, versions, python, limit) for one in scripts]
    confirmed = sum(text.startswith(CONFIRMED) for text in said)
    missing = sum(text.startswith("not installed") for text in said)
    wrong = len(said) - confirmed - missing
    print(f"{confirmed} confirmed, {wrong} not confirmed, {missing} not installed")
    if not confirmed and not wrong:
        print("error: nothing was run; `--requirements` says what to install", file=sys.stderr)
    return int(wrong > 0 or not confirmed)


def _said(script: Script, versions: Mapping[str, str], python: str, limit: float) -> str:
    """Run one script, and print and return what it says or why it says nothing."""
    has = versions[script.package]
    if has == script.version:
        text = _outcome(script.path, python, limit)
    else:
        text = f"not installed: needs {script.release}, there is {has or 'none'}"
    print(f"{script.name:30} {text}", flush=True)
    return text


def _outcome(path: Path, python: str, limit: float) -> str:
    """Run one script in a process of its own; only its last line of output counts."""
    try:
        run = subprocess.run([python, str(path)], capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return f"not confirmed: it took longer than {limit:g} s"
    last = run.stdout.rstrip().rpartition("\n")[2]
    if run.returncode == 0 and last.startswith(CONFIRMED):
        return last
    return f"not confirmed: {run.stderr.rstrip().rpartition(chr(10))[2] or last or 'it said nothing'}"


def _print(lines: Iterable[str]) -> int:
    for line in lines:
        print(line)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.confirmed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="scripts or packages; all if none is named")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the packages")
    parser.add_argument("--limit", type=float, default=60, help="seconds that a script may take")
    printing = parser.add_mutually_exclusive_group()
    printing.add_argument("--list", action="store_true", help="print the scripts and what they need")
    printing.add_argument("--requirements", action="store_true", help="print what pip has to install")
    printing.add_argument("--table", action="store_true", help="print the table of the README")
    return parser


if __name__ == "__main__":
    sys.exit(main())
