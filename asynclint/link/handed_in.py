"""What a helper goes over while it gives way, where it is a parameter: the caller knows whose that is."""

from __future__ import annotations

from asynclint.link.program import Function
from asynclint.survey.facts import CallSite


def goes_over(function: Function) -> bool:
    """Tell whether a function goes over a parameter, and gives way meanwhile."""
    return any(place.kind == "param" and not place.steps for place in function.facts.lingers)


def handing(function: Function) -> tuple[CallSite, ...]:
    """Return the awaited calls that are handed an attribute of the object."""
    return tuple(
        site
        for site in function.facts.calls
        if site.awaited and any(name.startswith("self.") for name in site.arguments)
    )
