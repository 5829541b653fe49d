"""What remedies make, run: caches, buffers that are emptied first, clients that are stored last, tasks of several."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, cast

FIXES = Path(__file__).parent / "fixtures" / "fixes"
CACHES = FIXES / "single-flight" / "caches.fixed.py"
BUFFERS = FIXES / "take-first" / "buffers.fixed.py"
CLIENTS = FIXES / "publish-last" / "clients.fixed.py"
VERSIONS = FIXES / "version" / "caches.fixed.py"
SHIELDED = FIXES / "shield" / "tasks.fixed.py"
HELPERS = FIXES / "once" / "clients.fixed.py"


class Users(Protocol):
    """The class of the fixture."""

    _rows: dict[int, object]

    def get(self, key: int) -> Awaitable[int]:
        """Return what is under a key."""
        ...


class Remote:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.failing = False

    async def fetch(self, key: int) -> int:
        """Answer, or fail."""
        self.asked += 1
        await asyncio.sleep(0)
        if self.failing:
            raise ValueError(key)
        return 2 * key


def users(remote: Remote) -> Users:
    """Make one of what the fixture defines."""
    return cast("Callable[[Remote], Users]", defined(CACHES)["Users"])(remote)


def defined(path: Path) -> dict[str, object]:
    """Return what a fixture defines; its text is our own."""
    names: dict[str, object] = {"__name__": path.stem}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), names)
    return names


def test_everybody_waits_for_the_same_answer() -> None:
    async def run() -> None:
        remote = Remote()
        cache = users(remote)
        assert list(await asyncio.gather(cache.get(1), cache.get(1), cache.get(2))) == [2, 2, 4]
        assert await cache.get(1) == 2
        assert remote.asked == 2

    asyncio.run(run())


def test_a_failure_is_told_to_all_and_forgotten() -> None:
    async def run() -> None:
        remote = Remote()
        cache = users(remote)
        remote.failing = True
        told = await asyncio.gather(cache.get(1), cache.get(1), return_exceptions=True)
        assert [type(one) for one in told] == [ValueError, ValueError]
        assert (remote.asked, cache._rows) == (1, {})
        remote.failing = False
        assert await cache.get(1) == 2

    asyncio.run(run())


def test_who_is_cancelled_takes_nobody_along() -> None:
    async def run() -> None:
        remote = Remote()
        cache = users(remote)
        first = asyncio.ensure_future(cache.get(1))
        await asyncio.sleep(0)
        first.cancel()
        assert await cache.get(1) == 2
        assert remote.asked == 1

    asyncio.run(run())


class Outbox(Protocol):
    """The class of the fixture of buffers."""

    rows: list[str]
    names: set[str]
    fields: dict[str, str]

    def add(self, row: str) -> Awaitable[None]:
        """Put something into each buffer."""
        ...

    def flush(self) -> Awaitable[None]:
        """Send what is in one of them."""
        ...

    def flush_names(self) -> Awaitable[None]: ...

    def flush_fields(self) -> Awaitable[None]: ...


class Line:
    """Sends, or fails, after others have had their turn."""

    def __init__(self) -> None:
        self.sent: list[object] = []
        self.failing = False

    async def send(self, what: object) -> None:
        """Send something."""
        await asyncio.sleep(0)
        if self.failing:
            raise OSError
        self.sent.append(what)


def test_what_comes_in_while_a_buffer_is_sent_stays_in_it() -> None:
    async def run() -> None:
        line = Line()
        outbox = cast("Callable[[Line], Outbox]", defined(BUFFERS)["Outbox"])(line)
        await outbox.add("a")
        await asyncio.gather(outbox.flush(), outbox.flush_names(), outbox.flush_fields(), outbox.add("b"))
        assert (outbox.rows, outbox.names, outbox.fields) == (["b"], {"b"}, {"b": "b"})
        assert line.sent[0] == ["a"]

    asyncio.run(run())


def test_what_could_not_be_sent_comes_back_in_front() -> None:
    async def run() -> None:
        line = Line()
        outbox = cast("Callable[[Line], Outbox]", defined(BUFFERS)["Outbox"])(line)
        await outbox.add("a")
        line.failing = True
        await asyncio.gather(
            outbox.flush(), outbox.flush_names(), outbox.flush_fields(), outbox.add("b"), return_exceptions=True
        )
        assert (outbox.rows, outbox.names, set(outbox.fields)) == (["a", "b"], {"a", "b"}, {"a", "b"})

    asyncio.run(run())


class Made(Protocol):
    """A class of the fixture of clients that makes its connection on demand."""

    def send(self, text: str) -> Awaitable[None]:
        """Send over the connection."""
        ...


def test_nobody_sends_before_the_connection_is_ready() -> None:
    async def run() -> None:
        told: list[str] = []

        class Connection:
            async def connect(self) -> None:
                await asyncio.sleep(0)
                told.append("connected")

            async def login(self) -> None:
                await asyncio.sleep(0)
                told.append("logged in")

            async def send(self, text: str) -> None:
                told.append(text)

        names = defined(CLIENTS)
        names["Connection"] = Connection
        client = cast("Callable[[], Made]", names["OnDemand"])()
        await asyncio.gather(client.send("a"), client.send("b"))
        assert told == ["connected", "logged in", "a", "b"]

    asyncio.run(run())


class Tools(Protocol):
    """The class of the fixture of caches that others clear."""

    rows: dict[int, int]

    def get(self, key: int) -> Awaitable[int]:
        """Return what is under a key."""
        ...

    def get_again(self, key: int) -> Awaitable[int]: ...

    def forget(self) -> None: ...


def test_what_was_fetched_before_a_cache_was_cleared_is_not_stored() -> None:
    async def run() -> None:
        tools = cast("Callable[[Remote], Tools]", defined(VERSIONS)["Tools"])(Remote())
        for get in (tools.get, tools.get_again):
            asked = asyncio.ensure_future(get(1))
            await asyncio.sleep(0)
            tools.forget()
            assert (await asked, tools.rows) == (2, {})
            assert (await get(1), tools.rows) == (2, {1: 2})
            tools.forget()

    asyncio.run(run())


class Sessions(Protocol):
    """The class of the fixture of tasks that several wait for."""

    def open(self) -> Awaitable[int]:
        """Wait until the session is open."""
        ...

    def open_in_time(self) -> Awaitable[int]: ...


def test_who_stops_waiting_for_a_task_does_not_end_it() -> None:
    async def run() -> None:
        class Server:
            async def open(self) -> int:
                await asyncio.sleep(0)
                return 7

        sessions = cast("Callable[[Server], Sessions]", defined(SHIELDED)["Sessions"])(Server())
        first, second = asyncio.ensure_future(sessions.open()), asyncio.ensure_future(sessions.open_in_time())
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 7
        assert await sessions.open() == 7

    asyncio.run(run())


class Reopened(Protocol):
    """The class of the fixture of helpers that look again."""

    def send(self, row: str) -> Awaitable[None]:
        """Send over a connection that is made anew where it is closed."""
        ...

    def tell(self, row: str) -> Awaitable[None]: ...


def test_a_helper_that_several_ask_connects_once() -> None:
    async def run() -> None:
        made: list[object] = []

        class Connection:
            closed = False

            async def send(self, row: str) -> None:
                made.append(row)

            tell = send

        class Library:
            async def connect(self) -> Connection:
                await asyncio.sleep(0)
                made.append("connection")
                return Connection()

        reopened = cast("Callable[[Library], Reopened]", defined(HELPERS)["Reopened"])(Library())
        await asyncio.gather(reopened.send("a"), reopened.tell("b"), reopened.send("c"))
        assert made == ["connection", "a", "b", "c"]

    asyncio.run(run())
