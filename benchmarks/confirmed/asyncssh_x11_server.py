"""Two sessions that ask for X11 at once listen twice, and one listener is never closed.

Package: asyncssh 2.24.1
File: asyncssh/connection.py
Function: SSHServerConnection.attach_x11_listener
Finding: ARC102 on self._x11_listener
Lost: the first listener: it goes on to listen after both sessions have gone
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import asyncssh.x11
from asyncssh.connection import SSHServerConnection


class Listener:
    """A listening port."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Connection(SSHServerConnection):
    """The server's side of a connection, as far as X11 goes."""

    def __init__(self, folder: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._x11_forwarding = True
        self._x11_listener = None
        self._x11_auth_path = str(Path(folder, "Xauthority"))

    def check_key_permission(self, permission: str) -> bool:
        """Allow everything."""
        return True

    check_certificate_permission = check_key_permission

    def __del__(self) -> None:
        """Clean up nothing."""


async def main() -> None:
    """Let two sessions of one connection ask, and close both."""
    listeners: list[Listener] = []

    async def listen(*arguments: object) -> Listener:
        # Each display has one port.
        listeners.append(Listener())
        listener = listeners[-1]
        await asyncio.sleep(0.01)
        return listener

    sessions = object(), object()
    with TemporaryDirectory() as folder, mock.patch.object(asyncssh.x11, "create_tcp_forward_listener", listen):
        connection = Connection(folder)
        asking = [connection.attach_x11_listener(one, b"MIT-MAGIC-COOKIE-1", b"cookie", 0) for one in sessions]
        await asyncio.gather(*asking)
    for session in sessions:
        connection.detach_x11_listener(session)
    closed = [listener.closed for listener in listeners]
    assert closed == [False, True] or closed == [True, False], closed
    assert connection._x11_listener is None
    print("CONFIRMED: two listeners were opened; after both sessions had gone, one still listens and nobody knows it")


if __name__ == "__main__":
    asyncio.run(main())
