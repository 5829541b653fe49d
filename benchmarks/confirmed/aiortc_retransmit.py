"""An acknowledgement that arrives while data is retransmitted breaks the loop over what was sent.

Package: aiortc 1.16.0
File: aiortc/rtcsctptransport.py
Function: RTCSctpTransport._transmit
Finding: ARC104 on self._sent_queue
Lost: the retransmission of the chunks behind the first: the task dies of RuntimeError
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from aiortc.rtcsctptransport import DataChunk, RTCSctpTransport, SackChunk


def lost(tsn: int) -> DataChunk:
    """Return a chunk that was sent and is to be sent again."""
    chunk = DataChunk()
    chunk.tsn, chunk.user_data = tsn, b"data"
    chunk._book_size, chunk._sent_count, chunk._misses = 4, 1, 0
    chunk._acked = chunk._abandoned = chunk._in_flight = False
    chunk._retransmit = True
    chunk._expiry = chunk._max_retransmits = None
    chunk._sent_time = 0.0
    return chunk


async def main() -> None:
    """Retransmit three chunks over a TURN relay that has to renew its channel first."""
    renewed = asyncio.Event()
    sent: list[bytes] = []

    async def send_data(data: bytes) -> None:
        sent.append(data)
        await renewed.wait()

    sctp = RTCSctpTransport(SimpleNamespace(state="connected", _send_data=send_data))
    sctp._remote_port = 5000
    first = (sctp._last_sacked_tsn + 1) % 2**32
    sctp._sent_queue.extend(lost((first + number) % 2**32) for number in range(3))
    transmitting = asyncio.create_task(sctp._transmit())
    await asyncio.sleep(0)
    assert len(sent) == 1
    sack = SackChunk()
    sack.cumulative_tsn, sack.advertised_rwnd = first, 1024
    receiving = asyncio.create_task(sctp._receive_sack_chunk(sack))
    await asyncio.sleep(0)
    renewed.set()
    outcome = await asyncio.gather(transmitting, receiving, return_exceptions=True)
    assert isinstance(outcome[0], RuntimeError), outcome
    assert "mutated during iteration" in str(outcome[0])
    sctp._t3_cancel()
    print(f"CONFIRMED: the retransmitting task ends in {outcome[0]!r}")


if __name__ == "__main__":
    asyncio.run(main())
