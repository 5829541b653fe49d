"""A checker for the part of JSON Schema that the published schema uses; an unknown keyword is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

Schema = Mapping[str, object]

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "null": type(None),
}
_PROSE = {"$schema", "title", "description", "$defs"}


def violations(value: object, schema: Schema, root: Schema, where: str = "$") -> Iterator[str]:
    """Yield a sentence for each way in which a value breaks a schema."""
    for keyword, wanted in schema.items():
        if keyword not in _PROSE:
            yield from _KEYWORDS[keyword](value, wanted, schema, root, where)


def _type(value: object, wanted: object, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    names = [wanted] if isinstance(wanted, str) else cast(list[str], wanted)
    if not any(isinstance(value, _TYPES[name]) and not isinstance(value, bool) for name in names):
        yield f"{where}: {value!r} is not of type {wanted}"


def _properties(value: object, wanted: object, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in cast(Mapping[str, Schema], wanted).items():
            if name in value:
                yield from violations(value[name], part, root, f"{where}.{name}")


def _required(value: object, wanted: object, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{where}: {name} is missing" for name in cast(list[str], wanted) if name not in value)


def _additional(value: object, wanted: object, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    assert wanted is False
    if isinstance(value, dict):
        known = cast(Mapping[str, Schema], schema["properties"])
        yield from (f"{where}: {name} is unknown" for name in value if name not in known)


def _items(value: object, wanted: object, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from violations(item, cast(Schema, wanted), root, f"{where}[{number}]")


def _enum(value: object, wanted: object, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    if value not in cast(list[object], wanted):
        yield f"{where}: {value!r} is not one of {wanted}"


def _minimum(value: object, wanted: object, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    if isinstance(value, int) and value < cast(int, wanted):
        yield f"{where}: {value} is less than {wanted}"


def _pattern(value: object, wanted: object, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    if isinstance(value, str) and not re.search(cast(str, wanted), value):
        yield f"{where}: {value!r} does not match {wanted}"


def _any_of(value: object, wanted: object, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    if all(list(violations(value, part, root, where)) for part in cast(list[Schema], wanted)):
        yield f"{where}: {value!r} fits none of the alternatives"


def _ref(value: object, wanted: object, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    name = cast(str, wanted).removeprefix("#/$defs/")
    yield from violations(value, cast(Mapping[str, Schema], root["$defs"])[name], root, where)


_Check = Callable[[object, object, Schema, Schema, str], Iterator[str]]
_KEYWORDS: dict[str, _Check] = {
    "type": _type,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "items": _items,
    "enum": _enum,
    "minimum": _minimum,
    "pattern": _pattern,
    "anyOf": _any_of,
    "$ref": _ref,
}
