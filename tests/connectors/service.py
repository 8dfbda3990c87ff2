"""A small HTTP server that records what it is asked and answers what it was told to."""

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


class Asked(NamedTuple):
    """A request as it came in."""

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
        whole = message_from_bytes(b"content-type: " + self.headers["content-type"].encode() + b"\r\n\r\n" + self.body)
        found = {}
        for part in whole.get_payload():
            assert isinstance(part, Message)
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found[str(name)] = (part.get_filename(), part.get_content_type(), content)
        return found


class Reply(NamedTuple):
    """What to answer; anything but bytes is sent as JSON. Without a status the connection is just closed.

    ``after`` seconds pass before the answer, and one that is ``cut`` ends before its body does.
    """

    status: int | None = 200
    body: Any = {"success": True, "data": {"id": 1}}  # noqa: RUF012 - never changed
    headers: Mapping[str, str] = {}
    after: float = 0
    cut: bool = False


class Service:
    """``url`` is where it listens, ``asked`` what came, ``replies`` what is answered, the last one for ever.

    With a ``responder`` that makes the answers instead; it is called from several threads. ``listen`` is for one that
    was started deaf.
    """

    def __init__(self, url: str, listen: Callable[[], None]) -> None:
        self.url = url
        self.listen = listen
        self.asked: list[Asked] = []
        self.replies: list[Reply] = []
        self.responder: Callable[[Asked], Reply] | None = None

    def answer(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def next_reply(self) -> Reply:
        if not self.replies:
            return Reply()
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def running(*, deaf: bool = False) -> Iterator[Service]:
    """A service on a free port; while it is ``deaf``, nobody can connect."""

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
            asked = Asked(self.command, url.path, query, self.headers, body)
            service.asked.append(asked)
            reply = service.responder(asked) if service.responder else service.next_reply()
            time.sleep(reply.after)
            if reply.status is None:
                self.close_connection = True
                return
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            headers = {"content-type": "application/json", "content-length": str(len(content)), **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if reply.cut else content)
            self.close_connection |= reply.cut

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

        service = Service(f"http://127.0.0.1:{server.server_port}", listen)
        if not deaf:
            listen()
        try:
            yield service
        finally:
            if thread.is_alive():
                server.shutdown()
                thread.join()
