"""Creates the connector's HTTP clients: user agent, time-outs, trusted certificates."""

from __future__ import annotations

import functools
import ssl
from typing import Any

import httpx2

from dealwright._version import __version__

CONNECT_TIMEOUT_SECONDS = 10.0


def create_client(seconds: float, **options: Any) -> httpx2.Client:
    """Returns a client that waits at most so many seconds for the next byte.

    ``options`` are those of `httpx2.Client`.
    """
    if "transport" not in options:
        options["verify"] = _trusted_certificates()
    return httpx2.Client(
        headers={"user-agent": f"dealwright/{__version__}", "accept": "application/json, */*;q=0.5"},
        timeout=httpx2.Timeout(seconds, connect=min(seconds, CONNECT_TIMEOUT_SECONDS)),
        **options,
    )


@functools.cache
def _trusted_certificates() -> ssl.SSLContext:
    """Returns the trusted certificates, cached: reading them takes longer than most requests."""
    return httpx2.create_ssl_context()
