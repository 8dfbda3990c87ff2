"""Listens to server-sent events of the application in this process, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Coroutine, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

from tests.api import Api
from tests.app_browser import AppBrowser

TIMEOUT_SECONDS = 10.0


class Event(NamedTuple):
    """An event: its name, its id, and its data."""

    name: str
    id: int
    data: Any


def parse_event(block: str) -> Event:
    """Returns the event of a block of lines; a heartbeat has no name."""
    fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
    return Event(fields.get("event", ""), int(fields.get("id", 0)), orjson.loads(fields.get("data", "null")))


class Stream:
    """One connection."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.position = 0
        self.events: queue.Queue[Event | None] = queue.Queue()
        self.may_read = threading.Event()
        self.may_read.set()
        self._text = ""
        self._left = asyncio.Event()

    def next(self) -> Event | None:
        """Returns the next event; None at the end. Raises `queue.Empty` when there is none for long."""
        return self.events.get(timeout=TIMEOUT_SECONDS)

    def read(self, number: int) -> list[Event]:
        """Returns so many events."""
        found = [self.next() for _ in range(number)]
        return [event for event in found if event is not None]

    def read_until(self, name: str) -> list[Event]:
        """Returns the events up to one of a name."""
        found: list[Event] = []
        while not found or found[-1].name != name:
            event = self.next()
            assert event is not None
            found.append(event)
        return found

    async def receive(self) -> MutableMapping[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        while not self.may_read.is_set():
            await asyncio.sleep(0.01)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        self._text += message.get("body", b"").decode()
        *blocks, self._text = self._text.split("\n\n")
        for block in blocks:
            self.events.put(parse_event(block))
        if not message.get("more_body"):
            self.events.put(None)

    def leave(self) -> None:
        self._left.set()


class Listeners:
    """Opens streams of one application."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open: list[Stream] = []

    def open(self, browser: AppBrowser, after: int | None = None, last_event_id: int | None = None) -> Stream:
        """Opens a stream, as the browser's session; returns it once it is ready, or has been refused."""
        headers = [(b"cookie", "; ".join(f"{name}={value}" for name, value in browser.cookies.items()).encode())]
        if last_event_id is not None:
            headers.append((b"last-event-id", str(last_event_id).encode()))
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/app/api/changes",
            "query_string": urlencode({} if after is None else {"after": after}).encode(),
            "headers": headers,
        }
        stream = self._run(_make_stream())
        assert isinstance(stream, Stream)
        self._open.append(stream)
        asyncio.run_coroutine_threadsafe(_call(browser.api, scope, stream), self._loop)
        first = stream.next()
        while first is not None and not first.name:
            first = stream.next()
        assert first is None or first.name == "ready"
        if first is not None:
            stream.position = first.id
        return stream

    def close(self, stream: Stream) -> None:
        """Closes a stream as a browser does that is closed."""
        self._loop.call_soon_threadsafe(stream.leave)

    def close_all(self) -> None:
        for stream in self._open:
            stream.may_read.set()
            self.close(stream)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(TIMEOUT_SECONDS)


async def _make_stream() -> Stream:
    return Stream()


async def _call(api: Api, scope: MutableMapping[str, Any], stream: Stream) -> None:
    await api.app(scope, stream.receive, stream.send)


@contextmanager
def listeners() -> Iterator[Listeners]:
    """Yields what opens streams; ends them all in the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    found = Listeners(loop)
    try:
        yield found
    finally:
        found.close_all()

        async def finish() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            await asyncio.wait(tasks, timeout=TIMEOUT_SECONDS) if tasks else None

        asyncio.run_coroutine_threadsafe(finish(), loop).result(2 * TIMEOUT_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
