"""Receives the browser at the end of a consent: an address on this machine that the provider redirects the user to."""

from __future__ import annotations

import html
import os
import queue
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from dealwright.connectors.errors import UnusableConnection

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
# Browsers open connections in advance and leave them idle; a page that is not fetched must not block the caller.
READ_TIMEOUT_SECONDS = 10
RESPONSE_TIMEOUT_SECONDS = 5

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} · Dealwright</title>
<style>
  body {{ font: 1.125rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem;
          color: #1c2733; background: #f6f7f9 }}
  h1 {{ font-size: 1.5rem; margin: 0 0 .5rem; color: {colour} }}
  p {{ margin: 0 0 .75rem; overflow-wrap: anywhere }}
  @media (prefers-color-scheme: dark) {{ body {{ color: #e6e9ee; background: #14181d }} h1 {{ filter: brightness(1.5) }} }}
</style>
<h1>{title}</h1>
<p>{text}</p>
<p>{rest}</p>
</html>
"""


class Page(msgspec.Struct, frozen=True):
    """The page that the browser shows in the end."""

    title: str
    text: str
    rest: str = "You can close this tab and go back to where you came from."
    status: int = 200


class Callback:
    """A browser that has come back, with the parameters of the provider. It waits for its page."""

    def __init__(self, params: Mapping[str, str]) -> None:
        self.params = params
        self._page: queue.SimpleQueue[Page] = queue.SimpleQueue()
        self._page_sent = threading.Event()

    def respond(self, page: Page) -> None:
        """Sends the page, and returns when it has been sent or after a time-out."""
        self._page.put(page)
        self._page_sent.wait(RESPONSE_TIMEOUT_SECONDS)


class Listener:
    """Waits for browsers that come back."""

    def __init__(self) -> None:
        self.callbacks: queue.SimpleQueue[Callback] = queue.SimpleQueue()

    def wait(self, seconds: float) -> Callback | None:
        """Returns the next browser that comes within that time, else None."""
        try:
            return self.callbacks.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None


def is_loopback(redirect_uri: str) -> bool:
    """Whether an address leads to this machine, so that the browser can be waited for."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS


@contextmanager
def listen(redirect_uri: str) -> Iterator[Listener]:
    """Listens at an address of this machine, and yields the listener.

    Raises `UnusableConnection`, as when the port is taken.
    """
    parts = urlsplit(redirect_uri)
    listener = Listener()
    handler = _handler(listener, parts.path or "/")
    # ``localhost`` may mean either protocol, and not every machine has the newer one.
    hosts = ("127.0.0.1", "::1") if parts.hostname == "localhost" else (str(parts.hostname),)
    with ExitStack() as opened:
        for number, host in enumerate(hosts):
            try:
                opened.enter_context(_serve(host, parts.port or 80, handler))
            except OSError as error:
                if number > 0:
                    continue
                raise UnusableConnection(
                    f"{redirect_uri}, where the browser is to come back, cannot be listened at: {error.strerror}; "
                    "stop what uses the port, or register another callback with the app and choose that"
                ) from error
        try:
            yield listener
        finally:
            while late := listener.wait(0):
                late.respond(Page("Too late", "Nobody waits for this answer any more.", status=400))


@contextmanager
def _serve(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> Iterator[None]:
    with _Server(host, port, handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # On Windows this option would let two programs listen at one port.
    allow_reuse_address = os.name == "posix"

    def __init__(self, host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), handler)

    def server_bind(self) -> None:
        # The inherited method looks up the machine's name, which may take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(self.allow_reuse_address))
        self.socket.bind(self.server_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores errors: a browser that goes away is no trouble."""


def _handler(listener: Listener, path: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = READ_TIMEOUT_SECONDS

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path != path:
                self.send_error(404)
                return
            visit = Callback(dict(parse_qsl(url.query, keep_blank_values=True)))
            listener.callbacks.put(visit)
            try:
                self._send(visit._page.get())
            finally:
                visit._page_sent.set()

        def _send(self, page: Page) -> None:
            colour = "#08734a" if page.status < 400 else "#c0392b"
            texts = {name: html.escape(getattr(page, name)) for name in ("title", "text", "rest")}
            content = _PAGE.format(colour=colour, **texts).encode()
            self.send_response(page.status)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(content)))
            self.send_header("cache-control", "no-store")
            self.send_header("referrer-policy", "no-referrer")
            self.send_header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Logs nothing: the address contains the authorization code."""

    return Handler
