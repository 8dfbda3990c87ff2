"""What a server takes in before it knows who asks: sizes, seconds and numbers of connections.

The limits of bodies are the application's, on any ASGI server. Those of connections are enforced by `server.http_protocol`.
"""

from __future__ import annotations

from typing import NamedTuple


class BodyLimits(NamedTuple):
    """The limits of bodies. A slow one brings less than ``bytes_per_second`` during ``slow_seconds``.

    ``max_waiting_bytes`` limits the answers that clients of one address have asked for and not taken yet.
    """

    max_bytes: int = 2 * 1024 * 1024
    max_upload_bytes: int = 50 * 1024 * 1024
    slow_seconds: float = 20.0
    bytes_per_second: int = 1024
    max_waiting_bytes: int = 64 * 1024 * 1024


class ConnectionLimits(NamedTuple):
    """The limits of connections and of the heads of requests, for each process of a server.

    An answer of which the client takes nothing during ``stalled_seconds`` is given up.
    """

    max_head_bytes: int = 64 * 1024
    max_target_bytes: int = 16 * 1024
    head_seconds: float = 20.0
    idle_seconds: int = 5
    stalled_seconds: float = 20.0
    max_connections: int = 1000
    max_connections_per_address: int = 200


class InputLimits(NamedTuple):
    """All limits of what a server takes in."""

    connections: ConnectionLimits = ConnectionLimits()
    bodies: BodyLimits = BodyLimits()
