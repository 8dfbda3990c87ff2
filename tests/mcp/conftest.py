"""An agent of the company of a test, and clients of its server in this process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import mcp_types as types
import pytest
from mcp import Client

from dealwright.console.agents import Agent
from dealwright.console.service import find_console
from dealwright.crm.team.agent_rights import Right
from dealwright.mcp.protocol import build_server
from tests.api import Api

T = TypeVar("T")

MODES = ("legacy", "2026-07-28")


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    """Today's protocol, and the one with a handshake."""
    mode: str = request.param
    return mode


class Session:
    """What one client does with the server of an agent, each time in a connection of its own. ``asked`` is what its person was asked."""

    def __init__(
        self, api: Api, mode: str, *, right: Right = "read", answers: str | None = None, **options: Any
    ) -> None:
        self.api = api
        self.mode = mode
        self.agent = Agent(find_console(api.companies), api.principal, right=right)
        self.asked: list[str] = []
        self._answer = answers
        self._options = options

    def call(self, tool: str, **arguments: Any) -> Any:
        """Calls a tool; returns its structured content."""
        return self.call_raw(tool, **arguments).structured_content

    def call_raw(self, tool: str, **arguments: Any) -> types.CallToolResult:
        return self.use(lambda client: client.call_tool(tool, arguments))

    def tools(self) -> list[types.Tool]:
        async def work(client: Client) -> list[types.Tool]:
            return (await client.list_tools()).tools

        return self.use(work)

    def use(self, work: Callable[[Client], Awaitable[T]]) -> T:
        async def run() -> T:
            server = build_server(self.agent, **self._options)
            callback = self._ask if self._answer else None
            async with Client(server, mode=self.mode, elicitation_callback=callback) as client:
                return await work(client)

        return anyio.run(run)

    async def _ask(self, context: Any, params: Any) -> types.ElicitResult:
        self.asked.append(params.message)
        action: Any = self._answer
        return types.ElicitResult(action=action, content={} if action == "accept" else None)
