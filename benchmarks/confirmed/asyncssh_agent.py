"""Two sessions that ask for the agent at once listen twice, and one listener is never closed.

Package: asyncssh 2.24.1
File: asyncssh/connection.py
Function: SSHServerConnection.create_agent_listener
Finding: ARC102 on self._agent_listener
Lost: the first listener: the connection closes the second alone
"""

from __future__ import annotations

import asyncio
from unittest import mock

import asyncssh.connection
from asyncssh.connection import SSHServerConnection


class Listener:
    """A listening socket."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Connection(SSHServerConnection):
    """The server's side of a connection, as far as the agent goes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._agent_forwarding = True
        self._agent_listener = None

    def check_key_permission(self, permission: str) -> bool:
        """Allow everything."""
        return True

    check_certificate_permission = check_key_permission

    def __del__(self) -> None:
        """Clean up nothing."""


async def main() -> None:
    """Let two sessions of one connection ask, and close the connection."""
    listeners: list[Listener] = []

    async def listen(*arguments: object) -> Listener:
        await asyncio.sleep(0)
        listeners.append(Listener())
        return listeners[-1]

    connection = Connection()
    with (
        mock.patch.object(asyncssh.connection, "create_unix_forward_listener", listen),
        mock.patch.object(asyncssh.connection.SSHConnection, "_cleanup"),
    ):
        assert await asyncio.gather(*(connection.create_agent_listener() for _ in range(2))) == [True, True]
        connection._cleanup(None)
    closed = [listener.closed for listener in listeners]
    assert closed == [False, True], closed
    print("CONFIRMED: two listeners were opened, and the connection closed the second alone")


if __name__ == "__main__":
    asyncio.run(main())
