"""When the cyclic collector runs: what an analysis leaves behind goes, what was there before it stays as it is."""

from __future__ import annotations

import gc
import weakref

from asynclint.collector import FILES_BETWEEN, Sweeper, collector_off


class Knot:
    """An object that only the cyclic collector can free."""

    def __init__(self) -> None:
        self.itself = self


def test_cycles_are_collected_after_so_many_files() -> None:
    with collector_off():
        sweeper = Sweeper()
        left = weakref.ref(Knot())
        for _ in range(FILES_BETWEEN - 1):
            sweeper.after_file()
        assert left() is not None
        sweeper.after_file()
        assert left() is None


def test_what_has_stayed_once_is_not_gone_through_again() -> None:
    generations: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            generations.append(info["generation"])

    with collector_off():
        sweeper = Sweeper()
        gc.callbacks.append(note)
        try:
            for _ in range(2 * FILES_BETWEEN):
                sweeper.after_file()
        finally:
            gc.callbacks.remove(note)
    assert generations == [0, 0]


def test_what_was_there_before_is_not_gone_through_and_is_handed_back() -> None:
    assert gc.isenabled()
    with collector_off():
        before = weakref.ref(Knot())
        sweeper = Sweeper()
        assert not gc.isenabled()
        for _ in range(FILES_BETWEEN):
            sweeper.after_file()
        assert before() is not None
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert before() is None
