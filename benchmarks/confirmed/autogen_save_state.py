"""An agent that is made while the states are saved breaks the loop.

Package: autogen-core 0.7.5
File: autogen_core/_single_threaded_agent_runtime.py
Function: SingleThreadedAgentRuntime.save_state
Finding: ARC104 on self._instantiated_agents
Lost: RuntimeError instead of the state of all agents
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from autogen_core import AgentId, MessageContext, RoutedAgent, SingleThreadedAgentRuntime, message_handler


@dataclass(frozen=True)
class Note:
    """What an agent is told."""

    text: str


class Keeper(RoutedAgent):
    """An agent whose state takes a while to fetch."""

    def __init__(self) -> None:
        super().__init__("keeper")

    @message_handler
    async def note(self, message: Note, ctx: MessageContext) -> None:
        """Take a message."""

    async def save_state(self) -> Mapping[str, str]:
        """Return the state."""
        await asyncio.sleep(0.05)
        return {}


async def main() -> None:
    """Save the states of a runtime that works."""
    runtime = SingleThreadedAgentRuntime()
    await Keeper.register(runtime, "keeper", Keeper)
    runtime.start()
    await runtime.send_message(Note("hello"), AgentId("keeper", "one"))
    saving = asyncio.create_task(runtime.save_state())
    await asyncio.sleep(0)
    await runtime.send_message(Note("hello"), AgentId("keeper", "two"))
    try:
        await saving
    except RuntimeError as error:
        assert "changed size" in str(error)
    else:
        raise AssertionError("the states were saved")
    await runtime.stop()
    print("CONFIRMED: save_state() raises RuntimeError when a message makes an agent meanwhile")


if __name__ == "__main__":
    asyncio.run(main())
