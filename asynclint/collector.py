"""Python's cyclic garbage collector: kept from going through ever more facts, which hold no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

FILES_BETWEEN = 1000
"""Files after which the analysis leaves enough cycles behind to be worth a collection."""


@contextmanager
def collector_off() -> Iterator[None]:
    """Collect only where `Sweeper` says so."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


@dataclass(slots=True)
class Sweeper:
    """Collects what was left behind since it was made: what is there by then stays, and is not gone through again.

    Processes forked after that also go on sharing what they would otherwise each have a copy of.
    """

    _done: int = 0

    def __post_init__(self) -> None:
        gc.freeze()

    def after_file(self) -> None:
        """Collect, if it is time to: only what was made since the last time, as answers about the program only grow."""
        self._done += 1
        if self._done % FILES_BETWEEN == 0:
            gc.collect(0)
