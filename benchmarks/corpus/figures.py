"""The arithmetic: shares with their intervals, and how far two readers agree beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt

# The normal quantile of a two-sided 95% interval.
_Z = 1.959963984540054


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95% score interval of a share, both from 0 to 1; source: E. B. Wilson, JASA 22 (1927), 209-212."""
    if not of:
        return 0.0, 1.0
    share, square = hits / of, _Z * _Z
    middle = share + square / (2 * of)
    reach = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    whole = 1 + square / of
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def agreement(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the share of pairs that are equal."""
    return sum(one == other for one, other in pairs) / len(pairs)


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa of two readers; None where both say the same of everything, and chance explains it all.

    Source: J. Cohen, Educational and Psychological Measurement 20 (1960), 37-46.
    """
    one, other = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    by_chance = sum(one[said] * other[said] for said in one) / len(pairs) ** 2
    return None if by_chance == 1 else (agreement(pairs) - by_chance) / (1 - by_chance)


def shown_share(hits: int, of: int) -> str:
    """Return a share with its interval, for people."""
    if not of:
        return "none read"
    low, high = wilson(hits, of)
    return f"{hits:3} of {of:3} = {100 * hits / of:3.0f}%  [{100 * low:3.0f}%, {100 * high:3.0f}%]"
