"""Sends one request to an address that users have named, and finds out how it was taken.

Only what the fence lets through is connected to, at the very address that was judged: a name that means something else a
moment later changes nothing. Redirects are not followed, no proxy stands between, and certificates must be valid. All of it,
from the look-up of the name to the end of the answer, has to fit into `SECONDS`.
"""

from __future__ import annotations

import atexit
import functools
import os
import ssl
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple

import httpcore2

from dealwright.crm import webhook_addresses
from dealwright.crm.webhook_addresses import Reach

SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read before the connection is closed."""

CONNECTIONS = 100
SECONDS_KEPT_OPEN = 2.0

_deadline: ContextVar[float] = ContextVar("deadline")


class Outcome(NamedTuple):
    """How a request was taken. ``error`` is None when it was taken well, and ``status`` when there was no answer."""

    status: int | None
    error: str | None


def post(url: str, content: bytes, headers: Mapping[str, str], reach: Reach) -> Outcome:
    """Posts something; any answer of 2xx is a success."""
    _deadline.set(time.monotonic() + SECONDS)
    try:
        with _pool(reach).stream("POST", url, headers=list(headers.items()), content=content) as response:
            status = response.status
            _read(response.iter_stream())
    except (httpcore2.TimeoutException, _TooLate):
        return Outcome(None, f"no answer within {SECONDS:g} s")
    except Exception as error:
        # Whatever somebody else's server does is no fault of ours, and not to be tripped over.
        return Outcome(None, str(error) or type(error).__name__)
    if 200 <= status < 300:
        return Outcome(status, None)
    return Outcome(status, f"answered {status}")


class _TooLate(Exception):
    """The time for a request is over."""


class _Fence(httpcore2.NetworkBackend):
    """Resolves names itself and connects to what it has judged."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._network = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        found = webhook_addresses.resolve(host, port, _left())
        if not found:
            raise httpcore2.ConnectError(f"there is no address of {host}")
        if not all(webhook_addresses.permitted(address, self._reach) for address in found):
            raise httpcore2.ConnectError(f"{host} is at an address that webhooks may not lead to")
        *others, last = found
        for address in others:
            try:
                return self._connected(address, port, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return self._connected(last, port, socket_options)

    def _connected(self, address: str, port: int, socket_options: Iterable[Any] | None) -> httpcore2.NetworkStream:
        return _Stream(self._network.connect_tcp(address, port, timeout=_left(), socket_options=socket_options))


class _Stream(httpcore2.NetworkStream):
    """A connection that waits as long as there is time for the request, and not that long for each of its parts."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left()))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@functools.cache
def _pool(reach: Reach) -> httpcore2.ConnectionPool:
    """The connections of this process; a forked child begins with none."""
    pool = httpcore2.ConnectionPool(
        ssl_context=httpcore2.default_ssl_context(),
        max_connections=CONNECTIONS,
        keepalive_expiry=SECONDS_KEPT_OPEN,
        network_backend=_Fence(reach),
    )
    atexit.register(pool.close)
    return pool


def forget_connections() -> None:
    """Lets the next request begin with none, and with the certificates that are trusted then."""
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_connections)


def _left() -> float:
    """The seconds that are left for the request of this thread. Raises `_TooLate` when there are none."""
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise _TooLate
    return left


def _read(chunks: Iterable[bytes]) -> None:
    """Reads an answer to its end, so that the connection can be used again; gives up on a long one."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LARGEST_ANSWER:
            return
