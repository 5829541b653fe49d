"""Two first requests to one host connect twice, and the first connection is never released.

Package: aiocoap 0.4.17
File: aiocoap/transports/tcp.py
Function: TCPClient._spawn_protocol
Finding: ARC102 on self._pool[(host,port)]
Lost: the first connection: it is in no pool, so that `shutdown()` neither sends its release nor closes it
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiocoap import GET, Message
from aiocoap.transports.tcp import TCPClient, TcpConnection


class Wire:
    """A transport that keeps what was written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def get_extra_info(self, name: str) -> tuple[str, int] | None:
        return ("192.0.2.1", 5683) if name in ("sockname", "peername") else None

    def write(self, data: bytes) -> None:
        self.written.append(data)


class Loop:
    """The loop's `create_connection`, without a network; it takes a turn of the real loop, as a connect does."""

    def __init__(self) -> None:
        self.wires: list[Wire] = []

    async def create_connection(
        self, factory: Callable[[], TcpConnection], host: str, port: int, ssl: None
    ) -> tuple[Wire, TcpConnection]:
        await asyncio.sleep(0)
        self.wires.append(Wire())
        protocol = factory()
        protocol.connection_made(self.wires[-1])
        return self.wires[-1], protocol


async def main() -> None:
    """Send two requests at once, then shut the client down."""
    loop = Loop()
    client = await TCPClient.create_client_transport(object(), logging.getLogger("coap"), loop)
    requests = [Message(code=GET, uri="coap+tcp://device.example/state") for _ in range(2)]
    await asyncio.gather(*map(client.fill_or_recognize_remote, requests))
    assert len(loop.wires) == 2, "one connection served both"
    before = [len(wire.written) for wire in loop.wires]
    await client.shutdown()
    released = [len(wire.written) > count for wire, count in zip(loop.wires, before, strict=True)]
    assert released == [False, True], released
    print("CONFIRMED: connected twice; shutdown released the second connection and not the first")


if __name__ == "__main__":
    asyncio.run(main())
