"""How far a long run has come: one line on a terminal's standard error, gone when the run is done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

AFTER = 1.0
EVERY = 0.1


class Progress:
    """Shows counts once a run has taken a second; shows nothing where nobody watches."""

    def __init__(self, wanted: bool) -> None:
        self._on = wanted and sys.stderr.isatty()
        self._next = time.monotonic() + AFTER
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Take note of how many files of how many are done."""
        if self._on and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY
            self._shown = True
            print(f"\r\x1b[Ksurveyed {done:,} of {total:,} files", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._shown = False
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def shown(wanted: bool) -> Iterator[Progress]:
    """Show progress while something goes on, and leave no trace of it."""
    progress = Progress(wanted)
    try:
        yield progress
    finally:
        progress.clear()
