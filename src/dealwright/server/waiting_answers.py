"""Answers that wait for clients to take them: how much memory they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from dealwright._limit_log import limit_log
from dealwright.server.connections import network_of
from dealwright.server.errors import HttpError

PIECE_BYTES = 256 * 1024
"""An answer is handed to the connection in pieces, so that it holds no more than one of them twice."""


class WaitingAnswers:
    """The large answers of one process that have not been taken whole yet, by the addresses of their clients."""

    def __init__(self, max_bytes_per_address: int) -> None:
        self._max_bytes = max_bytes_per_address
        self._bytes_by_network: Counter[str] = Counter()

    def check(self, address: str, size: int) -> None:
        """Raises `HttpError` when the answers for an address would be too large together with one more.

        A single one may have any size.
        """
        waiting = self._bytes_by_network[network_of(address)]
        if waiting and waiting + size > self._max_bytes:
            limit_log.report("too many answers were not taken", address)
            message = "Too many large answers wait to be taken by your address: read them, and then try again"
            raise HttpError(503, message, ((b"retry-after", b"1"),))

    @contextmanager
    def waiting(self, address: str, size: int) -> Iterator[None]:
        """Counts an answer for the block."""
        network = network_of(address)
        self._bytes_by_network[network] += size
        try:
            yield
        finally:
            self._bytes_by_network[network] -= size
            if not self._bytes_by_network[network]:
                del self._bytes_by_network[network]
