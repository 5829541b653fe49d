"""Two clients that resume one stream are both registered, and the end of one closes the other's.

Package: mcp 2.3.0
File: mcp/server/streamable_http.py
Function: StreamableHTTPServerTransport._replay_events.replay_sender
Finding: ARC102 on self._request_streams[stream_id]
Lost: the newer of the two streams: no message reaches it after the older has gone
"""

from __future__ import annotations

import asyncio

from mcp.server.streamable_http import EventCallback, EventStore, StreamableHTTPServerTransport
from starlette.requests import Request
from starlette.types import Message


class Store(EventStore):
    """A store with nothing to replay that takes a while to write."""

    async def store_event(self, stream_id: str, message: object) -> str:
        """Return the name of an event."""
        await asyncio.sleep(0.01)
        return "2"

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str:
        """Return the stream that the event belongs to."""
        return "stream"


def request_of(gone: asyncio.Event) -> Request:
    """Return the request of a client that speaks the version which is told of the resumption."""

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    headers = [(b"mcp-protocol-version", b"2025-11-25")]
    return Request({"type": "http", "method": "GET", "headers": headers}, receive)


async def main() -> None:
    """Resume a stream twice, and let the first client go."""
    transport = StreamableHTTPServerTransport("session", event_store=Store())
    told: list[list[bytes]] = [[], []]

    async def resume(number: int, gone: asyncio.Event) -> None:
        async def send(message: Message) -> None:
            told[number].append(message.get("body", b""))

        await transport._replay_events("1", request_of(gone), send)

    gone = [asyncio.Event(), asyncio.Event()]
    clients = [asyncio.create_task(resume(number, gone[number])) for number in range(2)]
    await asyncio.sleep(0.2)
    resumed = [b"id: 2" in b"".join(one) for one in told]
    assert resumed == [True, True], resumed
    registered = transport._request_streams["stream"]
    gone[0].set()
    await clients[0]
    assert not gone[1].is_set()
    assert "stream" not in transport._request_streams, "the second client is still registered"
    statistics = registered[0].statistics()
    assert statistics.open_send_streams == 0, "its stream is open"
    gone[1].set()
    await asyncio.wait_for(clients[1], 5)
    print("CONFIRMED: both were resumed; when the first went, the second's stream was closed and unregistered")


if __name__ == "__main__":
    asyncio.run(main())
