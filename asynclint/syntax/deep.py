"""Running recursive code over trees deeper than Python's own limit."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")
_STACK = 512 * 1024 * 1024
_DEPTH = 60_000
_LOCK = threading.Lock()


def with_deep_stack(work: Callable[[], _Result]) -> _Result:
    """Run `work`; if it recurses too deep, run it again in a thread with room. It must not have side effects."""
    try:
        return work()
    except RecursionError:
        return _in_thread(work)


def _in_thread(work: Callable[[], _Result]) -> _Result:
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller
            errors.append(error)

    # Both settings belong to the process, so only one thread may have them changed at a time.
    with _LOCK:
        limit = sys.getrecursionlimit()
        size = threading.stack_size(_STACK)
        try:
            sys.setrecursionlimit(max(limit, _DEPTH))
            thread = threading.Thread(target=run, name="asynclint deep stack")
            thread.start()
            thread.join()
        finally:
            threading.stack_size(size)
            sys.setrecursionlimit(limit)
    if errors:
        raise errors[0]
    return results[0]
