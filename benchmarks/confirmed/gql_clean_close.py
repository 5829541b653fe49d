"""A subscription that ends while the others are being stopped breaks the loop over them.

Package: gql 4.4.0
File: gql/transport/common/base.py
Function: SubscriptionTransportBase._clean_close
Finding: ARC104 on self.listeners
Lost: the third subscription is never stopped at the server; the RuntimeError is logged as a warning
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import ClassVar

from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport


class Adapter:
    """A websocket whose writes have to wait, as they do when the peer reads slowly."""

    url = "wss://graphql.example"
    subprotocols = None
    headers: ClassVar[dict[str, str]] = {}
    response_headers: ClassVar[dict[str, str]] = {"Sec-WebSocket-Protocol": "graphql-transport-ws"}

    def __init__(self) -> None:
        self.sent: list[dict[str, object]] = []
        self.incoming: asyncio.Queue[str] = asyncio.Queue()

    async def connect(self) -> None:
        self.incoming.put_nowait(json.dumps({"type": "connection_ack"}))

    async def close(self) -> None:
        await asyncio.sleep(0)

    async def send(self, message: str) -> None:
        self.sent.append(json.loads(message))
        await asyncio.sleep(0.01)

    async def receive(self) -> str:
        return await self.incoming.get()


async def main() -> None:
    """Close a session in which three subscriptions run."""
    logging.getLogger("gql").setLevel(logging.ERROR)
    transport = WebsocketsTransport(url=Adapter.url)
    transport.adapter = adapter = Adapter()
    client = Client(transport=transport)
    session = await client.connect_async()

    async def subscriber() -> None:
        async for _ in session.subscribe(gql("subscription { changed }")):
            pass

    subscribers = [asyncio.create_task(subscriber()) for _ in range(3)]
    while len(transport.listeners) < 3:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.1)
    await client.close_async()
    await asyncio.gather(*subscribers, return_exceptions=True)
    stopped = sorted(str(one["id"]) for one in adapter.sent if one["type"] == "complete")
    assert stopped == ["1", "2"], stopped
    print(f"CONFIRMED: three subscriptions ran, {stopped} were stopped before the connection was closed")


if __name__ == "__main__":
    asyncio.run(main())
