"""The baseline: an ASGI application that sends one recorded answer to all requests."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import msgspec

RECORDED_VARIABLE = "BENCH_RECORDED"

Message = MutableMapping[str, Any]


class RecordedResponse(msgspec.Struct, frozen=True):
    """A real answer as it went over the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def app() -> Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]:
    """Returns the application; a factory for uvicorn."""
    answer = msgspec.msgpack.decode(Path(os.environ[RECORDED_VARIABLE]).read_bytes(), type=RecordedResponse)
    headers = [(name.encode(), value.encode()) for name, value in answer.headers]
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    body = {"type": "http.response.body", "body": answer.body}

    async def bare(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        while (await receive()).get("more_body"):
            pass
        await send(start)
        await send(body)

    return bare
