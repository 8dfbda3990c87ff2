"""What is over soon is answered at once, what may last does not hold up others."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from dealwright.server.pace import QUICK_SECONDS, Pace
from tests.api import Api

PATIENCE_SECONDS = 10


def test_routes_are_as_quick_as_their_last_answers() -> None:
    pace = Pace()
    assert pace.is_quick()
    pace.note(QUICK_SECONDS * 100)
    assert not pace.is_quick()
    for _ in range(40):
        pace.note(QUICK_SECONDS / 2)
    assert pace.is_quick()


def test_content_that_is_slow_to_come_holds_up_nobody(api: Api) -> None:
    api.upload("POST", "/v1/files", {"file": ("a.txt", "text/plain", b"text")})
    folder = Path(api.bearer.company.files._folder)  # type: ignore[attr-defined]
    [content] = (path for path in folder.rglob("*") if path.is_file())
    content.unlink()
    # Whoever reads this waits for somebody to write it.
    os.mkfifo(content)
    answered: list[str] = []

    async def ask(path: str) -> None:
        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answered.append(path)

        headers = [(b"x-api-token", api.token.encode())]
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
        await api.app(scope, receive, send)

    async def both() -> None:
        download = asyncio.create_task(ask("/v1/files/1/download"))
        await asyncio.sleep(0)
        await ask("/v1/users/me")
        if not download.done():
            content.write_bytes(b"text")
        await download

    # So that a failure is one, and does not last for ever.
    rescue = threading.Timer(PATIENCE_SECONDS, content.write_bytes, (b"text",))
    rescue.start()
    asyncio.run(both())
    rescue.cancel()
    assert answered == ["/v1/users/me", "/v1/files/1/download"]
