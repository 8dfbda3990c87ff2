"""The company of a test over HTTP, from a thread of the test's process."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import uvicorn

from dealwright.connectors.asgi import Application
from dealwright.server.connections import Connections
from dealwright.server.http_protocol import HttpProtocol
from dealwright.server.input_limits import InputLimits

_HOST = "127.0.0.1"


class TestServer(NamedTuple):
    """The address of a server on this machine, and an API token of the admin of its company."""

    url: str
    token: str


@contextlib.contextmanager
def serve(app: Application, token: str) -> Iterator[TestServer]:
    """Yields the address of an application as long as the block runs."""
    config = uvicorn.Config(
        app,
        http=partial(HttpProtocol, connections=Connections(InputLimits().connections)),  # type: ignore[arg-type]
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    with socket.create_server((_HOST, 0), backlog=128) as listening_socket:
        # Who connects before the thread is ready waits in the queue of the socket.
        url = f"http://{_HOST}:{listening_socket.getsockname()[1]}"
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listening_socket]}, name="dealwright-test-server", daemon=True
        )
        thread.start()
        try:
            yield TestServer(url, token)
        finally:
            server.should_exit = True
            thread.join()
