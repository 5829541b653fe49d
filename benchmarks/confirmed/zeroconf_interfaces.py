"""A refresh that waits behind a switch of interfaces puts the old interfaces back.

Package: zeroconf 0.154.0
File: zeroconf/_core.py
Function: Zeroconf.async_update_interfaces
Finding: ARC101 on self._interfaces
Lost: the new interfaces (and the new IP version, which is reported as well), although "concurrent calls are serialized"
"""

from __future__ import annotations

import asyncio
from unittest import mock

import zeroconf._core
from zeroconf import InterfaceChoice, IPVersion, Zeroconf


class Engine:
    """The sockets, without any; to reconcile them takes a turn of the loop."""

    def __init__(self) -> None:
        self.running_future = asyncio.get_running_loop().create_future()
        self.running_future.set_result(True)
        self.interfaces: object = None

    def setup(self, *arguments: object) -> None:
        """Start nothing."""

    async def async_update_interfaces(self, interfaces: object, version: IPVersion, apple_p2p: bool) -> list[object]:
        """Take the interfaces."""
        await asyncio.sleep(0.01)
        self.interfaces = interfaces
        return []


async def main() -> None:
    """Switch to one address, and refresh with what is set before the switch is through."""
    engine = Engine()
    with (
        mock.patch.object(zeroconf._core, "create_sockets", return_value=(None, [])),
        mock.patch.object(zeroconf._core, "AsyncEngine", return_value=engine),
    ):
        zc = Zeroconf(InterfaceChoice.Default, ip_version=IPVersion.V4Only)
    with mock.patch.object(Zeroconf, "started", True):
        switch, refresh = zc.async_update_interfaces(["192.0.2.1"], IPVersion.All), zc.async_update_interfaces()
        await asyncio.gather(switch, refresh)
    assert zc._interfaces is InterfaceChoice.Default, zc._interfaces
    assert zc._ip_version is IPVersion.V4Only, zc._ip_version
    assert engine.interfaces is InterfaceChoice.Default
    print("CONFIRMED: switched to 192.0.2.1, and the refresh behind it switched back to the default interfaces")


if __name__ == "__main__":
    asyncio.run(main())
