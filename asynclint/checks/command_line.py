"""Files that are called from a shell: each run is one command, which begins alone and is waited for."""

from __future__ import annotations

import re

from asynclint.link.program import Program

NAMES = re.compile(r"(\w+_)?cli|__main__")
PARSERS = frozenset(("argparse", "click", "typer", "fire", "docopt", "cyclopts", "rich_click", "cloup"))
"""Libraries that read what a shell hands over."""


def is_command_line(program: Program, path: str) -> bool:
    """Tell by the name of a file, and by what it imports, whether it is what is called from a shell."""
    if NAMES.fullmatch(path.rpartition("/")[2].removesuffix(".py")) is None:
        return False
    return any(origin.split(".")[0] in PARSERS for origin in program.modules[path].imports.values())
