"""The configuration: `[tool.asynclint]` of pyproject.toml, or asynclint.toml, into one frozen `Config`."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar, cast, get_args

from asynclint import rulebook
from asynclint.errors import ConfigError, explain_os_error
from asynclint.findings import CONFIDENCES, Confidence

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OutputFormat = Literal["full", "concise", "json", "github"]
Value = TypeVar("Value", bound=str)

UNPARSABLE = "ARC902"


@dataclass(frozen=True, slots=True)
class Config:
    """How a run is to go. Each field but `root`, `file` and `shard` is a key of the configuration, with `-` for `_`.

    `select` and `ignore` are codes, prefixes of codes resolved. `exclude` and the patterns of `per_file_ignores` are
    spelled as in `.gitignore` and hold below `root`, the folder of the configuration `file`. `jobs` of 0 means one
    for each core; `max_file_size` is in bytes; `models` are files of library models, beside those that come along;
    `cache_dir` is a folder, None for `.asynclint_cache` in `root`. `shard`, as (number,
    of how many), is given to one run.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_confidence: Confidence = "medium"
    exclude: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    output_format: OutputFormat | None = None
    jobs: int = 0
    max_file_size: int = 4_000_000
    models: tuple[str, ...] = ()
    cache_dir: str | None = None
    shard: tuple[int, int] | None = None
    root: str = field(default_factory=os.getcwd)
    file: str | None = None

    def selects(self, code: str) -> bool:
        """Tell whether findings of a rule are wanted; a file that cannot be read is left out only by `ignore`."""
        wanted = not self.select or code in self.select or code == UNPARSABLE
        return wanted and code not in self.ignore


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands, for the sentence that refuses it."""

    where: str
    key: str

    def refuse(self, problem: str) -> ConfigError:
        return ConfigError(f"{self.where}: {self.key}: {problem}")


def load(folder: str) -> Config:
    """Return the configuration that holds in a folder: the nearest upward; defaults where there is none.

    `asynclint.toml` wins over a pyproject.toml in the same folder; one without `[tool.asynclint]` is passed over.
    """
    folder = os.path.abspath(folder)
    while True:
        own = os.path.join(folder, "asynclint.toml")
        if os.path.isfile(own):
            return read(own)
        project = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(project) and _table(project) is not None:
            return read(project)
        parent = os.path.dirname(folder)
        if parent == folder:
            return Config()
        folder = parent


def read(path: str) -> Config:
    """Read one configuration file: of a pyproject.toml the table `[tool.asynclint]`, of any other file the whole."""
    table = _table(path)
    if table is None:
        raise ConfigError(f"{_shown(path)}: it has no [tool.asynclint]")
    where = f"{_shown(path)}: [tool.asynclint]" if os.path.basename(path) == "pyproject.toml" else _shown(path)
    root = os.path.dirname(os.path.abspath(path))
    base = replace(Config(root=root), file=os.path.abspath(path))
    config = with_values(base, table, where)
    cache_dir = None if config.cache_dir is None else os.path.join(root, config.cache_dir)
    return replace(config, models=tuple(os.path.join(root, model) for model in config.models), cache_dir=cache_dir)


def with_values(config: Config, values: Mapping[str, object], where: str) -> Config:
    """Return a configuration with some values set; `where` is what the sentence about a wrong one begins with."""
    for key, value in values.items():
        setter = _SETTERS.get(key)
        if setter is None:
            raise ConfigError(f"{where}: there is no key {key!r}; {_nearest(key, _SETTERS)}")
        config = setter(config, value, _Place(where, key))
    return config


def _table(path: str) -> Mapping[str, object] | None:
    """Return the table that speaks to us in a TOML file, or None if a pyproject.toml has none."""
    try:
        with open(path, "rb") as file:
            document: dict[str, object] = tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{_shown(path)}: the configuration cannot be read: {explain_os_error(error)}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{_shown(path)}: this is not TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{_shown(path)}: this is not TOML: byte {error.start} is not UTF-8") from error
    if os.path.basename(path) != "pyproject.toml":
        return document
    tool = document.get("tool", {})
    table = tool.get("asynclint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{_shown(path)}: tool.asynclint must be a table, written [tool.asynclint]")
    return table


def _shown(path: str) -> str:
    """Return a path relative to the working directory where it lies below it."""
    return os.path.abspath(path).removeprefix(os.getcwd() + os.sep)


def _nearest(given: str, allowed: Iterable[str]) -> str:
    """Say which right spelling is nearest to a wrong one, and what is allowed."""
    allowed = list(allowed)
    near = difflib.get_close_matches(given.lower().replace("_", "-"), allowed, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}allowed are {', '.join(allowed)}"


def _strings(value: object, place: _Place) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise place.refuse(f"must be a list of strings, not {_spell(value)}")
    return tuple(value)


def _text(value: object, place: _Place) -> str:
    if not isinstance(value, str) or not value:
        raise place.refuse(f"must be a string, not {_spell(value)}")
    return value


def _codes(value: object, place: _Place) -> tuple[str, ...]:
    known = rulebook.load()
    codes: dict[str, None] = {}
    for item in _strings(value, place):
        rule = known.get(item)
        prefix = "ARC" if item.upper() == "ALL" else item.upper()
        matching = [rule.code] if rule else [code for code in known.codes if prefix and code.startswith(prefix)]
        if not matching:
            near = known.nearest(item)
            hint = f"did you mean {near!r}? " if near else ""
            raise place.refuse(f"there is no rule {item!r}; {hint}`asynclint explain` lists the rules")
        codes.update(dict.fromkeys(matching))
    return tuple(codes)


def _one_of(allowed: tuple[Value, ...]) -> Callable[[object, _Place], Value]:
    def reader(value: object, place: _Place) -> Value:
        if not isinstance(value, str):
            raise place.refuse(f"must be one of {', '.join(allowed)}, not {_spell(value)}")
        if value not in allowed:
            raise place.refuse(f"there is no {value!r}; {_nearest(value, allowed)}")
        return value

    return reader


def _whole(least: int, value: object, place: _Place) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise place.refuse(f"must be a whole number, at least {least}, not {_spell(value)}")
    return value


def _per_file(value: object, place: _Place) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise place.refuse(f'must be a table of patterns, as in {{"tests/*" = ["ARC101"]}}, not {_spell(value)}')
    return tuple(
        (pattern, _codes(codes, _Place(place.where, f"{place.key}.{pattern!r}"))) for pattern, codes in value.items()
    )


def _spell(value: object) -> str:
    """Write a value as TOML would, roughly: for sentences."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


