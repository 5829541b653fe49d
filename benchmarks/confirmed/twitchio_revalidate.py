"""A token that is removed while it is refreshed comes back.

Package: twitchio 3.3.2
File: twitchio/authentication/tokens.py
Function: ManagedHTTPClient._revalidate_all
Finding: ARC102 on self._tokens[user_id]
Lost: the removal: the user's token is in the store again, is used, and is saved when the client closes
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from twitchio.authentication import ManagedHTTPClient


class Twitch:
    """The server: the token is about to expire, and a refresh takes a while."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()

    async def validate_token(self, token: str) -> SimpleNamespace:
        return SimpleNamespace(expires_in=60)

    async def refresh_token(self, refresh: str) -> SimpleNamespace:
        self.asked.set()
        await self.answer.wait()
        return SimpleNamespace(access_token="new", refresh_token="refresh-2")


async def main() -> None:
    """Remove a user's token while the hourly validation refreshes it."""
    http = ManagedHTTPClient(client_id="id")
    http._ManagedHTTPClient__isolated = twitch = Twitch()
    http._tokens["1"] = {"user_id": "1", "token": "old", "refresh": "refresh-1", "last_validated": "2020-01-01"}
    validating = asyncio.create_task(http._revalidate_all())
    await twitch.asked.wait()
    assert http.remove_token("1") is not None
    assert "1" not in http._tokens
    twitch.answer.set()
    await validating
    assert "1" in http._tokens, "the token is gone"
    print("CONFIRMED: the token that was removed is in the store again, refreshed")


if __name__ == "__main__":
    asyncio.run(main())
