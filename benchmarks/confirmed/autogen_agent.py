"""Two early messages for one agent make it twice, and what the first learned is lost.

Package: autogen-core 0.7.5
File: autogen_core/_single_threaded_agent_runtime.py
Function: SingleThreadedAgentRuntime._get_agent
Finding: ARC102 on self._instantiated_agents[agent_id]
Lost: the message that the first instance has kept
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from autogen_core import AgentId, MessageContext, RoutedAgent, SingleThreadedAgentRuntime, message_handler


@dataclass(frozen=True)
class Note:
    """What an agent is told."""

    text: str


class Ledger(RoutedAgent):
    """An agent that keeps what it was told."""

    made = 0

    def __init__(self) -> None:
        super().__init__("ledger")
        type(self).made += 1
        self.entries: list[str] = []

    @message_handler
    async def note(self, message: Note, ctx: MessageContext) -> None:
        """Keep a message."""
        self.entries.append(message.text)


async def make() -> Ledger:
    """Make an agent as the documentation's asynchronous factories do: something has to be loaded first."""
    await asyncio.sleep(0.01)
    return Ledger()


async def main() -> None:
    """Send two messages to an agent that is not there yet."""
    runtime = SingleThreadedAgentRuntime()
    await Ledger.register(runtime, "ledger", make)
    runtime.start()
    recipient = AgentId("ledger", "default")
    await asyncio.gather(*(runtime.send_message(Note(one), recipient) for one in ("first", "second")))
    await runtime.stop_when_idle()
    ledger = await runtime.try_get_underlying_agent_instance(recipient, Ledger)
    assert Ledger.made == 2, "one agent took both"
    assert ledger.entries == ["second"], ledger.entries
    print(f"CONFIRMED: two messages were handled, the agent knows {ledger.entries}")


if __name__ == "__main__":
    asyncio.run(main())
