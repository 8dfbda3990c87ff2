"""A company that is served by processes of their own, and connections to them."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from subprocess import Popen
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dealwright.storage.platform import Platform
from tests import company
from tests.sandbox import running


class Served(NamedTuple):
    """Where a company is served, and with which token."""

    url: str
    token: str
    process: Popen[bytes]


@contextmanager
def served(location: str, *arguments: str) -> Iterator[Served]:
    """Serves the platform at a location, which is set up with one company unless it is there."""
    platform = Platform(location)
    try:
        if platform.is_new():
            company.found(location)
        token = platform.issue_token(platform.companies()[0].id, 1)
    finally:
        platform.close()
    with (
        tempfile.TemporaryDirectory() as files,
        running("--database", location, "--files", files, "--port", "0", *arguments) as (process, line),
    ):
        url = re.search(r"http://\S+", line)
        assert url, line
        yield Served(url[0], token, process)


class Connection:
    """One connection, kept open: all its requests go to the same worker."""

    def __init__(self, server: Served) -> None:
        self.token = server.token
        self.connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The ``data`` of a successful answer. Raises AssertionError for any other, OSError where there is none."""
        content = None if body is None else json.dumps(body)
        headers = {"x-api-token": self.token, "content-type": "application/json"}
        self.connection.request(method, path, content, headers)
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        assert response.status < 300, f"{method} {path}: {response.status} {answer}"
        return answer["data"]

    def close(self) -> None:
        self.connection.close()


@contextmanager
def connections(server: Served, number: int) -> Iterator[list[Connection]]:
    """Connections that are all open at a time, so that they spread over the workers."""
    found = [Connection(server) for _ in range(number)]
    try:
        for connection in found:
            connection.connection.connect()
        yield found
    finally:
        for connection in found:
            connection.close()
