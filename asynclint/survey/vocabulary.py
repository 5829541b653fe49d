"""The shared words of the two readers: which methods mutate, which read, what suspends, what sounds like a lock."""

from __future__ import annotations

import re

_KINDS: dict[str, str] = {
    "list": "append extend insert remove pop clear sort reverse",
    "bytearray": "append extend insert remove pop clear reverse",
    "deque": "append appendleft extend extendleft insert remove pop popleft clear reverse rotate",
    "set": "add discard remove pop clear update difference_update intersection_update symmetric_difference_update",
    "dict": "setdefault pop popitem clear update",
    "defaultdict": "setdefault pop popitem clear update",
    "OrderedDict": "setdefault pop popitem clear update move_to_end",
    "Counter": "setdefault pop popitem clear update subtract",
    "array": "append extend fromlist insert remove pop reverse byteswap",
}


_QUIET: dict[str, str] = {
    "list": "append clear copy reverse",
    "deque": "append appendleft clear copy reverse rotate",
    "set": "add discard clear copy",
    "dict": "get setdefault pop clear copy items keys values",
}


def _by_method(methods_of: dict[str, str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for kind, methods in methods_of.items():
        for method in methods.split():
            found.setdefault(method, set()).add(kind)
    return {method: frozenset(kinds) for method, kinds in found.items()}


MUTATORS: dict[str, frozenset[str]] = _by_method(_KINDS)
"""Mutator method -> the kinds of container that have it. An awaited call is never one of them."""

QUIET: dict[str, frozenset[str]] = _by_method(_QUIET)
"""Method -> the kinds of container for which it raises nothing; `pop` only if it is given a default.

That a key may be one that has no hash is left out of account.
"""

# fmt: off
READERS: frozenset[str] = frozenset({
    "get", "items", "keys", "values", "copy", "index", "count", "most_common", "elements", "total", "issubset",
    "issuperset", "isdisjoint", "union", "intersection", "difference", "symmetric_difference", "startswith",
    "endswith", "find", "rfind", "split", "strip", "join", "__contains__", "__len__", "__getitem__", "__iter__",
})
"""Methods that read a container or string and leave it as it is."""
# fmt: on

MUTATING_FUNCTIONS: dict[str, int] = {
    "heapq.heappush": 0,
    "heapq.heappop": 0,
    "heapq.heappushpop": 0,
    "heapq.heapreplace": 0,
    "heapq.heapify": 0,
    "heappush": 0,
    "heappop": 0,
    "heappushpop": 0,
    "heapreplace": 0,
    "heapify": 0,
    "bisect.insort": 0,
    "bisect.insort_left": 0,
    "bisect.insort_right": 0,
    "insort": 0,
    "insort_left": 0,
    "insort_right": 0,
    "random.shuffle": 0,
    "operator.setitem": 0,
    "operator.delitem": 0,
}
"""Function -> the position of the argument that it mutates."""

ELEMENT_METHODS: frozenset[str] = frozenset({"get", "setdefault", "pop", "popleft", "popitem", "__getitem__"})
"""Methods whose result is an element of the receiver."""

VIEW_METHODS: frozenset[str] = frozenset({"values", "keys", "copy", "most_common", "elements"})
"""Methods whose result is a container of the receiver's elements."""

PAIR_METHODS: frozenset[str] = frozenset({"items"})
"""Methods whose result is a container of pairs with the receiver's elements."""

# fmt: off
COPY_FUNCTIONS: frozenset[str] = frozenset({
    "list", "tuple", "sorted", "set", "frozenset", "dict", "reversed", "iter", "aiter", "filter", "map", "deque",
    "OrderedDict", "copy", "copy.copy",
})
"""Functions whose result is a container (or iterator) of their arguments' elements."""
# fmt: on

PAIR_FUNCTIONS: frozenset[str] = frozenset({"enumerate", "zip"})
"""Functions whose result is a container of tuples of their arguments' elements."""

ELEMENT_FUNCTIONS: frozenset[str] = frozenset({"next", "anext", "min", "max"})
"""Functions whose result is an element of their first argument."""

SUSPENSIONS: tuple[str, ...] = ("await", "async for", "async with", "async exit", "yield")
"""The forms at which a task may give way; `yield` in an async generator only."""

_WORDS = r"(?:(?:r|w|rw)?lock|mutex|sem|semaphore|guard|limiter)s?"
LOCK_NAME = re.compile(
    rf"(?:^|_)(?i:{_WORDS})(?:$|_|\d)|(?<=[a-z])(?:R?Lock|Mutex|Sem|Semaphore|Guard|Limiter)s?(?:$|_|\d)"
)
"""Searched in the last component of a name: whether it sounds like a lock."""


def sounds_like_lock(text: str) -> bool:
    """Tell whether the last component of a dotted name sounds like a lock (`self._locks[]` and `lock_for()` do)."""
    last = text.replace("[]", "").replace("()", "").rpartition(".")[2]
    return LOCK_NAME.search(last) is not None
