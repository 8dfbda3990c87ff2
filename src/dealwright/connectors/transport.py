"""How the connector speaks HTTP: who it says it is, how long it waits, and which certificates it trusts."""

from __future__ import annotations

import functools
import ssl
from typing import Any

import httpx2

from dealwright._version import __version__

SECONDS_TO_CONNECT = 10.0


def client(seconds: float, **options: Any) -> httpx2.Client:
    """A client that waits so long without a byte; ``options`` are those of `httpx2.Client`."""
    if "transport" not in options:
        options["verify"] = _trusted()
    return httpx2.Client(
        headers={"user-agent": f"dealwright/{__version__}", "accept": "application/json, */*;q=0.5"},
        timeout=httpx2.Timeout(seconds, connect=min(seconds, SECONDS_TO_CONNECT)),
        **options,
    )


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted: to read them takes longer than most requests."""
    return httpx2.create_ssl_context()
