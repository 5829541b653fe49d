"""An agent that is made while the runtime closes breaks the loop over the agents.

Package: autogen-core 0.7.5
File: autogen_core/_single_threaded_agent_runtime.py
Function: SingleThreadedAgentRuntime.close
Finding: ARC104 on self._instantiated_agents
Lost: RuntimeError: the agents behind the first are not closed
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from autogen_core import AgentId, MessageContext, RoutedAgent, SingleThreadedAgentRuntime, message_handler


@dataclass(frozen=True)
class Note:
    """What an agent is told."""

    text: str


class Keeper(RoutedAgent):
    """An agent that has something to put away."""

    closed: ClassVar[list[str]] = []

    def __init__(self) -> None:
        super().__init__("keeper")

    @message_handler
    async def note(self, message: Note, ctx: MessageContext) -> None:
        """Take a message."""

    async def close(self) -> None:
        """Put it away."""
        await asyncio.sleep(0.05)
        self.closed.append(self.id.key)


async def main() -> None:
    """Close a runtime whose last message is for an agent that is still being made."""
    runtime = SingleThreadedAgentRuntime()
    making = asyncio.Event()

    async def make() -> Keeper:
        making.set()
        await asyncio.sleep(0.01)
        return Keeper()

    await Keeper.register(runtime, "keeper", make)
    runtime.start()
    for key in ("one", "two"):
        await runtime.send_message(Note("hello"), AgentId("keeper", key))
    making.clear()
    last = asyncio.create_task(runtime.send_message(Note("hello"), AgentId("keeper", "three")))
    await making.wait()
    try:
        await runtime.close()
    except RuntimeError as error:
        assert "changed size" in str(error)
    else:
        raise AssertionError("the runtime was closed")
    await asyncio.wait([last], timeout=1)
    assert Keeper.closed == ["one"], Keeper.closed
    print(f"CONFIRMED: close() raises RuntimeError; of the agents one, two and three {Keeper.closed} were closed")


if __name__ == "__main__":
    asyncio.run(main())
