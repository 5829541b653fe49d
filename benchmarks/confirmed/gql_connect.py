"""A connect that is cancelled while it waits for the server's ack leaves the transport connected.

Package: gql 4.4.0
File: gql/transport/common/base.py
Function: SubscriptionTransportBase.connect
Finding: ARC107 on self._connected
Lost: the websocket stays open, and the retry raises TransportAlreadyConnected
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import ClassVar

from gql import Client
from gql.transport.exceptions import TransportAlreadyConnected
from gql.transport.websockets import WebsocketsTransport


class Adapter:
    """A websocket whose server never acknowledges."""

    url = "wss://graphql.example"
    subprotocols = None
    headers: ClassVar[dict[str, str]] = {}
    response_headers: ClassVar[dict[str, str]] = {"Sec-WebSocket-Protocol": "graphql-transport-ws"}

    def __init__(self) -> None:
        self.open = 0

    async def connect(self) -> None:
        self.open += 1

    async def close(self) -> None:
        self.open -= 1

    async def send(self, message: str) -> None:
        await asyncio.sleep(0)

    async def receive(self) -> str:
        return await asyncio.get_running_loop().create_future()


async def main() -> None:
    """Let the caller's own time limit cut the connect short, then try again."""
    transport = WebsocketsTransport(url=Adapter.url)
    transport.adapter = adapter = Adapter()
    client = Client(transport=transport)
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(client.connect_async(), 0.05)
    await asyncio.sleep(0.05)
    assert adapter.open == 1, "the websocket was closed"
    assert transport._connected
    try:
        await asyncio.wait_for(client.connect_async(), 0.05)
    except TransportAlreadyConnected:
        print("CONFIRMED: the cancelled connect left its websocket open; the retry raises TransportAlreadyConnected")
    else:
        raise AssertionError("the second attempt got further")


if __name__ == "__main__":
    asyncio.run(main())
