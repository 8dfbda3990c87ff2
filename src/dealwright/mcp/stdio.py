"""The server over standard input and output, for a client that starts it as a program of its own."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
from mcp.server.stdio import stdio_server

from dealwright.console.agents import Agent
from dealwright.mcp.protocol import build_server


def serve(agent: Agent, *, groups: Sequence[str], max_tools: int) -> None:
    """Serves an agent until the client closes standard input. Raises `AgentRefusal`, and `UnusableConnection` for an unknown group."""
    server = build_server(agent, groups=groups, max_tools=max_tools)

    async def run() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(run)
