"""What the webhooks of a test's CRM send, as a list that can be waited for."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, overload

from dealwright.connectors.client import Client

DEFAULT_TIMEOUT = 10.0
Event = dict[str, Any]


class NoEvent(AssertionError):
    """What a test waited for did not come in time; the message says what came."""


class Webhooks(Sequence[Event]):
    """The events that were received so far, in their order. It is told of every change until `unsubscribe`.

    ``status`` is what the sender is answered: with 500 it tries again, as time goes on. ``url`` takes the events of other webhooks, too.
    """

    def __init__(self, url: str, client: Client) -> None:
        self.url = url
        self.status = 200
        self._client = client
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self._webhook_id: int | None = client.run(
            "post_webhooks", {"data": {"subscription_url": url, "event_action": "*", "event_object": "*"}}
        )["data"]["id"]

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        with self._changed:
            return self._events[index]

    def __len__(self) -> int:
        with self._changed:
            return len(self._events)

    def __repr__(self) -> str:
        return f"<Webhooks {[*map(_name, self)]}>"

    def wait(self, count: int = 1, *, event: str | None = None, timeout: float = DEFAULT_TIMEOUT) -> Sequence[Event]:
        """Waits until there are so many events, or so many called ``create.deal`` for ``event``; returns them. Raises `NoEvent`."""
        return self.wait_until(lambda found: len(found) >= count, event=event, timeout=timeout)

    def wait_until(
        self,
        is_enough: Callable[[Sequence[Event]], object],
        *,
        event: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Sequence[Event]:
        """Waits until a condition of the events is true; returns them. Raises `NoEvent` after ``timeout`` seconds."""
        ends = time.monotonic() + timeout
        with self._changed:
            while True:
                found = [one for one in self._events if event in (None, _name(one))]
                if is_enough(found):
                    return found
                left = ends - time.monotonic()
                if left <= 0:
                    came = ", ".join(map(_name, self._events)) or "none"
                    wanted = f"events called {event}" if event else "events"
                    raise NoEvent(f"After {timeout:g} seconds there are not enough {wanted}; received: {came}")
                self._changed.wait(left)

    def clear(self) -> None:
        """Forgets the events that were received."""
        with self._changed:
            self._events.clear()

    def unsubscribe(self) -> None:
        """Removes the webhook that tells of every change."""
        if self._webhook_id is not None:
            self._client.run("delete_webhooks_by_id", {"id": self._webhook_id})
            self._webhook_id = None

    def receive(self, event: Event) -> int:
        """Takes an event in; returns the status of the answer. One that is answered with a failure is there, too."""
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()
            return self.status


def _name(event: Event) -> str:
    """Returns what an event is called where webhooks are made, whichever version of them has sent it."""
    meta = event.get("meta", {})
    return f"{meta.get('action')}.{meta.get('entity') or meta.get('object')}"


@contextlib.contextmanager
def receive(client: Client) -> Iterator[Webhooks]:
    """Yields the events that the CRM of a client sends, to a receiver that is there as long as the block runs."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="dealwright-test-webhooks", daemon=True
    )
    thread.start()
    try:
        server.webhooks = Webhooks(f"http://127.0.0.1:{server.server_address[1]}/", client)
        yield server.webhooks
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    webhooks: Webhooks


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """Takes an event in."""
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(self.server.webhooks.receive(json.loads(content)))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing among the output of tests."""
