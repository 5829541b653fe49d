"""Two first operations on an SRV client make two topologies, and the first is never closed.

Package: pymongo 4.20.1
File: pymongo/asynchronous/mongo_client.py
Function: AsyncMongoClient._get_topology
Finding: ARC102 on self._opened
Lost: the first topology, opened and with its monitors running, after the client was closed
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import ClassVar
from unittest import mock

import dns.asyncresolver
from pymongo import AsyncMongoClient
from pymongo.asynchronous.topology import Topology


async def resolve(name: str, kind: str, lifetime: float) -> list[SimpleNamespace]:
    """Answer for one host; a look-up takes a while."""
    await asyncio.sleep(0.01)
    if kind == "TXT":
        return [SimpleNamespace(strings=[b"replicaSet=rs"])]
    return [SimpleNamespace(target=SimpleNamespace(to_text=lambda **options: "one.cluster.example.com"), port=27017)]


async def no_address(*arguments: object, **options: object) -> list[tuple[object, ...]]:
    """Let no monitor get any further than the name of its host."""
    await asyncio.sleep(0.01)
    raise OSError("no network here")


async def main() -> None:
    """Ask a new client two things at once, then close it."""
    opened: ClassVar[list[Topology]] = []
    opening = Topology.open

    async def watched(topology: Topology) -> None:
        if all(topology is not one for one in opened):
            opened.append(topology)
        await opening(topology)

    asyncio.get_running_loop().getaddrinfo = no_address
    with mock.patch.object(dns.asyncresolver, "resolve", resolve), mock.patch.object(Topology, "open", watched):
        client = AsyncMongoClient("mongodb+srv://cluster.example.com/", serverSelectionTimeoutMS=50)
        questions = client.admin.command("ping"), client.admin.command("ping")
        await asyncio.gather(*questions, return_exceptions=True)
        await client.close()
    assert len(opened) == 2, "one topology served both"
    closed = [topology._closed for topology in opened]
    assert closed == [False, True], closed
    await opened[0].close()
    print("CONFIRMED: two topologies were opened, and client.close() closed the second alone")


if __name__ == "__main__":
    asyncio.run(main())
