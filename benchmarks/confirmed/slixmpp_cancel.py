"""A command that is cancelled twice runs its cancel handler twice, and the second fails.

Package: slixmpp 1.17.0
File: slixmpp/plugins/xep_0050/adhoc.py
Function: XEP_0050._handle_command_cancel
Finding: ARC102 on self.sessions[sessionid]
Lost: the second request is answered with an internal error (KeyError) after the handler has run for it as well
"""

from __future__ import annotations

import asyncio

from slixmpp import ClientXMPP
from slixmpp.stanza import Iq


def cancel(client: ClientXMPP, number: str) -> Iq:
    """Return a peer's request to cancel the session."""
    iq = client.Iq()
    iq["type"], iq["id"], iq["from"], iq["to"] = "set", number, "peer@example.com/one", client.boundjid
    iq["command"]["node"], iq["command"]["sessionid"], iq["command"]["action"] = "backup", "session", "cancel"
    return iq


async def main() -> None:
    """Cancel a session, and again before the handler is through."""
    client = ClientXMPP("bot@example.com", "secret")
    client.register_plugin("xep_0050")
    commands = client["xep_0050"]
    sent: list[object] = []
    client.send = lambda stanza, *rest, **options: sent.append(stanza)
    runs: list[str] = []

    async def on_cancel(iq: Iq, session: dict[str, object]) -> None:
        runs.append(iq["id"])
        await asyncio.sleep(0.01)

    commands.sessions["session"] = {"id": "session", "cancel": on_cancel, "notes": []}
    requests = [commands._handle_command_all(cancel(client, number)) for number in ("1", "2")]
    outcome = await asyncio.gather(*requests, return_exceptions=True)
    assert runs == ["1", "2"], "the handler ran once"
    assert isinstance(outcome[1], KeyError), outcome
    assert len(sent) == 1
    print("CONFIRMED: the cancel handler ran twice, and the second request ended in KeyError('session')")


if __name__ == "__main__":
    asyncio.run(main())
