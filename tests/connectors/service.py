"""A small HTTP server that records requests and gives canned responses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

TOKEN = "0123456789abcdef0123456789abcdef01234567"


class RecordedRequest(NamedTuple):
    """A received request."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)

    @property
    def parts(self) -> dict[str, tuple[str | None, str, bytes]]:
        """The parts of a multipart body: name to file name, content type and content."""
        message = message_from_bytes(
            b"content-type: " + self.headers["content-type"].encode() + b"\r\n\r\n" + self.body
        )
        parts_by_name = {}
        for part in message.get_payload():
            assert isinstance(part, Message)
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            parts_by_name[str(name)] = (part.get_filename(), part.get_content_type(), content)
        return parts_by_name


class StubResponse(NamedTuple):
    """A canned response; any body but bytes is sent as JSON. Without a status the connection is just closed.

    ``delay`` is the seconds before the response; a ``truncated`` one ends before its body does.
    """

    status: int | None = 200
    body: Any = {"success": True, "data": {"id": 1}}  # noqa: RUF012 - never changed
    headers: Mapping[str, str] = {}
    delay: float = 0
    truncated: bool = False


class StubService:
    """``url`` is its address, ``requests`` the received ones, ``responses`` the canned ones, of which the last repeats.

    A ``responder`` makes the responses instead; it is called from several threads. ``listen`` starts a service that was
    created with ``not_listening``.
    """

    def __init__(self, url: str, listen: Callable[[], None]) -> None:
        self.url = url
        self.listen = listen
        self.requests: list[RecordedRequest] = []
        self.responses: list[StubResponse] = []
        self.responder: Callable[[RecordedRequest], StubResponse] | None = None

    def respond_with(self, *responses: StubResponse) -> None:
        self.responses = list(responses)

    def next_response(self) -> StubResponse:
        if not self.responses:
            return StubResponse()
        return self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]


@contextmanager
def run_service(*, not_listening: bool = False) -> Iterator[StubService]:
    """Yields a service on a free port; with ``not_listening`` all connections fail at first."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def respond(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            query = parse_qs(url.query, keep_blank_values=True)
            request = RecordedRequest(self.command, url.path, query, self.headers, body)
            service.requests.append(request)
            response = service.responder(request) if service.responder else service.next_response()
            time.sleep(response.delay)
            if response.status is None:
                self.close_connection = True
                return
            content = response.body if isinstance(response.body, bytes) else json.dumps(response.body).encode()
            self.send_response(response.status)
            headers = {"content-type": "application/json", "content-length": str(len(content)), **response.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if response.truncated else content)
            self.close_connection |= response.truncated

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815 - the names of http.server

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False) as server:
        server.daemon_threads = True
        server.server_bind()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})

        def listen() -> None:
            server.server_activate()
            thread.start()

        service = StubService(f"http://127.0.0.1:{server.server_port}", listen)
        if not not_listening:
            listen()
        try:
            yield service
        finally:
            if thread.is_alive():
                server.shutdown()
                thread.join()
