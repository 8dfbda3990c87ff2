"""Connections on which tests say what no HTTP library would say, and how much memory a server has."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30.0


class RawConnection:
    """A connection from an address of this machine; the system ``receives`` so many bytes while nobody reads."""

    def __init__(self, url: str, source: str = "127.0.0.1", receives: int | None = None) -> None:
        parts = urlsplit(url)
        self.socket = socket.socket()
        if receives is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        self.socket.settimeout(TIMEOUT_SECONDS)
        self.socket.bind((source, 0))
        self.socket.connect((parts.hostname, parts.port))

    def send(self, *pieces: bytes, pause: float = 0.0) -> int:
        """Sends pieces until the server takes no more; the number of pieces that it took."""
        for number, piece in enumerate(pieces):
            try:
                self.socket.sendall(piece)
            except OSError:
                return number
            time.sleep(pause)
        return len(pieces)

    def read_until(self, end: bytes) -> bytes:
        """What the server says up to ``end``, or until it closes the connection."""
        received = b""
        while end not in received and (piece := self._receive()):
            received += piece
        return received

    def read_to_end(self) -> bytes:
        """What the server says until it closes the connection. Raises TimeoutError when it does not close it."""
        received = b""
        while piece := self._receive():
            received += piece
        return received

    def _receive(self) -> bytes:
        # A connection may be reset when the server does not read all that was sent.
        with suppress(ConnectionError):
            return self.socket.recv(65536)
        return b""

    def close(self) -> None:
        self.socket.close()


def head(method: str, path: str, **headers: object) -> bytes:
    """The head of a request; underscores in names stand for dashes."""
    lines = [f"{method} {path} HTTP/1.1", "host: crm.example"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def statuses(received: bytes) -> list[int]:
    """The statuses of the answers in what was received."""
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def json_body(received: bytes) -> Any:
    """The body of the last answer in what was received."""
    return json.loads(received.rpartition(b"\r\n\r\n")[2])


def memory_mb(pid: int) -> float:
    """The memory that a process has to itself, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024
