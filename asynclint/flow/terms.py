"""What the variables of a block stand for: an attribute of the object, a constant, or a question about an attribute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from asynclint.flow.verdicts import FALSE
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.places import CLOSURE, MODULE

State = tuple[str, ...]
"""An attribute of the object by its name, or an event in it, which is set or is not: `("ready", "is_set()")`."""
Says = Literal["is", "not", "true", "false"]
OBJECT = "%object"
"""Stands for an object that has just been made, which is not None."""
IS_SET = "is_set()"
IN = "in"
"""The second of three parts of a state: whether a key is in a container, `("users", "in", "name")`."""
MAKING = frozenset(("create_task", "ensure_future"))
WAITING = frozenset(("wait_for", "shield"))
EQUALITIES = frozenset(("is", "is not", "==", "!="))


class Known(NamedTuple):
    """What is known of an attribute: it is a constant, is not, or is true or false."""

    state: State
    says: Says
    value: str = ""


NO_KEYS: Mapping[ops.Var, ops.Var] = MappingProxyType({})
Facts = frozenset[Known]
NOTHING: Facts = frozenset()


class Question(NamedTuple):
    """Whether an attribute is one of some constants, or true where there are none; or, not `asked` so, the opposite."""

    state: State
    values: tuple[str, ...] = ()
    asked: bool = True

    def answer(self, outcome: bool) -> Iterator[Known]:
        """Yield what is known once the question has been answered."""
        positive = self.asked == outcome
        if not self.values:
            yield Known(self.state, "true" if positive else "false")
        elif not positive:
            yield from (Known(self.state, "not", value) for value in self.values)
        elif len(self.values) == 1:
            yield Known(self.state, "is", self.values[0])

    def outcome(self, facts: Facts) -> bool | None:
        """Return the answer, None where it is not known."""
        about = [fact for fact in facts if fact.state == self.state]
        if not about:
            return None
        found = [_compare(about, value) for value in self.values] if self.values else [_truth(about)]
        if True in found:
            return self.asked
        return None if None in found else not self.asked


def stored(state: State, value: str) -> Facts:
    """Return what is known once a constant, or an object that has just been made, has been stored."""
    if value == OBJECT:
        return frozenset([Known(state, "not", "None")])
    return frozenset([Known(state, "is", value)])


def _truth(facts: list[Known]) -> bool | None:
    for fact in facts:
        if fact.says in ("true", "false"):
            return fact.says == "true"
        if fact.says == "is" and (fact.value in FALSE or _is_literal(fact.value)):
            return fact.value not in FALSE
    return None


def _compare(facts: list[Known], value: str) -> bool | None:
    """Tell whether an attribute is a constant."""
    for fact in facts:
        if fact.says == "is" and (fact.value == value or _differ(fact.value, value)):
            return fact.value == value
        if fact.says == "not" and fact.value == value:
            return False
    truth = _truth(facts)
    if truth is None or not (value in FALSE or _is_literal(value)):
        return None
    return None if truth == (value not in FALSE) else False


def _differ(one: str, other: str) -> bool:
    """Tell whether two constants, which are spelled differently, are different: members of one enumeration are."""
    if _is_literal(one) or _is_literal(other):
        return True
    return "." in one and "." in other and one.rpartition(".")[0] == other.rpartition(".")[0]


def _is_literal(value: str) -> bool:
    return value in ("None", "True", "False") or not value[:1].isalpha()


class Awaitable(NamedTuple):
    """What waits for the task or future in an attribute: `wait_for(self.task, 3)`."""

    state: State


Term = Question | Awaitable | str | frozenset[str]
"""A question, what waits, the text of a constant or of a member of a class, or the constants of a display."""


@dataclass(slots=True)
class Terms:
    """What the variables stand for at one point of a block; `selves` are those that denote the object.

    `keys` are variables that hold one value for all of a run, each with the first that has held it.
    """

    selves: frozenset[ops.Var]
    known: dict[ops.Var, Term]
    keys: Mapping[ops.Var, ops.Var] = NO_KEYS

    def state(self, var: ops.Var | None) -> State | None:
        """Return the attribute that a variable has been loaded from, if nothing can have changed it since."""
        term = self.known.get(var or "")
        return term.state if isinstance(term, Question) and not term.values and term.asked else None

    def awaited(self, var: ops.Var | None) -> State | None:
        """Return the attribute whose task or future is awaited with a variable."""
        term = self.known.get(var or "")
        return term.state if isinstance(term, Awaitable) else self.state(var)

    def question(self, var: ops.Var) -> Question | None:
        """Return the question that a variable answers."""
        term = self.known.get(var)
        return term if isinstance(term, Question) else None

    def forget(self, names: frozenset[str] | None = None) -> None:
        """Drop what has been loaded from some attributes, or from all: what stands there may be something else."""
        gone = [
            var
            for var, term in self.known.items()
            if isinstance(term, Question) and (names is None or term.state[0] in names)
        ]
        for var in gone:
            del self.known[var]

    def read(self, op: ops.Op) -> None:
        """Follow an op that makes a value."""
        into: ops.Var | None = getattr(op, "into", None)
        if into is None:
            return
        term = self._term(op)
        if term is None:
            self.known.pop(into, None)
        else:
            self.known[into] = term

    def _term(self, op: ops.Op) -> Term | None:
        match op:
            case ops.Const(_, text, _):
                return text
            case ops.Move(_, source, _):
                return self.known.get(source)
            case ops.LoadAttr(_, base, name, _):
                return self._attribute(base, name)
            case ops.New(_, "tuple" | "list" | "set", parts, _) if parts:
                values = [self.known.get(part) for part in parts]
                texts = [value for value in values if isinstance(value, str) and value != OBJECT]
                return frozenset(texts) if len(texts) == len(values) else OBJECT
            case ops.New():
                return OBJECT
            case ops.Compute(_, kind, args, _):
                return self._computed(kind, args)
            case ops.Call():
                return self._called(op)
            case _:
                return None

    def _attribute(self, base: ops.Var, name: str) -> Term | None:
        if base in self.selves:
            return Question((name,))
        owner = self.known.get(base)
        if base.startswith(MODULE):
            return name if name[:1].isupper() else None
        return f"{owner}.{name}" if isinstance(owner, str) and owner[:1].isupper() else None

    def _computed(self, kind: str, args: tuple[ops.Var, ...]) -> Term | None:
        terms = [self.known.get(arg) for arg in args]
        if kind == "not" and isinstance(terms[0], Question):
            return terms[0]._replace(asked=not terms[0].asked)
        if len(terms) != 2:
            return None
        if kind in ("in", "not in") and (key := self.keys.get(args[0])) is not None:
            held = self.state(args[1])
            return Question((*held, IN, key), (), kind == "in") if held is not None else None
        first, second = terms if isinstance(terms[0], Question) or kind in ("in", "not in") else terms[::-1]
        if not isinstance(first, Question) or first.values or not first.asked:
            return None
        if kind in EQUALITIES and isinstance(second, str) and second != OBJECT:
            return Question(first.state, (second,), kind in ("is", "=="))
        if kind in ("in", "not in") and isinstance(second, frozenset):
            return Question(first.state, tuple(sorted(second)), kind == "in")
        return None

    def _called(self, call: ops.Call) -> Term | None:
        state = self.state(call.receiver)
        if call.method == "is_set" and state is not None:
            return Question((*state, IS_SET))
        waited = self.state(call.args[0]) if call.args and call.method in WAITING else None
        if waited is not None:
            return Awaitable(waited)
        made = call.method in MAKING or (call.method[:1].isupper() and not call.awaited)
        return OBJECT if made else None


def selves(graph: Graph, first: str) -> frozenset[ops.Var]:
    """Return the variables that denote the object and nothing else: the first parameter, also as helpers have it."""
    made: dict[ops.Var, list[ops.Op]] = {}
    for block in graph.blocks:
        for op in block.ops:
            into = getattr(op, "into", None)
            if into is not None and isinstance(op, ops.Move | ops.LoadAttr):
                made.setdefault(into, []).append(op)
    found, grown = {first}, True
    while grown:
        more = {var for var, defs in made.items() if all(_is_self(op, found) for op in defs)} - found
        found |= more
        grown = bool(more)
    return frozenset(found)


def _is_self(op: ops.Op, known: set[ops.Var]) -> bool:
    match op:
        case ops.Move(_, source, _):
            return source in known
        case ops.LoadAttr(_, base, "self", _):
            return base.startswith(CLOSURE)
        case _:
            return False
