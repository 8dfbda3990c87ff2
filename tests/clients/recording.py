"""Which client calls which operation: read from the log of requests of the server under test."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

from dealwright.contract import catalogue

RECORD = Path(__file__).with_name("operations.json")
VARIABLE = "DEALWRIGHT_RECORD_CLIENTS"
LOG_OPTIONS = ("--log-format", "json", "--log-requests")
LOG_SECONDS = 10


class Call(NamedTuple):
    """A request as the server has logged it; ``operation`` is empty where no endpoint is at the path."""

    operation: str
    method: str
    path: str
    status: int


class RequestLog:
    """The log of a server, and where it is asked for a line that marks the place reached."""

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self._address = urlsplit(url).netloc
        self.left_out: set[str] = set()
        """The correlation ids of requests that are no client's."""
        self._operations = {(entry.method, entry.path): name for name, entry in catalogue.entries().items()}

    @contextmanager
    def record(self) -> Iterator[list[Call]]:
        """Yields a list, and puts in at the end what has been called meanwhile."""
        calls: list[Call] = []
        start = self._path.stat().st_size
        yield calls
        calls += self._read(start)

    def _read(self, start: int) -> Iterator[Call]:
        # A line is written after the answer has been sent: one more request shows when all are there.
        mark = f"/{uuid4()}"
        connection = HTTPConnection(self._address, timeout=LOG_SECONDS)
        connection.request("GET", mark)
        connection.getresponse().read()
        connection.close()
        deadline = time.monotonic() + LOG_SECONDS
        while mark not in (text := self._path.read_bytes()[start:].decode()):
            assert time.monotonic() < deadline, "the server has not logged the last request"
            time.sleep(0.01)
        for line in text.splitlines():
            entry = json.loads(line)
            is_request = entry.get("event") == "request" and entry["path"] != mark
            if is_request and entry["correlation_id"] not in self.left_out:
                operation = self._operations.get((entry["method"], entry["route"]), "")
                yield Call(operation, entry["method"], entry["path"], entry["status"])


def check_calls(calls: list[Call], *, unknown_paths: tuple[str, ...] = ()) -> None:
    """Raises AssertionError for an internal error, and for a call of the API at a path that it does not have.

    ``unknown_paths`` are the beginnings of paths that the vendor's API does not have (any more) either.
    """
    assert [call for call in calls if call.status >= 500] == []
    lost = [call for call in calls if not call.operation and call.path.startswith(("/v1/", "/api/"))]
    assert [call for call in lost if not (unknown_paths and call.path.startswith(unknown_paths))] == []


def served(calls: list[Call]) -> set[str]:
    """Returns the operations that have been called with success."""
    return {call.operation for call in calls if call.operation and call.status < 400}


def check_record(client: str, operations: set[str]) -> None:
    """Compares what a client has called with the committed record, or writes it where that is asked for."""
    found = sorted(operations)
    record: dict[str, list[str]] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    if os.environ.get(VARIABLE):
        record[client] = found
        RECORD.write_text(json.dumps(dict(sorted(record.items())), indent=1) + "\n")
    again = f"{VARIABLE}=1 make test ARGS=tests/clients writes operations.json anew"
    assert record.get(client) == found, f"{sorted({*record.get(client, ())} ^ operations)}: {again}"
