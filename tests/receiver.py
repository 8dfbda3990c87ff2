"""A receiver of webhooks on this machine: records requests, and answers with a chosen status."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import orjson


class ReceivedRequest(msgspec.Struct):
    """A request: its path, its headers with lower-case names, its body."""

    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return orjson.loads(self.content)


StatusFunction = Callable[[ReceivedRequest], int]


class Receiver:
    """The received requests, in their order. ``get_status`` chooses the status to answer with."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[ReceivedRequest] = []
        self.get_status: StatusFunction = lambda _: 200
        self._lock = threading.Lock()

    @property
    def bodies(self) -> list[Any]:
        return [one.body for one in self.received]

    def clear(self) -> None:
        """Clears the recorded requests."""
        self.received.clear()

    def handle(self, request: ReceivedRequest) -> int:
        """Records a request; returns the status of the answer."""
        with self._lock:
            self.received.append(request)
        return self.get_status(request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    receiver: Receiver

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignores errors of connections that the sender has closed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        content = self.rfile.read(length)
        if len(content) < length:
            # The sender was killed while it sent the request.
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self.server.receiver.handle(ReceivedRequest(self.path, headers, content))
        self.send_response(status)
        if status in (301, 302, 307, 308):
            self.send_header("location", f"{self.server.receiver.url}/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def run_receiver() -> Iterator[Receiver]:
    """Yields a receiver that listens on a free port of the loopback interface."""
    receiver = Receiver()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.receiver = receiver
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
