"""What is known of values on one way through a function: whether they are None, false or true, and where from.

It is what a test on the way has shown, what was assigned, or what the caller passes; of what other tasks or other
functions may change it is forgotten when they may have done so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asynclint.ir.ops import Var

NONE, FALSE, TRUE = 1, 2, 4
ANY = NONE | FALSE | TRUE
SOME = FALSE | TRUE
"""Anything but None."""
NAMED = {"None": NONE, "True": TRUE, "False": FALSE, "0": FALSE, "''": FALSE}
PLAIN = "'NTF"
"""How constants begin that are equal only if they are spelled alike."""
CALLED = "()"
"""How the step of a place ends that is what a method without arguments says: `("self", "_queue", "empty()")`."""

Spot = tuple[str, ...]
"""A place as it is reached: the root and the attributes from there."""
OWN: Spot = ("self",)
"""The object that a method runs on, whatever the parameter is called."""


class Fact(NamedTuple):
    """What a value may be, as bits, and the constant that it is, as source, where it is one."""

    truth: int = ANY
    text: str = ""


class Question(NamedTuple):
    """What a truth says of another variable: that it is one of `holds`, or, of a comparison, equal to `text`."""

    var: Var
    holds: int
    text: str
    same: bool


class Known(NamedTuple):
    """What is known of a variable: the fact, the place that still has the value, and what its truth says."""

    fact: Fact = Fact()
    spot: Spot | None = None
    asks: Question | None = None


class Truths(NamedTuple):
    """All that is known at a point; `None` in place of it is a point that is never reached."""

    variables: dict[Var, Known]
    facts: dict[Spot, Fact]


UNKNOWN = Known()


def constant(text: str) -> Fact:
    """Return what is known of a constant, or of a member of an enumeration that is told by its dotted name."""
    if text[-1:] == text[:1] == '"':
        text = f"'{text[1:-1]}'"
    truth = NAMED.get(text)
    if truth is None:
        truth = TRUE if text[:1] in "'123456789" else SOME
    return Fact(truth, text)


def differ(one: str, two: str) -> bool:
    """Tell whether two constants are not equal for sure: spelled unlike, and of one kind."""
    if one == two or not one or not two:
        return False
    if one[0] in PLAIN or two[0] in PLAIN:
        return one[0] in PLAIN and two[0] in PLAIN
    return one.rpartition(".")[0] == two.rpartition(".")[0] != ""


def either(one: Fact, two: Fact) -> Fact:
    """Return what is known of a value that is one of two."""
    return Fact(one.truth | two.truth, one.text if one.text == two.text else "")


def joined(left: Truths, right: Truths) -> Truths:
    """Return what is known on both ways: `left` itself where the other way knows no less."""
    variables = {
        var: _both(known, right.variables[var]) for var, known in left.variables.items() if var in right.variables
    }
    facts = {spot: either(fact, right.facts[spot]) for spot, fact in left.facts.items() if spot in right.facts}
    together = Truths(
        {var: known for var, known in variables.items() if known != UNKNOWN},
        {spot: fact for spot, fact in facts.items() if fact != UNKNOWN.fact},
    )
    return left if together == left else together


def _both(one: Known, two: Known) -> Known:
    if one == two:
        return one
    spot = one.spot if one.spot == two.spot else None
    return Known(either(one.fact, two.fact), spot, one.asks if one.asks == two.asks else None)


class Draft:
    """What is known, while the ops of a block are gone through."""

    __slots__ = ("facts", "variables")

    def __init__(self, truths: Truths) -> None:
        self.variables = dict(truths.variables)
        self.facts = dict(truths.facts)

    def frozen(self) -> Truths:
        """Return what is known now."""
        return Truths(dict(self.variables), dict(self.facts))

    def known(self, var: Var) -> Known:
        """Return what is known of a variable, what is known of its place included."""
        known = self.variables.get(var, UNKNOWN)
        fact = self.facts.get(known.spot) if known.spot is not None else None
        if fact is None or not fact.truth & known.fact.truth:
            return known
        return known._replace(fact=Fact(fact.truth & known.fact.truth, fact.text or known.fact.text))

    def spot(self, var: Var) -> Spot:
        """Return the place that a variable stands for, or the variable as a place of its own."""
        return self.variables.get(var, UNKNOWN).spot or (var,)

    def named(self, var: Var) -> Spot | None:
        """Return the place that a variable stands for, if it can be reached once more by a name."""
        return self.variables.get(var, UNKNOWN).spot or ((var,) if not var.startswith("%") else None)

    def give(self, var: Var, known: Known = UNKNOWN) -> None:
        """Let a variable have another value."""
        if not var.startswith("%"):
            self._forget(var)
        if known == UNKNOWN:
            self.variables.pop(var, None)
        else:
            self.variables[var] = known

    def _forget(self, var: Var) -> None:
        """Forget what was known by the old value of a variable."""
        for spot in [spot for spot in self.facts if spot[0] == var]:
            del self.facts[spot]
        for other, known in list(self.variables.items()):
            if known.asks is not None and known.asks.var == var:
                self.variables[other] = known = known._replace(asks=None)
            if known.spot is not None and known.spot[0] == var:
                self.variables[other] = known._replace(spot=None)

    def lose(self, names: frozenset[str] | None) -> None:
        """Forget what is known of attributes with some names, or of all; and what methods have said, in any case."""
        gone = {spot for spot in self.facts if _is_lost(spot, names)}
        for spot in gone:
            del self.facts[spot]
        for var, known in list(self.variables.items()):
            if known.spot is not None and _is_lost(known.spot, names):
                self.variables[var] = known._replace(spot=None)

    def touch(self, spot: Spot, mutates: bool) -> None:
        """Forget what methods of an object have said, and, if it is a container that changes, whether it is empty."""
        for other in [other for other in self.facts if other[:-1] == spot and other[-1].endswith(CALLED)]:
            del self.facts[other]
        fact = self.facts.get(spot)
        if mutates and fact is not None and fact.truth & SOME:
            self.facts[spot] = Fact(fact.truth | SOME)

    def store(self, spot: Spot, fact: Fact) -> None:
        """Let an attribute have another value; so may have the same attribute of any other object."""
        self.lose(frozenset((spot[-1],)))
        if fact != UNKNOWN.fact:
            self.facts[spot] = fact

    def assume(self, var: Var, holds: bool) -> bool:
        """Take in that a variable is true, or that it is not; tell whether it can be."""
        asks = self.variables.get(var, UNKNOWN).asks
        if not self._narrow(var, TRUE if holds else NONE | FALSE, ""):
            return False
        if asks is None:
            return True
        if asks.text:
            return self._compare(asks, holds == asks.same)
        return self._narrow(asks.var, asks.holds if holds else ANY & ~asks.holds, "")

    def _compare(self, asks: Question, equal: bool) -> bool:
        if equal:
            return self._narrow(asks.var, constant(asks.text).truth, asks.text)
        text = self.known(asks.var).fact.text
        return not text or text != asks.text

    def _narrow(self, var: Var, truth: int, text: str) -> bool:
        known = self.known(var)
        left = known.fact.truth & truth
        if not left or (text and differ(text, known.fact.text)):
            return False
        fact = Fact(left, text or known.fact.text)
        self.variables[var] = known._replace(fact=fact)
        if known.spot is not None:
            self.facts[known.spot] = fact
        return True

    def under(self, spot: Spot) -> Iterator[tuple[Spot, Fact]]:
        """Yield what is known of the attributes of a place, each from there on."""
        size = len(spot)
        for other, fact in self.facts.items():
            if len(other) > size and other[:size] == spot:
                yield other[size:], fact


def _is_lost(spot: Spot, names: frozenset[str] | None) -> bool:
    if len(spot) == 1:
        return False
    return names is None or spot[-1].endswith(CALLED) or not names.isdisjoint(spot[1:])
