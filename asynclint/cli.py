"""The command line: arguments in, lines and an exit code out."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from asynclint import __version__
from asynclint.errors import AsynclintError, describe
from asynclint.running import (
    CLEAN,
    FINDINGS,
    INTERRUPTED,
    WRONG,
    Job,
    Wishes,
    complain,
    lint_and_report,
    print_lines,
    repair_and_report,
    suppress_all,
)

if TYPE_CHECKING:
    from asynclint.config import Config
    from asynclint.discovery import File

STDIN = "-"


class _Commands(click.Group):
    """A group in which paths and options alone mean `check`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `check` in front of arguments that name no command."""
        if not args or (args[0] not in self.commands and args[0] not in ("--version", "--help", "-h")):
            args = ["check", *args]
        return super().parse_args(ctx, args)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 clean, 1 findings, 2 usage, configuration or a defect, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = commands.main(arguments, prog_name="asynclint", standalone_mode=False)
    except click.exceptions.Exit as done:
        code = done.exit_code
    except click.ClickException as error:
        error.show()
        code = WRONG
    except AsynclintError as error:
        complain(str(error))
        code = WRONG
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted")
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- users are told what happened, in a sentence they can report
        complain(f"{describe(error)}; this is a defect of asynclint, please report it")
        code = WRONG
    sys.exit(code if isinstance(code, int) else CLEAN)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def commands() -> None:
    """Find the places where async Python code loses an update.

    `asynclint PATHS` is short for `asynclint check PATHS`.
    """


def _choice(kind: str) -> click.Choice[str]:
    """Return the values of an option, which are listed here so that `--version` and `--help` load nothing else."""
    return click.Choice(
        {"format": ["full", "concise", "json", "github"], "confidence": ["low", "medium", "high"]}[kind]
    )


def _shard(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Read which of several runs that share the files this is, `3/16`: the number, from 1, and how many there are."""
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,6})/([1-9][0-9]{0,5})", value)
    if found is None:
        raise click.BadParameter(f"{value!r} is no part of a run; write 3/16 for the third of sixteen")
    number, of = int(found[1]), int(found[2])
    if not 1 <= number <= of:
        raise click.BadParameter(f"there is no {value}; of {of} runs the first is 1/{of}, the last {of}/{of}")
    return number, of


@commands.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--select", multiple=True, metavar="CODES", help="Report these rules only: codes, prefixes, names, ALL.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Report none of these rules.")
@click.option("--min-confidence", type=_choice("confidence"), help="Hide findings below this; the default is medium.")
@click.option("--output-format", type=_choice("format"), help="Default: full on a terminal, else concise.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out what matches, as .gitignore spells it.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write a cache.")
@click.option("--cache-dir", type=click.Path(), help="Instead of .asynclint_cache beside the configuration.")
@click.option("--jobs", type=click.IntRange(min=0), help="Processes; the default, 0, is one for each core.")
@click.option("--shard", metavar="I/N", callback=_shard, help="Report on one part of the files; all of them inform it.")
@click.option("--config", "config_file", type=click.Path(), help="Use this file instead of the nearest configuration.")
@click.option("--isolated", is_flag=True, help="Use no configuration file.")
@click.option("--stdin-filename", metavar="PATH", help="The name under which `-`, standard input, is linted.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("--quiet", "-q", is_flag=True, help="Print findings and errors, and nothing else.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--fix", is_flag=True, help="Repair what can be repaired without changing what a single task computes.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also the repairs that you should look at.")
@click.option("--diff", is_flag=True, help="Show what --fix or --add-ignores would change, and change nothing.")
@click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if anything was repaired.")
@click.option("--add-ignores", is_flag=True, help="Write a suppression at every finding, with the --reason.")
@click.option("--reason", metavar="TEXT", help="Why the findings that --add-ignores suppresses are none.")
def check(
    paths: tuple[str, ...],
    config_file: str | None,
    isolated: bool,
    stdin_filename: str | None,
    color: str,
    quiet: bool,
    exit_zero: bool,
    no_cache: bool,
    shard: tuple[int, int] | None,
    **settings: object,
) -> int:
    """Lint files and folders; `-` is standard input, and no path at all is the current folder.

    Exit code: 0 clean, 1 findings (with --fix: findings that are left; with --diff: something to repair), 2 usage,
    configuration or an error of asynclint's own.
    """
    wishes = Wishes(*(bool(settings.pop(name)) for name in ("fix", "unsafe_fixes", "diff", "exit_non_zero_on_fix")))
    if exit_zero and wishes.strict:
        raise click.UsageError("--exit-zero and --exit-non-zero-on-fix contradict each other")
    ignores, reason = settings.pop("add_ignores"), settings.pop("reason")
    if shard is not None and (STDIN in paths or ignores or wishes.fix or wishes.diff):
        raise click.UsageError("--shard reports on a part of the files; standard input and repairs are for a whole run")
    config = replace(_configured(paths, config_file, isolated, settings), shard=shard)
    stdin = _read_stdin(stdin_filename) if STDIN in paths else None
    targets = [path for path in paths if path != STDIN] or ([] if stdin else [os.curdir])
    job = Job(targets, config, stdin, _wants_color(color, sys.stdout.isatty()), quiet, not no_cache)
    if ignores and wishes.fix:
        raise click.UsageError("--add-ignores and --fix: do one after the other, or what can be repaired is ignored")
    if ignores:
        code = suppress_all(job, str(reason or ""), wishes.diff)
    else:
        code = repair_and_report(job, wishes) if wishes.fix or wishes.diff else lint_and_report(job)
    return CLEAN if exit_zero and code == FINDINGS else code


@commands.command()
@click.argument("rule", required=False)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def explain(rule: str | None, color: str) -> None:
    """Explain a rule, given its code or name; without one, list the rules."""
    from asynclint import rulebook
    from asynclint.reporters import explain as pages

    colored = _wants_color(color, sys.stdout.isatty())
    known = rulebook.load()
    print_lines(pages.explain(known.resolve(rule), colored) if rule else pages.list_rules(known, colored))


def _configured(paths: Iterable[str], file: str | None, isolated: bool, settings: dict[str, object]) -> Config:
    """Read the configuration and lay the command line over it."""
    from asynclint import config as configuration

    if isolated:
        config = configuration.Config()
    elif file is not None:
        config = configuration.read(file)
    else:
        config = configuration.load(configuration.common_folder([path for path in paths if path != STDIN]))
    given: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, tuple):
            value = [part for item in value for part in str(item).replace(",", " ").split()]
        if value is not None and value != []:
            given[name.replace("_", "-")] = value
    return configuration.with_values(config, given, "command line")


def _read_stdin(name: str | None) -> File:
    from asynclint.discovery import File, shown

    location = os.path.abspath(name or "stdin.py")
    data = sys.stdin.buffer.read()
    return File(shown(location, os.getcwd()), location, len(data), data=data)


def _wants_color(choice: str, is_terminal: bool) -> bool:
    """Decide on colours: the option, then FORCE_COLOR and NO_COLOR as their conventions say, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (is_terminal and os.environ.get("TERM") != "dumb")


if __name__ == "__main__":
    main()
