"""Work spread over processes that can be lost or stopped: whatever one item does, the others get their answer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Item = TypeVar("Item")
Answer = TypeVar("Answer")

LARGEST_BATCH = 64
ANSWER_EVERY = 0.1
"""Seconds after which a worker that is still at its batch hands in what it has."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What became of an item whose worker died or was stopped."""

    reason: str


def run(
    task: Callable[[Item], Answer],
    items: Sequence[Item],
    jobs: int,
    time_limit: float | None = None,
    cpu_limit: int | None = None,
    apart: bool = False,
) -> Iterator[tuple[int, Answer | Lost]]:
    """Yield the index and the answer of each item, in the order in which they come.

    With one job the work is done here, and nothing is ever lost, unless it is wanted `apart`. `task` must be a
    module-level function that does not raise. Both limits are in seconds for one item: `time_limit` for how long one
    waits for it, `cpu_limit` for what it computes, which also ends what no signal interrupts.
    """
    if not items or (not apart and (jobs <= 1 or len(items) < 2)):
        yield from ((index, task(item)) for index, item in enumerate(items))
        return
    crew = _Crew(task, items, max(1, min(jobs, len(items))), time_limit, cpu_limit)
    try:
        yield from crew.answers()
    finally:
        crew.stop()


@dataclass(slots=True)
class _Worker:
    """A process, the way to it, and the indexes of the items that it still owes: the first is the one it is at."""

    process: BaseProcess
    connection: Connection
    owed: deque[int] = field(default_factory=deque)
    since: float = 0.0

    def give(self, batch: range) -> None:
        self.owed.extend(batch)
        self.since = time.monotonic()
        self.connection.send(batch)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class _Crew(Generic[Item, Answer]):
    """The workers of one run."""

    def __init__(
        self,
        task: Callable[[Item], Answer],
        items: Sequence[Item],
        jobs: int,
        time_limit: float | None,
        cpu_limit: int | None,
    ) -> None:
        size = max(1, min(LARGEST_BATCH, len(items) // (jobs * 8)))
        self._task = task
        self._items = items
        self._time_limit = time_limit
        self._cpu_limit = cpu_limit
        self._batches = deque(range(at, min(at + size, len(items))) for at in range(0, len(items), size))
        self._workers = [self._hire() for _ in range(jobs)]

    def answers(self) -> Iterator[tuple[int, Answer | Lost]]:
        """Hand out batches and yield what comes back, until nobody owes anything."""
        from multiprocessing.connection import wait

        for worker in list(self._workers):
            self._keep_busy(worker)
        while self._workers:
            ready = wait([worker.connection for worker in self._workers], timeout=self._patience())
            for worker in [worker for worker in self._workers if worker.connection in ready]:
                yield from self._receive(worker)
            for worker in [worker for worker in self._workers if self._is_late(worker)]:
                yield from self._lose(worker, f"it took longer than {self._time_limit:g} s")

    def stop(self) -> None:
        """End all processes, whatever they are at."""
        for worker in self._workers:
            worker.stop()
        self._workers.clear()

    def _hire(self) -> _Worker:
        # A fork of a process with threads may inherit a held lock; the other systems cannot or should not fork.
        kind: type[BaseProcess] = multiprocessing.get_context("spawn").Process
        if forks():
            kind = multiprocessing.get_context("fork").Process
        ours, theirs = multiprocessing.Pipe()
        process = kind(target=_serve, args=(theirs, self._task, self._items, self._cpu_limit), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _keep_busy(self, worker: _Worker) -> None:
        """Give a worker that owes nothing a batch, or let it go if there is none."""
        if worker.owed:
            return
        if self._batches:
            worker.give(self._batches.popleft())
        else:
            worker.stop()
            self._workers.remove(worker)

    def _receive(self, worker: _Worker) -> Iterator[tuple[int, Answer | Lost]]:
        try:
            answers = cast("list[Answer]", worker.connection.recv())
        except (EOFError, OSError):
            worker.process.join(1)
            spent = sys.platform != "win32" and worker.process.exitcode == -signal.SIGXCPU
            told = (
                f"it took more than {self._cpu_limit} s of computing" if spent else "the process that analysed it died"
            )
            yield from self._lose(worker, told)
            return
        for answer in answers:
            yield worker.owed.popleft(), answer
        worker.since = time.monotonic()
        self._keep_busy(worker)

    def _lose(self, worker: _Worker, reason: str) -> Iterator[tuple[int, Lost]]:
        """Replace a worker. What it owed is tried again, one by one; if it owed one item, that is the culprit."""
        worker.stop()
        self._workers.remove(worker)
        if len(worker.owed) == 1:
            yield worker.owed[0], Lost(reason)
        else:
            self._batches.extendleft(range(index, index + 1) for index in reversed(worker.owed))
        if self._batches:
            self._workers.append(self._hire())
            self._keep_busy(self._workers[-1])

    def _is_late(self, worker: _Worker) -> bool:
        return self._time_limit is not None and time.monotonic() - worker.since > self._time_limit

    def _patience(self) -> float | None:
        """Return how long to wait before somebody may be late."""
        if self._time_limit is None:
            return None
        return max(0.0, min(worker.since for worker in self._workers) + self._time_limit - time.monotonic()) + 0.01


def forks() -> bool:
    """Tell whether a worker inherits what this process holds in memory."""
    return sys.platform == "linux" and threading.active_count() == 1


def _allow(seconds: int) -> None:
    """Let the system end this process when it has computed for some seconds more."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        allowed = int(time.process_time()) + 1 + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (allowed if most < 0 else min(allowed, most), most))


def _serve(
    connection: Connection, task: Callable[[Item], Answer], items: Sequence[Item], cpu_limit: int | None
) -> None:
    """Answer batches until the other side is gone; an interrupt is for the other side to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            batch = connection.recv()
            answers: list[Answer] = []
            since = time.monotonic()
            for index in batch:
                if cpu_limit is not None:
                    _allow(cpu_limit)
                answers.append(task(items[index]))
                if time.monotonic() - since > ANSWER_EVERY or index == batch[-1]:
                    connection.send(answers)
                    answers = []
                    since = time.monotonic()
    except (EOFError, OSError):
        os._exit(0)
