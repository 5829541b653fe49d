"""A namespace that goes while the disconnect handlers run breaks the loop over the namespaces.

Package: python-socketio 5.18.1
File: socketio/async_client.py
Function: AsyncClient._handle_eio_disconnect
Finding: ARC104 on self.namespaces
Lost: RuntimeError skips `connected = False` and the reconnection: the client stays "connected" to nothing
"""

from __future__ import annotations

import asyncio

from socketio import AsyncClient


async def main() -> None:
    """Let the server disconnect a namespace just before the transport drops."""
    client = AsyncClient(reconnection=True)
    client.eio.state = "connected"
    client.connected = True
    client.namespaces = {"/": "sid", "/chat": "sid"}

    async def on_disconnect(reason: str) -> None:
        await asyncio.sleep(0.01)

    client.on("disconnect", on_disconnect, namespace="/")
    client.on("disconnect", on_disconnect, namespace="/chat")
    # Engine.IO starts a task for each message: this one is Socket.IO's "disconnect" of the namespace.
    message = asyncio.create_task(client._handle_eio_message("1/chat,"))
    await asyncio.sleep(0.005)
    try:
        await client._handle_eio_disconnect("transport error")
    except RuntimeError as error:
        assert "changed size" in str(error)
    else:
        raise AssertionError("the loop over the namespaces went through")
    await message
    assert client.connected
    assert client._reconnect_task is None
    print("CONFIRMED: RuntimeError; the client still says connected, and nothing reconnects")


if __name__ == "__main__":
    asyncio.run(main())
