"""The open connections of one process: how many there are, from where, and a look at all of them twice a second."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from typing import Protocol

from dealwright import _metrics
from dealwright.server.input_limits import ConnectionLimits

CHECK_INTERVAL_SECONDS = 0.5


class Connection(Protocol):
    """What is asked of a connection."""

    address: str
    loop: asyncio.AbstractEventLoop

    def check(self, now: float) -> None:
        """Ends the connection when its client is too slow."""


class Refusal(Exception):
    """Ends a connection with an answer. ``limit`` is the text for the log."""

    def __init__(self, status: int, message: str, limit: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.limit = limit


class Connections:
    """The open connections of one process, counted by address. IPv6 addresses of one network of 64 bits count as one."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        # Those that were not added, but are still told why.
        self.refused: set[Connection] = set()
        self._open: set[Connection] = set()
        self._count_by_network: Counter[str] = Counter()

    def add(self, connection: Connection) -> None:
        """Adds a connection. Raises `Refusal` when there are too many."""
        if len(self._open) >= self.limits.max_connections:
            raise Refusal(503, "There are too many connections", "there are too many connections in all")
        network = network_of(connection.address)
        if self._count_by_network[network] >= self.limits.max_connections_per_address:
            raise Refusal(
                503, "There are too many connections from your address", "too many connections from one address"
            )
        self._count_by_network[network] += 1
        if not self._open:
            connection.loop.call_later(CHECK_INTERVAL_SECONDS, self._check, connection.loop)
        self._open.add(connection)
        _metrics.CONNECTIONS.add(amount=1)

    def discard(self, connection: Connection) -> None:
        """Removes a connection that has ended, if it was added."""
        self.refused.discard(connection)
        if connection not in self._open:
            return
        self._open.remove(connection)
        _metrics.CONNECTIONS.add(amount=-1)
        network = network_of(connection.address)
        self._count_by_network[network] -= 1
        if not self._count_by_network[network]:
            del self._count_by_network[network]

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ends the connections that are too slow; goes on while there are any."""
        now = loop.time()
        for connection in list(self._open):
            connection.check(now)
        if self._open:
            loop.call_later(CHECK_INTERVAL_SECONDS, self._check, loop)


def network_of(address: str) -> str:
    """Returns what counts as one client: an IPv4 address, or the network of an IPv6 address."""
    if ":" not in address:
        return address
    found = ipaddress.IPv6Address(address)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))
