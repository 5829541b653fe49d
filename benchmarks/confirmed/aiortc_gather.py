"""A description that is not set in time can never be set: its candidates are not gathered again.

Package: aiortc 1.16.0
File: aiortc/rtcicetransport.py
Function: RTCIceGatherer.gather
Finding: ARC107 on self.__state
Lost: all candidates of the retry: the description that it sets has none, and the state is "gathering" for good
"""

from __future__ import annotations

import asyncio
import contextlib
from unittest import mock

import aioice.ice
from aiortc import RTCPeerConnection


async def main() -> None:
    """Set the local description with a time limit, and again when gathering would be quick."""
    peer = RTCPeerConnection()
    peer.createDataChannel("chat")
    offer = await peer.createOffer()

    async def never(*arguments: object, **options: object) -> list[aioice.Candidate]:
        return await asyncio.get_running_loop().create_future()

    candidate = aioice.Candidate("1", 1, "udp", 1, "192.0.2.1", 9, "host")
    at_once = mock.AsyncMock(return_value=[candidate])
    endless = mock.patch.object(aioice.ice.Connection, "get_component_candidates", never)
    with endless, contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(peer.setLocalDescription(offer), 0.05)
    with mock.patch.object(aioice.ice.Connection, "get_component_candidates", at_once):
        await peer.setLocalDescription(offer)
    assert at_once.await_count == 0, "it was gathered again"
    assert "a=candidate" not in peer.localDescription.sdp
    assert peer.iceGatheringState == "gathering"
    print("CONFIRMED: the retry succeeds with no candidate at all, and the gathering state never ends")


if __name__ == "__main__":
    asyncio.run(main())
