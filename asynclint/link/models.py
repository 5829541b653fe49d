"""What libraries do, as tables: read from `rules/models/*.toml`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import translate
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
    "suspension": ("never", "unbounded", "calm", "logging", "ready"),
    "spawns": ("functions", "methods", "many", "callbacks", "served"),
    "overlap": ("decorators", "background", "methods", "per_call"),
    "serial": ("methods", "prefixes", "suffixes", "commands", "classes"),
}


PATTERNS = ("classes", "first", "polled", "asked", "served", "unpolled")
HOOKS = ("kind", *PATTERNS, "turns", "polls")


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a framework calls on objects of some classes, and what of it runs beside what.

    `kind` says in a word what these objects are, `classes` what their bases are called in full. Of their methods run
    those that are `first` before the object is in use; one task calls those that are `polled`, again and again; those
    that are `asked` or `served` are called whenever somebody wants it. A constant of the module that is one of `turns`,
    and 1, lets what is polled and asked of the objects that are made there come one at a time. An attribute of `polls`
    that is False, or a base that is `unpolled`, says that nobody polls the object.
    """

    kind: str
    classes: re.Pattern[str]
    first: re.Pattern[str]
    polled: re.Pattern[str]
    asked: re.Pattern[str]
    served: re.Pattern[str]
    unpolled: re.Pattern[str]
    turns: frozenset[str]
    polls: frozenset[str]


@dataclass(frozen=True, slots=True)
class Models:
    """The tables, merged over all files.

    `locks` maps a qualified constructor to `mutex`, `condition`, `semaphore` or `thread`; the lists are named
    `section.key`.
    """

    locks: Mapping[str, str]
    lists: Mapping[str, frozenset[str]]
    hooks: tuple[Hooks, ...] = ()

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
    hooks: list[Hooks] = []
    for name, text in texts:
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as why:
            raise ConfigError(f"{name}: not valid TOML: {why}") from why
        for section, content in table.items():
            if section == "locks":
                locks.update({str(key): str(value) for key, value in content.items()})
                continue
            if section == "hooks":
                hooks.extend(_hooks(name, one) for one in (content if isinstance(content, list) else [{}]))
                continue
            for key, words in content.items():
                if f"{section}.{key}" not in lists:
                    known = ", ".join(sorted(["locks", *lists]))
                    raise ConfigError(f"{name}: unknown list {section}.{key}; known are {known}")
                lists[f"{section}.{key}"].update(str(word) for word in words)
    return Models(locks, {name: frozenset(words) for name, words in lists.items()}, tuple(hooks))


def _hooks(name: str, table: Mapping[str, object]) -> Hooks:
    """Return one table of hooks; in what is compared with whole names `*` stands for anything."""
    unknown = sorted(set(table) - set(HOOKS))
    if unknown:
        raise ConfigError(f"{name}: unknown key hooks.{unknown[0]}; known are {', '.join(HOOKS)}")
    kind, lists = table.get("kind"), {key: table.get(key, []) for key in HOOKS[1:]}
    words = {key: [str(word) for word in found] for key, found in lists.items() if isinstance(found, list)}
    if not isinstance(kind, str) or len(words) < len(lists):
        raise ConfigError(f"{name}: each of [[hooks]] needs a text as `kind`; all else in it are lists of names")
    patterns = {key: _any_of(words[key]) for key in PATTERNS}
    return Hooks(kind, **patterns, turns=frozenset(words["turns"]), polls=frozenset(words["polls"]))


def _any_of(words: list[str]) -> re.Pattern[str]:
    """Return what matches each of some words, in which `*` stands for anything; nothing where there are none."""
    return re.compile("|".join(map(translate, words)) or r"(?!)")
