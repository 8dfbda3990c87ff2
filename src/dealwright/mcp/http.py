"""The server at ``/mcp``, over streamable HTTP: each request stands for itself, so that any number of processes answer.

The protocol's package is imported by the first request. Whoever asks shows a token: an API token, or one that the provider of this server
(`dealwright.server.oauth`) has given for this address. Nothing of a body is read before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import orjson

from dealwright._extras import install_command
from dealwright.connectors.errors import UnusableConnection
from dealwright.console import agent_access
from dealwright.console.agent_tools.tools import MAX_TOOLS
from dealwright.console.agents import AgentRefusal
from dealwright.console.service import Console
from dealwright.contract.agents import AGENTS_PATH, RESOURCE_PATH

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_CALLS = 16
"""How many calls are answered at a time by one process; others wait."""


log = logging.getLogger(__name__)


class Endpoint:
    """The application at `AGENTS_PATH`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._places = asyncio.Semaphore(MAX_CALLS)

    async def __call__(self, scope: Message, receive: Receive, send: Send, base_url: str) -> None:
        """Answers a request; ``base_url`` is the address of this server."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if (origin := headers.get("origin")) is not None and origin != base_url:
            await _respond(send, 403, {"error": f"This comes from a page of another site than {base_url}"})
            return
        agent = await asyncio.to_thread(agent_access.authenticate, self._console, headers, base_url)
        if agent is None:
            challenge = f'Bearer resource_metadata="{base_url}{RESOURCE_PATH}{AGENTS_PATH}"'
            if "authorization" in headers:
                challenge += ', error="invalid_token"'
            await _respond(
                send, 401, {"error": "A token is needed, which this is not"}, ("www-authenticate", challenge)
            )
            return
        if scope["method"] != "POST":
            # There is nothing to listen to between the calls.
            await _respond(send, 405, {"error": f"{scope['method']} is not allowed here"}, ("allow", "POST"))
            return
        try:
            manager = await asyncio.to_thread(_open, agent, *_options(scope))
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("dealwright"):
                raise
            await _respond(send, 501, {"error": f"This server lacks the part for agents: {install_command('mcp')}"})
            return
        except (AgentRefusal, UnusableConnection, ValueError) as error:
            await _respond(send, 400, {"error": str(error)})
            return
        async with self._places, manager.run():
            await manager.handle_request(scope, receive, send)


def _options(scope: Message) -> tuple[list[str], int]:
    """Returns the groups of actions that are to be tools of their own, and how many tools there may be. Raises ValueError."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    groups = [group for text in query.get("groups", ()) for group in text.split(",") if group]
    return groups, min(500, max(6, int(query.get("max_tools", [str(MAX_TOOLS)])[0])))


def _open(agent: Any, groups: list[str], max_tools: int) -> Any:
    """Returns what answers one request of an agent."""
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager  # noqa: PLC0415

    from dealwright.mcp.protocol import build_server  # noqa: PLC0415

    # It tells of its start and its end, which are those of a request here.
    logging.getLogger("mcp").setLevel(logging.WARNING)
    server = build_server(agent, groups=groups, max_tools=max_tools)
    return StreamableHTTPSessionManager(
        server, json_response=True, stateless=True, max_request_body_size=MAX_BODY_BYTES
    )


async def _respond(send: Send, status: int, body: object, *headers: tuple[str, str]) -> None:
    content = orjson.dumps(body)
    all_headers = (
        ("content-type", "application/json"),
        ("content-length", str(len(content))),
        ("cache-control", "no-store"),
        *headers,
    )
    encoded = [(name.encode(), value.encode("latin-1", "replace")) for name, value in all_headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": content})
