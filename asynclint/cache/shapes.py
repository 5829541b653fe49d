"""Data that comes from JSON, checked against the type that it should have and made of tuples again.

A shape is made of `str`, `int`, `bool`, `None`, `Literal`, unions and tuples, like `tuple[tuple[str, int], ...]`.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from operator import itemgetter
from typing import Literal, Union, get_args, get_origin

Reader = Callable[[object], object]
_PLAIN = (str, int, bool, type(None))


def reader(shape: object) -> Reader:
    """Return a function that checks and converts data of a shape; it raises `ValueError` for any other."""
    if shape in _PLAIN or shape is None:
        return _choice([type(None) if shape is None else shape], [])
    origin, arguments = get_origin(shape), get_args(shape)
    if origin is Literal:
        return _choice([], list(arguments))
    if origin in (Union, types.UnionType):
        return _optional(arguments)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _sequence(arguments[0])
    if origin is tuple:
        return _row(arguments)
    raise TypeError(f"no data has the shape {shape!r}")


def _optional(shapes: tuple[object, ...]) -> Reader:
    """Return the reader of a plain type or of a row, that may be missing."""
    nested = [reader(one) for one in shapes if get_origin(one) is tuple]
    simple = _choice([one for one in shapes if get_origin(one) is None], [])

    def read(data: object) -> object:
        return nested[0](data) if nested and data is not None else simple(data)

    return read


def _choice(kinds: list[object], values: list[object]) -> Reader:
    allowed, known = frozenset(kinds), frozenset(values)

    def read(data: object) -> object:
        if type(data) in allowed or (known and type(data) is str and data in known):
            return data
        raise ValueError("a value of another type")

    return read


def _sequence(shape: object) -> Reader:
    if shape in _PLAIN:
        kinds = {shape}

        def plain(data: object) -> object:
            if type(data) is list and set(map(type, data)) <= kinds:
                return tuple(data)
            raise ValueError("a sequence of another type")

        return plain
    convert = reader(shape)

    def nested(data: object) -> object:
        if type(data) is list:
            return tuple([convert(one) for one in data])
        raise ValueError("not a sequence")

    return nested


def _row(shapes: tuple[object, ...]) -> Reader:
    plain = [number for number, shape in enumerate(shapes) if shape in _PLAIN]
    kinds = tuple(shapes[number] for number in plain)
    pick = itemgetter(*plain) if len(plain) > 1 else lambda data: tuple(data[number] for number in plain)
    converted = [(number, reader(shape)) for number, shape in enumerate(shapes) if shape not in _PLAIN]
    length = len(shapes)

    def read(data: object) -> object:
        if type(data) is not list or len(data) != length or tuple(map(type, pick(data))) != kinds:
            raise ValueError("a row of another type")
        for number, convert in converted:
            data[number] = convert(data[number])
        return tuple(data)

    return read
