"""The official client of the Model Context Protocol, for one call at a time over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

T = TypeVar("T")


def use(url: str, mode: str, work: Callable[[Client], Awaitable[T]], *, ask: Any = None, **options: Any) -> T:
    async def run() -> T:
        async with (
            httpx2.AsyncClient(timeout=30, **options) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode, elicitation_callback=ask) as client,
        ):
            return await work(client)

    return anyio.run(run)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def call(tool: str, **arguments: Any) -> Callable[[Client], Awaitable[Any]]:
    async def work(client: Client) -> Any:
        return (await client.call_tool(tool, arguments)).structured_content

    return work
