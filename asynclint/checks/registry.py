"""Where checks sign in: by the code of the page that they implement."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from asynclint.findings import Finding
from asynclint.link.sieve import Need
from asynclint.link.view import FunctionView

Check = Callable[[FunctionView], Iterator[Finding]]
CHECKS: dict[str, Check] = {}
NEEDS: dict[str, Need] = {}


def check(code: str, need: Need = "state") -> Callable[[Check], Check]:
    """Register a function as the check of a rule; it is asked only about functions that meet its need."""

    def register(function: Check) -> Check:
        CHECKS[code] = function
        NEEDS[code] = need
        return function

    return register
