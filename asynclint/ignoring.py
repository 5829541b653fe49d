"""Which paths are left out: patterns as `.gitignore` spells them, and the folders that nobody means."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

LEFT_OUT = frozenset(
    {
        "__pycache__",
        "__pypackages__",
        "_build",
        "buck-out",
        "build",
        "dist",
        "env",
        "node_modules",
        "site-packages",
        "venv",
    }
)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns that hold below `base`, in order; the last that matches a path decides.

    `groups` are runs of patterns of one sign, joined into one expression each, the last run first: a path is matched
    once for each run, not once for each pattern.
    """

    base: str
    groups: tuple[tuple[bool, re.Pattern[str]], ...]

    def verdict(self, location: str, is_folder: bool) -> bool | None:
        """Tell whether a path is left out (True), kept by a `!` pattern (False), or not spoken of (None)."""
        if not location.startswith(self.base):
            return None
        relative = location[len(self.base) :].replace(os.sep, "/") + ("/" if is_folder else "")
        for leaves_out, expression in self.groups:
            if expression.match(relative):
                return leaves_out
        return None


def compile_patterns(base: str, lines: Iterable[str]) -> Patterns | None:
    """Make patterns out of lines of a `.gitignore`; None if none of them says anything."""
    from pathspec import GitIgnoreSpec

    groups: list[tuple[bool, list[str]]] = []
    for line in lines:
        for pattern in GitIgnoreSpec.from_lines([line]).patterns:
            if pattern.include is None or pattern.regex is None:
                continue
            # A folder is matched as `name/`: `name/**` must mean what is in it, or no `!` could bring a part back.
            inside = "." if line.rstrip().endswith("/**") else ""
            expression = re.sub(r"\(\?P<\w+>", "(?:", pattern.regex.pattern) + inside
            if not groups or groups[-1][0] != pattern.include:
                groups.append((pattern.include, []))
            groups[-1][1].append(expression)
    if not groups:
        return None
    joined = [(sign, re.compile("|".join(f"(?:{one})" for one in group))) for sign, group in reversed(groups)]
    return Patterns(base if base.endswith(os.sep) else base + os.sep, tuple(joined))


@lru_cache(maxsize=4096)
def gitignore(folder: str) -> Patterns | None:
    """Read the `.gitignore` of a folder, if it has one that says something."""
    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="surrogateescape") as file:
            return compile_patterns(folder, file.read().splitlines())
    except (OSError, ValueError):
        return None


def gitignores_above(folder: str) -> tuple[Patterns, ...]:
    """Return the `.gitignore`s of the folders above, outermost first, up to the one that holds `.git`.

    Those that leave out the folder itself are dropped: who names a folder means what is in it.
    """
    found: list[Patterns] = []
    above = folder
    while not os.path.exists(os.path.join(above, ".git")):
        parent = os.path.dirname(above)
        if parent == above:
            return ()
        above = parent
        patterns = gitignore(above)
        if patterns is not None and not _leaves_out(patterns, folder):
            found.append(patterns)
    return tuple(reversed(found))


def left_out(location: str, is_folder: bool, patterns: tuple[Patterns, ...]) -> bool:
    """Tell whether a path is left out; of several sets of patterns the innermost that speaks of it decides."""
    for one in reversed(patterns):
        verdict = one.verdict(location, is_folder)
        if verdict is not None:
            return verdict
    return False


def _leaves_out(patterns: Patterns, folder: str) -> bool:
    """Tell whether patterns leave out a folder, or one of the folders that it is in."""
    while len(folder) >= len(patterns.base):
        if patterns.verdict(folder, True):
            return True
        folder = os.path.dirname(folder)
    return False


def nobody_means(name: str, inside: Iterable[str]) -> bool:
    """Tell from its name and what is in it whether a folder found on the way is left out by default.

    Hidden folders, virtual environments, and folders of build output or of other people's packages, unless they are
    packages of the project (a package may be called `build`).
    """
    names = frozenset(inside)
    return name.startswith(".") or "pyvenv.cfg" in names or (name in LEFT_OUT and "__init__.py" not in names)
