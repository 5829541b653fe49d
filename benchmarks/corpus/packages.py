"""The packages of the corpus, as `packages.toml` pins them."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGES = Path(__file__).with_name("packages.toml")

_WHEEL = re.compile(r"[\w.+]+-[\w.+!]+(?:-\d\w*)?-(?P<python>[\w.]+)-(?P<abi>[\w.]+)-(?P<platform>[\w.]+)\.whl")


class CorpusError(Exception):
    """What a user of the benchmark did wrong, or what could not be had; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    """One release: its wheel's file name and hash; `tuned` if its code was looked at while rules were made."""

    name: str
    version: str
    file: str
    sha256: str
    tuned: bool = False

    @property
    def release(self) -> str:
        """Name and version, as files and folders are called."""
        return f"{self.name}-{self.version}"

    @property
    def tags(self) -> tuple[list[str], list[str], list[str]]:
        """The wheel's tags of Python, of its binary interface and of the platform."""
        match = _WHEEL.fullmatch(self.file)
        if match is None:
            raise CorpusError(f"{self.name}: {self.file!r} is not the name of a wheel")
        return match["python"].split("."), match["abi"].split("."), match["platform"].split(".")


def load(path: Path = PACKAGES) -> list[Package]:
    """Read the list; in order of names."""
    rows: list[dict[str, object]] = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
    packages = [
        Package(str(row["name"]), str(row["version"]), str(row["file"]), str(row["sha256"]), row.get("tuned") is True)
        for row in rows
    ]
    return sorted(packages, key=lambda package: package.name)


def chosen(packages: Collection[Package], names: Collection[str], untuned: bool = False) -> list[Package]:
    """Return the packages of these names, all if there are none, without the tuned ones if so asked."""
    unknown = sorted(set(names) - {package.name for package in packages})
    if unknown:
        raise CorpusError(f"not in packages.toml: {', '.join(unknown)}")
    return [one for one in packages if (not names or one.name in names) and not (untuned and one.tuned)]
