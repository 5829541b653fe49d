"""Two requests with an expired token both refresh it, the second with a refresh token that is spent.

Package: twitchio 3.3.2
File: twitchio/authentication/tokens.py
Function: ManagedHTTPClient.request
Finding: ARC102 on self._tokens[old['user_id']]
Lost: the second request: it fails with "Invalid refresh token" although a good token is at hand
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from unittest import mock

from twitchio.authentication import ManagedHTTPClient
from twitchio.exceptions import HTTPException
from twitchio.http import HTTPClient, Route


class Twitch:
    """The server: a refresh token of a public client can be used once."""

    def __init__(self) -> None:
        self.token, self.refresh = "old", "refresh-1"
        self.refreshed: list[str] = []

    async def request(self, route: Route) -> dict[str, object]:
        sent = route.headers["Authorization"]
        await asyncio.sleep(0)
        if sent != "Bearer new":
            raise HTTPException("401", route=route, status=401, extra={"message": "Invalid OAuth token"})
        return {"data": []}

    async def refresh_token(self, refresh: str) -> SimpleNamespace:
        self.refreshed.append(refresh)
        await asyncio.sleep(0)
        if refresh != self.refresh:
            raise HTTPException("400", status=400, extra={"message": "Invalid refresh token"})
        self.refresh = "refresh-2"
        return SimpleNamespace(access_token="new", refresh_token=self.refresh)


async def main() -> None:
    """Ask two things at once with a token that has expired."""
    twitch = Twitch()
    http = ManagedHTTPClient(client_id="id")
    http._ManagedHTTPClient__isolated = twitch
    http._app_token = "old"
    http._tokens["1"] = {"user_id": "1", "token": "old", "refresh": "refresh-1", "last_validated": ""}

    async def request(client: HTTPClient, route: Route) -> dict[str, object]:
        return await twitch.request(route)

    with mock.patch.object(HTTPClient, "request", request):
        routes = [Route("GET", path, token_for="1") for path in ("users", "streams")]
        outcome = await asyncio.gather(*map(http.request, routes), return_exceptions=True)
    assert twitch.refreshed == ["refresh-1", "refresh-1"], twitch.refreshed
    assert outcome[0] == {"data": []}, outcome
    assert isinstance(outcome[1], HTTPException), outcome
    assert http._tokens["1"]["token"] == "new"
    print("CONFIRMED: the refresh token was used twice, and the second request failed with a good token in the store")


if __name__ == "__main__":
    asyncio.run(main())