_confidence = _one_of(CONFIDENCES)
_format = _one_of(cast("tuple[OutputFormat, ...]", get_args(OutputFormat)))

_SETTERS: Mapping[str, Callable[[Config, object, _Place], Config]] = {
    "select": lambda config, value, place: replace(config, select=_codes(value, place)),
    "ignore": lambda config, value, place: replace(config, ignore=_codes(value, place)),
    "min-confidence": lambda config, value, place: replace(config, min_confidence=_confidence(value, place)),
    "exclude": lambda config, value, place: replace(config, exclude=_strings(value, place)),
    "per-file-ignores": lambda config, value, place: replace(config, per_file_ignores=_per_file(value, place)),
    "output-format": lambda config, value, place: replace(config, output_format=_format(value, place)),
    "jobs": lambda config, value, place: replace(config, jobs=_whole(0, value, place)),
    "max-file-size": lambda config, value, place: replace(config, max_file_size=_whole(1, value, place)),
    "cache-dir": lambda config, value, place: replace(config, cache_dir=_text(value, place)),
    "models": lambda config, value, place: replace(config, models=_strings(value, place)),
}


def common_folder(paths: Sequence[str]) -> str:
    """Return the folder that all paths are in: where the search for a configuration begins."""
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in map(os.path.abspath, paths)]
    try:
        return os.path.commonpath(folders) if folders else os.getcwd()
    except ValueError:  # on several drives
        return os.getcwd()
