"""Symbolic values: a term records what it was computed from, so that two values are equal only if their stories are."""

from __future__ import annotations


class Term:
    """An uninterpreted value; equal to another if it was computed the same way from the same inputs."""

    __slots__ = ("_parts", "_text", "constant", "true")

    def __init__(self, *parts: object, true: bool = True, constant: bool = False) -> None:
        self._parts = parts
        self._text = ""
        self.true = true
        self.constant = constant

    @property
    def text(self) -> str:
        """The story, written out when it is first asked for: most terms are never compared."""
        if not self._text:
            self._text = f"<{' '.join([part.text if isinstance(part, Term) else str(part) for part in self._parts])}>"
        return self._text

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Term) and self.text == other.text)

    def __hash__(self) -> int:
        return hash(self.text)

    def __bool__(self) -> bool:
        return self.true

    def __repr__(self) -> str:
        return self.text

    def __add__(self, other: object) -> Term:
        return Term("+", self, other)

    def __radd__(self, other: object) -> Term:
        return Term("+", other, self)

    def __sub__(self, other: object) -> Term:
        return Term("-", self, other)


class Missing:
    """The value of a key that is not there."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()
MARKER = Term("marker")
CONSTANTS = tuple(Term("const", value, true=bool(value), constant=True) for value in range(20))


def is_constant(value: object) -> bool:
    """Say whether a value is a literal: writing the same one twice loses nothing."""
    if isinstance(value, Term):
        return value.constant
    return value is None or isinstance(value, (bool, Missing))


def same(one: object, other: object) -> bool:
    """Tell whether two values are the same to a reader; `get` gives None for a key that is not there."""
    return (None if one is MISSING else one) == (None if other is MISSING else other)
