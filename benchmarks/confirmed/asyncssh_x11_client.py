"""Two sessions that forward X11 at once keep two listeners, and the programs of the first are refused.

Package: asyncssh 2.24.1
File: asyncssh/connection.py
Function: SSHClientConnection.attach_x11_listener
Finding: ARC102 on self._x11_listener
Lost: the first session's X11: the listener that knows its cookie has been replaced
"""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import asyncssh.x11
from asyncssh.connection import SSHClientConnection

IPV4 = 0


class Connection(SSHClientConnection):
    """The client's side of a connection, as far as X11 goes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._x11_listener = None

    def __del__(self) -> None:
        """Clean up nothing."""


def authority(folder: str) -> str:
    """Write an Xauthority file whose entry is for an address, so that the host's has to be looked up."""
    entry = struct.pack(">H", IPV4)
    for field in (bytes([192, 0, 2, 1]), b"0", b"MIT-MAGIC-COOKIE-1", bytes(16)):
        entry += struct.pack(">H", len(field)) + field
    path = Path(folder, "Xauthority")
    path.write_bytes(entry)
    return str(path)


async def look_up(*arguments: object) -> list[str]:
    """Look a host up, which takes a while."""
    await asyncio.sleep(0.01)
    return ["192.0.2.1"]


async def main() -> None:
    """Let two sessions of one connection ask, and a program connect with the cookie of each."""
    sessions = object(), object()
    with TemporaryDirectory() as folder, mock.patch.object(asyncssh.x11, "_lookup_host", look_up):
        connection, path = Connection(), authority(folder)
        asking = [connection.attach_x11_listener(one, "display.example:0", path, False) for one in sessions]
        cookies = [cookie for _, cookie, _ in await asyncio.gather(*asking)]
    assert connection._x11_listener.validate_auth(cookies[1]) == bytes(16)
    try:
        connection._x11_listener.validate_auth(cookies[0])
    except KeyError:
        print("CONFIRMED: the cookie that the first session was given is unknown to the listener")
    else:
        raise AssertionError("the first session's cookie is good")


if __name__ == "__main__":
    asyncio.run(main())
