"""Fast requests are answered on the event loop, and slow ones do not block others."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from dealwright.server.latency import FAST_THRESHOLD_SECONDS, LatencyAverage
from tests.api import Api

TIMEOUT_SECONDS = 10


def test_a_route_is_fast_when_its_last_answers_were() -> None:
    average = LatencyAverage()
    assert average.is_fast()
    average.observe(FAST_THRESHOLD_SECONDS * 100)
    assert not average.is_fast()
    for _ in range(40):
        average.observe(FAST_THRESHOLD_SECONDS / 2)
    assert average.is_fast()


def test_slow_content_does_not_block_other_requests(api: Api) -> None:
    api.upload("POST", "/v1/files", {"file": ("a.txt", "text/plain", b"text")})
    folder = Path(api.principal.company.files._folder)  # type: ignore[attr-defined]
    [content] = (path for path in folder.rglob("*") if path.is_file())
    content.unlink()
    # Reading this blocks until something is written to it.
    os.mkfifo(content)
    answered_paths: list[str] = []

    async def request_path(path: str) -> None:
        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answered_paths.append(path)

        headers = [(b"x-api-token", api.token.encode())]
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
        await api.app(scope, receive, send)

    async def request_both() -> None:
        download = asyncio.create_task(request_path("/v1/files/1/download"))
        await asyncio.sleep(0)
        await request_path("/v1/users/me")
        if not download.done():
            content.write_bytes(b"text")
        await download

    # So that a failure does not block the test for ever.
    timer = threading.Timer(TIMEOUT_SECONDS, content.write_bytes, (b"text",))
    timer.start()
    asyncio.run(request_both())
    timer.cancel()
    assert answered_paths == ["/v1/users/me", "/v1/files/1/download"]
