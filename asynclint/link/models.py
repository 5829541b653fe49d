"""What libraries do, as tables: read from `rules/models/*.toml`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from asynclint.errors import ConfigError
from asynclint.rulebook import knowledge

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LOCK_NAME = re.compile(
    r"(^|_|\b)(r?lock(ed|er)?s?|mutex(es)?|guard|critical|linearizer|synchroni[sz]ed)($|_|\b)|Lock($|\b)", re.IGNORECASE
)
SEMAPHORE_NAME = re.compile(r"(sem|semaphore|limiter|throttle)s?$", re.IGNORECASE)
LISTS = {
    "suspension": ("never", "unbounded", "calm", "ready"),
    "spawns": ("functions", "methods", "many", "callbacks", "served"),
    "overlap": ("decorators", "background", "methods", "per_call"),
    "serial": ("methods", "prefixes", "suffixes", "commands", "classes"),
}


@dataclass(frozen=True, slots=True)
class Models:
    """The tables, merged over all files.

    `locks` maps a qualified constructor to `mutex`, `condition`, `semaphore` or `thread`; the lists are named
    `section.key`.
    """

    locks: Mapping[str, str]
    lists: Mapping[str, frozenset[str]]

    def has(self, name: str, word: str) -> bool:
        """Tell whether a list contains a word."""
        return word in self.lists[name]

    def ready(self, method: str) -> Iterator[str]:
        """Yield the conditions under which a method that otherwise waits has nothing to wait for."""
        for word in self.lists["suspension.ready"]:
            known, _, condition = word.partition(": ")
            if known == method:
                yield condition

    def serial(self, method: str) -> bool:
        """Tell whether a framework calls methods of this name once, or one at a time."""
        lists = self.lists
        if method in lists["serial.methods"] or method.startswith(tuple(lists["serial.prefixes"])):
            return True
        return method.endswith(tuple(lists["serial.suffixes"]))

    def serial_class(self, names: Iterable[str]) -> bool:
        """Tell by the names of a class and its bases whether its objects deal with one message at a time."""
        return any(name.rsplit(".", 1)[-1].endswith(tuple(self.lists["serial.classes"])) for name in names)


def load_models(extra: Iterable[Path] = ()) -> Models:
    """Return the models that come with asynclint and those of the user; raise `ConfigError` for a bad file."""
    return _load(tuple(sorted(str(path) for path in extra)))


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise ConfigError(f"{path}: the models cannot be read: {why}") from why


@lru_cache(maxsize=8)
def _load(extra: tuple[str, ...]) -> Models:
    locks: dict[str, str] = {}
    lists: dict[str, set[str]] = {f"{section}.{key}": set() for section, keys in LISTS.items() for key in keys}
    texts = list(knowledge("models"))
    texts += [(path, _text(path)) for path in extra]
    for name, text in texts:
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as why:
            raise ConfigError(f"{name}: not valid TOML: {why}") from why
        for section, content in table.items():
            if section == "locks":
                locks.update({str(key): str(value) for key, value in content.items()})
                continue
            for key, words in content.items():
                if f"{section}.{key}" not in lists:
                    known = ", ".join(sorted(["locks", *lists]))
                    raise ConfigError(f"{name}: unknown list {section}.{key}; known are {known}")
                lists[f"{section}.{key}"].update(str(word) for word in words)
    return Models(locks, {name: frozenset(words) for name, words in lists.items()})
