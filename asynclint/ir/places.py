"""Access paths: the names of state that two tasks can reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

RootKind = Literal["self", "cls", "class", "global", "closure", "param"]


@dataclass(frozen=True, slots=True)
class Attr:
    """An attribute step: `.name`."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


@dataclass(frozen=True, slots=True)
class Key:
    """A key step: `[text]`.

    Two keys are equal if their `text` is: `text` is the normalised source of the key, or the local variable that
    holds it. `names` are the variables that it is made of: when one is assigned, the key means another element.
    `text == "*"` is an element nobody can name (an unknown key, the element of an iteration).
    """

    text: str
    names: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"[{self.text}]"


Step = Attr | Key
NO_NAMES: frozenset[str] = frozenset()
ANY_KEY = Key("*")


@dataclass(frozen=True, slots=True)
class Path:
    """State by name: a root that outlives the call, and the steps from it.

    `root` is the variable's name ("self", "cls", a class, a parameter); module globals and closure variables are the
    first attribute step of the roots `%module` and `%closure`.
    """

    kind: RootKind
    root: str
    steps: tuple[Step, ...] = ()
    names: frozenset[str] = field(init=False, repr=False, compare=False)
    """The variables that the keys along the path are made of."""
    _hash: int = field(init=False, repr=False, compare=False)
    _further: dict[str | Key, Path] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Paths are hashed, compared, and asked what their keys are made of and what follows, far more often than made.
        object.__setattr__(self, "_hash", hash((self.root, self.steps)))
        keys = [step.names for step in self.steps if isinstance(step, Key) and step.names]
        object.__setattr__(self, "names", keys[0].union(*keys) if keys else NO_NAMES)
        object.__setattr__(self, "_further", {})

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Path) or self._hash != other._hash:
            return False
        return self.steps == other.steps and self.root == other.root and self.kind == other.kind

    def __str__(self) -> str:
        text = "".join(str(step) for step in self.steps)
        return text.removeprefix(".") if self.root.startswith("%") else self.root + text

    def then(self, step: Step) -> Path:
        """Return the path one step further."""
        name = step.name if isinstance(step, Attr) else step
        known = self._further.get(name)
        if known is None:
            known = self._further[name] = Path(self.kind, self.root, (*self.steps, step))
        return known

    @property
    def parent(self) -> Path:
        """The path without its last step."""
        return Path(self.kind, self.root, self.steps[:-1])

    @property
    def attribute(self) -> str:
        """The last attribute name along the path, the root where there is none."""
        for step in reversed(self.steps):
            if isinstance(step, Attr):
                return step.name
        return self.root

    @property
    def shape(self) -> tuple[str, ...]:
        """The attribute names along the path with `[]` for each key: what a whole-program index is keyed by."""
        return tuple(step.name if isinstance(step, Attr) else "[]" for step in self.steps)


def inner(left: Path | None, right: Path | None) -> Path | None:
    """Return the place of what is a container or an element of it: `rows = all["rows"] if "rows" in all else all`."""
    if left is None or right is None:
        return None
    outer, inside = (left, right) if len(left.steps) < len(right.steps) else (right, left)
    size = len(outer.steps)
    if (outer.kind, outer.root, outer.steps) != (inside.kind, inside.root, inside.steps[:size]):
        return None
    return inside if all(isinstance(step, Key) for step in inside.steps[size:]) else None


MODULE = "%module"
CLOSURE = "%closure"
