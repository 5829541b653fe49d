"""Where checks sign in: by the code of the page that they implement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from asynclint.findings import Finding
from asynclint.link.sieve import Need
from asynclint.link.view import FunctionView
from asynclint.survey.facts import FunctionFacts

Check = Callable[[FunctionView], Iterator[Finding]]
CHECKS: dict[str, Check] = {}
NEEDS: dict[str, Need] = {}
Hope = Callable[[FunctionFacts], bool]
HOPES: dict[str, Hope] = {}


def check(code: str, need: Need = "state", hope: Hope | None = None) -> Callable[[Check], Check]:
    """Register a function as the check of a rule; it is asked only about functions that meet its need.

    `hope` tells from the facts of a function, without its helpers, that there may be something to find.
    """

    def register(function: Check) -> Check:
        CHECKS[code] = function
        NEEDS[code] = need
        if hope is not None:
            HOPES[code] = hope
        return function

    return register


def wanted(codes: Collection[str], facts: FunctionFacts) -> frozenset[Need]:
    """Return what is to be looked for in a function with these facts, for the checks with some codes."""
    return frozenset(
        need for code, need in NEEDS.items() if code in codes and (code not in HOPES or HOPES[code](facts))
    )


def asked(codes: Collection[str], needs: Collection[Need], facts: FunctionFacts) -> list[str]:
    """Return the codes of the checks that are to be asked about a function with these facts that meets these needs."""
    return [code for code in codes if NEEDS.get(code) in needs and (code not in HOPES or HOPES[code](facts))]
