"""Where checks sign in: by the code of the page that they implement."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from asynclint.findings import Finding
from asynclint.link.view import FunctionView

Check = Callable[[FunctionView], Iterator[Finding]]
CHECKS: dict[str, Check] = {}


def check(code: str) -> Callable[[Check], Check]:
    """Register a function as the check of a rule."""

    def register(function: Check) -> Check:
        CHECKS[code] = function
        return function

    return register
