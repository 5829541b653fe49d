"""The rules as their pages declare them: a page in `rules/` is the one place where a rule's facts are written."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast, get_args

from asynclint.errors import AsynclintError
from asynclint.findings import Severity

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Status = Literal["preview", "stable", "deprecated", "removed"]
Needs = Literal["rival", "failure-path", "none"]

SECTIONS = ("Why it matters", "Bad", "Proof", "Good", "Fix", "Known limits")

_TITLE = re.compile(r"# (?P<name>[a-z]+(?:-[a-z]+)*) \((?P<code>ARC\d{3})\)")
_SINCE = re.compile(r"\d+(\.\d+)+")
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "severity": get_args(Severity),
    "status": get_args(Status),
    "needs": get_args(Needs),
}


LETTERS_LIKE_DIGITS = str.maketrans("oil", "011")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    `needs` is what a finding must have beside its window: a `rival` (another task's access), a `failure-path` (a way
    out by exception or cancellation), or `none`. `text` is the whole page; `sections` are its H2s, in order.
    """

    code: str
    name: str
    severity: Severity
    status: Status
    since: str
    needs: Needs
    summary: str
    text: str
    sections: tuple[tuple[str, str], ...]

    @property
    def page(self) -> str:
        """The file name of the page."""
        return f"{self.code}-{self.name}.md"

    def section(self, heading: str) -> str:
        """Return the text under an H2, without the heading."""
        return dict(self.sections)[heading]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules, by code."""

    rules: tuple[Rule, ...]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, in order."""
        return tuple(rule.code for rule in self.rules)

    def get(self, code_or_name: str) -> Rule | None:
        """Return the rule of this code or name, in any case, or None."""
        wanted = code_or_name.strip()
        for rule in self.rules:
            if wanted.upper() == rule.code or wanted.lower() == rule.name:
                return rule
        return None

    def nearest(self, text: str) -> str | None:
        """Return the code or name that is spelled most like `text`, if any is close."""
        import difflib

        spellings = {rule.code.lower(): rule.code for rule in self.rules} | {
            rule.name: rule.name for rule in self.rules
        }
        typed = text.strip().lower()
        digits = typed[:3] + typed[3:].translate(LETTERS_LIKE_DIGITS)
        if digits in spellings:
            return spellings[digits]
        close = difflib.get_close_matches(typed, spellings, n=1)
        return spellings[close[0]] if close else None

    def resolve(self, code_or_name: str) -> Rule:
        """Return the rule of this code or name; the error for an unknown one names the nearest."""
        rule = self.get(code_or_name)
        if rule is not None:
            return rule
        near = self.nearest(code_or_name)
        hint = f"did you mean {near!r}?" if near else "`asynclint explain` lists the rules"
        raise AsynclintError(f"there is no rule {code_or_name!r}; {hint}")


@lru_cache(maxsize=1)
def load() -> Rulebook:
    """Read all pages, once; a malformed page is an `AsynclintError` that says which and why."""
    rules = [parse(name, text) for name, text in _pages()]
    if not rules:
        raise AsynclintError("no rule pages were found; the installation is incomplete, install asynclint again")
    return Rulebook(tuple(sorted(rules, key=lambda rule: rule.code)))


def parse(file_name: str, text: str) -> Rule:
    """Read one page: `# name (CODE)`, a toml block, one summary sentence, then the sections in their order."""
    lines = text.splitlines()
    title = _TITLE.fullmatch(lines[0].rstrip()) if lines else None
    if title is None:
        raise _malformed(file_name, 1, "the first line must read '# name-of-the-defect (ARCnnn)'")
    code, name = title["code"], title["name"]
    if file_name != f"{code}-{name}.md":
        raise _malformed(file_name, 1, f"the title asks for the file name '{code}-{name}.md'")
    declared, after = _declaration(file_name, lines)
    intro, sections = _split(lines[after:])
    headings = tuple(heading for heading, _ in sections)
    if headings != SECTIONS:
        raise _malformed(file_name, after, f"the sections must be {', '.join(SECTIONS)}; found {', '.join(headings)}")
    summary = " ".join(intro.split())
    if not summary.endswith("."):
        raise _malformed(file_name, after, "one summary sentence must follow the toml block and end with a full stop")
    return Rule(
        code=code,
        name=name,
        severity=cast(Severity, declared["severity"]),
        status=cast(Status, declared["status"]),
        since=declared["since"],
        needs=cast(Needs, declared["needs"]),
        summary=summary,
        text=text,
        sections=sections,
    )


def _declaration(file_name: str, lines: list[str]) -> tuple[dict[str, str], int]:
    """Read the toml block that follows the title; return it and the index of the line after it."""
    fence = next((index for index, line in enumerate(lines[1:], 1) if line.strip()), len(lines) - 1)
    end = next((index for index in range(fence + 1, len(lines)) if lines[index].rstrip() == "```"), None)
    if lines[fence].rstrip() != "```toml" or end is None:
        raise _malformed(file_name, fence + 1, "a fenced toml block must follow the title")
    try:
        table = tomllib.loads("\n".join(lines[fence + 1 : end]))
    except tomllib.TOMLDecodeError as error:
        raise _malformed(file_name, fence + 1, f"the toml block cannot be read: {error}") from error
    declared = {key: str(value) for key, value in table.items()}
    for key in (*_ALLOWED, "since"):
        if key not in declared:
            raise _malformed(file_name, fence + 1, f"the toml block must give {key!r}")
    for key, value in declared.items():
        if key in _ALLOWED and value not in _ALLOWED[key]:
            raise _malformed(file_name, fence + 1, f"{key} is {value!r}, must be one of {', '.join(_ALLOWED[key])}")
        if key not in _ALLOWED and key != "since":
            raise _malformed(file_name, fence + 1, f"the toml block has an unknown key {key!r}")
    if not _SINCE.fullmatch(declared["since"]):
        raise _malformed(file_name, fence + 1, f"since is {declared['since']!r}, must be a version such as '0.1'")
    return declared, end + 1


def _split(lines: list[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Cut text at its H2s, those inside fenced blocks left alone; return what stands before, and the sections."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in lines:
        if line.startswith("```"):
            fenced = not fenced
        if line.startswith("## ") and not fenced:
            parts.append((line[3:].strip(), []))
        else:
            parts[-1][1].append(line)
    texts = tuple((heading, "\n".join(body).strip("\n")) for heading, body in parts)
    return texts[0][1], texts[1:]


def _malformed(file_name: str, line: int, what: str) -> AsynclintError:
    return AsynclintError(f"rules/{file_name}:{line}: {what}")


def _pages() -> Iterator[tuple[str, str]]:
    return (page for page in knowledge("") if page[0].startswith("ARC") and page[0].endswith(".md"))


def knowledge(subfolder: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of each file of `rules/`: beside the package in a wheel, else in the checkout or a zip."""
    package = Path(__file__).parent
    for folder in (package / "rules", package.parent / "rules"):
        if folder.is_dir():
            for path in sorted((folder / subfolder).iterdir()):
                if path.is_file():
                    yield path.name, path.read_text("utf-8")
            return
    from importlib.resources import files

    for entry in files("asynclint").joinpath("rules", subfolder).iterdir():
        if entry.is_file():
            yield entry.name, entry.read_text("utf-8")
