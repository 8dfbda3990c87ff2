"""Fast requests are answered on the event loop, and slow ones do not block others."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.server.latency import (
    ANSWERS_AFTER_NOTICEABLE,
    ANSWERS_AT_FIRST,
    FAST_THRESHOLD_SECONDS,
    NOTICEABLE_SECONDS,
    LatencyAverage,
)
from dealwright.server.requests import Request
from dealwright.server.responses import Response
from dealwright.storage import engines
from tests.api import Api

TIMEOUT_SECONDS = 10


def test_a_route_is_fast_when_its_last_answers_were() -> None:
    average = LatencyAverage()

    def answer(number: int) -> None:
        for _ in range(number):
            assert not average.is_fast()
            average.observe(FAST_THRESHOLD_SECONDS / 2)

    # Nothing is known at first, and what was slow once may be so again.
    answer(ANSWERS_AT_FIRST)
    assert average.is_fast()
    average.observe(NOTICEABLE_SECONDS + 0.001)
    answer(ANSWERS_AFTER_NOTICEABLE)
    assert average.is_fast()
    for _ in range(20):
        average.observe(NOTICEABLE_SECONDS)
    assert not average.is_fast()


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_a_query_that_takes_long_is_not_run_on_the_event_loop(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A route that was quick with one filter may be slow with the next one."""
    for number in range(30):
        api.post("/api/v2/deals", {"title": f"Roof {number}"})
    answer = api.get("/v1/deals", sort="title")
    monkeypatch.setattr(LatencyAverage, "is_fast", lambda _: True)
    threads: list[threading.Thread] = []
    respond = api.app.respond

    def note(request: Request) -> Response:
        threads.append(threading.current_thread())
        return respond(request)

    monkeypatch.setattr(api.app, "respond", note)
    assert api.get("/v1/deals", sort="title").data == answer.data
    monkeypatch.setattr(engines, "STEPS_BETWEEN_LOOKS", 20)
    # This has the connection forget how it was used.
    with api.companies.platform.list_companies()[0].database.read():
        pass
    assert api.get("/v1/deals", sort="value").data
    loop = threading.main_thread()
    assert [thread is loop for thread in threads] == [True, True, False]
    # Others are not limited, nor is this connection from now on.
    assert api.get("/v1/persons").status == 200
    with api.companies.platform.list_companies()[0].database.read() as db:
        assert db.value(sa.text("select count(*) from deals as one, deals as other")) == 900


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
