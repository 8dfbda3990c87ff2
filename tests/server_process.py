"""A company that is served by separate processes, and connections to them."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from subprocess import Popen
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dealwright.storage.platform import Platform
from tests import company
from tests.sandbox import run_serve_command

DEADLINE_SECONDS = 90


class ServerProcess(NamedTuple):
    """The address of a server, a token for it and its process."""

    url: str
    token: str
    process: Popen[bytes]


@contextmanager
def run_server(
    location: str, *arguments: str, wrapper: tuple[str, ...] = (), log: Path | None = None
) -> Iterator[ServerProcess]:
    """Serves the platform at a location, which is set up with one company unless it is there.

    ``wrapper`` is a command that runs the server, whose standard error goes to ``log``, if that is given.
    """
    platform = Platform(location)
    try:
        if platform.is_new():
            company.create_company(location)
        token = platform.issue_token(platform.list_companies()[0].id, 1)
    finally:
        platform.close()
    with (
        tempfile.TemporaryDirectory() as files,
        run_serve_command(
            "--database", location, "--files", files, "--port", "0", *arguments, wrapper=wrapper, log=log
        ) as (
            process,
            line,
        ),
    ):
        url = re.search(r"http://\S+", line)
        assert url, line
        yield ServerProcess(url[0], token, process)


@contextmanager
def run_two_servers(location: str) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """Serves one platform by two processes, as two machines would."""
    with run_server(location) as first, run_server(location) as second:
        # The second one has replaced the token of the first.
        yield first._replace(token=second.token), second


def workers(server: ServerProcess) -> list[int]:
    """Returns the processes that answer requests."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in children if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Waits until something is so. Raises AssertionError with ``what`` when it takes too long."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


class Connection:
    """One connection, kept open: all its requests go to the same worker."""

    def __init__(self, server: ServerProcess) -> None:
        self.token = server.token
        self.connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Returns the ``data`` of a successful answer. Raises AssertionError for any other, OSError if there is none."""
        status, answer = self.send(method, path, body)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer["data"]

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Returns the status and the body of an answer. Raises OSError if there is none."""
        content = None if body is None else json.dumps(body)
        headers = {"x-api-token": self.token, "content-type": "application/json"}
        self.connection.request(method, path, content, headers)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read() or b"null")

    def close(self) -> None:
        self.connection.close()


@contextmanager
def open_connections(server: ServerProcess, number: int) -> Iterator[list[Connection]]:
    """Yields connections that are open at the same time, so that they spread over the workers."""
    opened = [Connection(server) for _ in range(number)]
    try:
        for connection in opened:
            connection.connection.connect()
        yield opened
    finally:
        for connection in opened:
            connection.close()
